/* Results files put together. */
#include "kernel/measures/measure.h"
#include "report/groups.h"
#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct error error;
static struct study_data data;

enum { N_RECORDS = 3 }; /* diagnostics of every study */

static struct job_result plain(int case_index, int alpha, int set)
{
    return effect_job(case_index + 0.1 * alpha + 0.01 * set);
}

/* The last job of every case is not there yet. */
static struct job_result unfinished(int case_index, int alpha, int set)
{
    return alpha == 1 && set == 2 ? empty_job(JOB_PENDING) : plain(case_index, alpha, set);
}

static struct job_result pending(int case_index, int alpha, int set)
{
    (void)case_index;
    (void)alpha;
    (void)set;
    return empty_job(JOB_PENDING);
}

static struct job_result failed(int case_index, int alpha, int set)
{
    (void)case_index;
    (void)alpha;
    (void)set;
    return empty_job(JOB_FAILED);
}

static struct job_result other(int case_index, int alpha, int set)
{
    struct job_result result = plain(case_index, alpha, set);
    if (case_index == 1 && alpha == 0 && set == 2) {
        double *const distance = &result.values[measure_number("distance")];
        *distance = nextafter(*distance, 9.0);
    }
    return result;
}

/* Identities and names begin at `first`. */
static void rename_models(struct sweep *sweep, int first)
{
    for (int i = 0; i < sweep->n_cases; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%016x", first + i);
        set_text(&sweep->models[i].identity, text);
        (void)snprintf(text, sizeof text, "m%d.h5", first + i);
        set_text(&sweep->models[i].label, text);
        sweep->models[i].seed = first + i;
    }
}

static void write_changed(const char *name, int first, void (*change)(struct sweep *),
                          struct job_result (*result)(int, int, int))
{
    struct sweep sweep = report_sweep(2, 2, 3);
    rename_models(&sweep, first);
    if (change != NULL) {
        change(&sweep);
    }
    report_file(scratch_path(name), &sweep, result, NULL);
    sweep_release(&sweep);
}

static void write_file(const char *name, int first, struct job_result (*result)(int, int, int))
{
    write_changed(name, first, NULL, result);
}

static enum status read_one(const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", scratch_path(name));
    const char *paths[] = {path};
    return study_data_read(&data, paths, 1, &error);
}

static double measure_of(int case_index, int row, int set, const char *name)
{
    return study_measure(&data, case_index, row, set, measure_number(name));
}

static enum status read_two(const char *a, const char *b)
{
    char first[4096];
    char second[4096];
    (void)snprintf(first, sizeof first, "%s", scratch_path(a));
    (void)snprintf(second, sizeof second, "%s", scratch_path(b));
    const char *paths[] = {first, second};
    return study_data_read(&data, paths, 2, &error);
}

static void one_file_is_read_as_it_is(void **state)
{
    (void)state;
    write_file("a.h5", 0, unfinished);
    CHECK_OK(read_one("a.h5"));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_alphas, 2);
    assert_int_equal(data.n_sets, 3);
    CHECK_SAME(data.alphas[0], 0.5);
    CHECK_SAME(data.epsilon, 0.125);
    assert_string_equal(study_text(&data, "model", 1), "m1.h5");
    assert_string_equal(study_text(&data, "matrix", 1), "hh");
    assert_string_equal(study_text(&data, "nothing", 1), "");
    assert_int_equal(study_integer(&data, "seed", 1, 0), 1);
    assert_int_equal(study_integer(&data, "hidden", 1, 0), 4);
    assert_int_equal(study_n_r(&data, 0, 1), 3);
    assert_int_equal(study_integer(&data, "converged", 0, 0), -1);
    CHECK_SAME(measure_of(1, 1, 1, "delta_fvu"), 1.11);
    assert_true(isnan(measure_of(1, 1, 2, "delta_fvu")));
    assert_int_equal(study_job_state(&data, 1, 1, 2), JOB_PENDING);
    CHECK_SAME(study_real(&data, "eigenvalue_re", 1, 3), 0.125);
    assert_true(isnan(study_real(&data, "eigenvalue_re", 1, 4))); /* there is no such place */
    assert_true(isnan(study_real(&data, "nothing", 1, 0)));
    const struct job_counts counts = study_count_jobs(&data);
    assert_int_equal(counts.n_done, 10 + 2 * N_RECORDS);
    assert_int_equal(counts.n_pending, 2);
    assert_int_equal(study_nearest_alpha(&data, 0.9), 1);
    assert_int_equal(study_nearest_alpha(&data, 0.6), 0);
    study_data_release(&data);
}

/* A file of a program that did not know the measure yet. */
static void a_measure_that_the_file_lacks_is_missing(void **state)
{
    (void)state;
    struct sweep sweep = report_sweep(1, 1, 2);
    struct schema schema = diagnostics_schema(&sweep);
    const struct job_result result = plain(1, 0, 1);
    struct results *results = NULL;
    int last = 0;
    for (int i = 0; i < schema.n_measures; i++) {
        if (strcmp(schema.measures[i]->name, "distance") != 0) {
            schema.measures[last] = schema.measures[i];
            schema.places[last++] = schema.places[i];
        }
    }
    schema.n_measures = last;
    sample_results_of(scratch_path("old.h5"), &sweep, &schema);
    CHECK_OK(results_open(&results, scratch_path("old.h5"), RESULTS_WRITE, &schema, &error));
    CHECK_OK(results_write_jobs(results, 0, 1, &result, 1, &error));
    CHECK_OK(results_close(&results, &error));
    sweep_release(&sweep);
    CHECK_OK(read_one("old.h5"));
    assert_int_equal(study_job_state(&data, 0, 0, 1), JOB_DONE);
    assert_true(isnan(measure_of(0, 0, 1, "distance")));
    CHECK_SAME(measure_of(0, 0, 1, "sensitivity"), 2.0 * 1.01); /* one behind it */
    study_data_release(&data);
}

static void other_cases_are_added(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 2, plain);
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_cases, 4);
    assert_int_equal(data.n_duplicates, 0);
    assert_false(data.seeds_differ);
    assert_string_equal(study_text(&data, "model", 3), "m3.h5");
    CHECK_SAME(measure_of(3, 1, 1, "delta_fvu"), 1.11);
    study_data_release(&data);
}

static void equal_cases_count_once(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 0, plain);
    write_file("c.h5", 1, plain); /* its first case is the second of a.h5, with other values */
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    study_data_release(&data);
    CHECK_FAILS(read_two("a.h5", "c.h5"), STATUS_MISMATCH, "c.h5: model 'm1.h5' on task 'sine'");
}

static void name_it_otherwise(struct sweep *sweep)
{
    set_text(&sweep->models[0].label, "elsewhere/x.h5");
}

static void the_same_network_under_another_name_counts_once(void **state)
{
    (void)state;
    write_changed("b.h5", 0, name_it_otherwise, plain);
    write_file("a.h5", 0, plain);
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_cases, 2);
    study_data_release(&data);
}

static void the_more_complete_of_two_is_taken(void **state)
{
    (void)state;
    write_file("whole.h5", 0, plain);
    write_file("part.h5", 0, unfinished);
    write_file("none.h5", 0, pending);
    write_file("failed.h5", 0, failed);
    CHECK_OK(read_two("part.h5", "whole.h5"));
    assert_int_equal(study_count_jobs(&data).n_done, 12 + 2 * N_RECORDS);
    study_data_release(&data);
    CHECK_OK(read_two("whole.h5", "none.h5"));
    assert_int_equal(study_count_jobs(&data).n_done, 12 + 2 * N_RECORDS);
    study_data_release(&data);
    CHECK_OK(read_two("none.h5", "failed.h5"));
    assert_int_equal(study_count_jobs(&data).n_failed, 12);
    study_data_release(&data);
    CHECK_OK(read_two("failed.h5", "part.h5"));
    assert_int_equal(study_count_jobs(&data).n_done, 10 + 2 * N_RECORDS);
    study_data_release(&data);
}

static void other_values_are_refused_by_name(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 0, other);
    CHECK_FAILS(read_two("a.h5", "b.h5"), STATUS_MISMATCH, "b.h5: model 'm1.h5' on task 'sine'");
    assert_non_null(strstr(error.text, "a.h5"));
}

/* A study has the same network twice, by two paths: both count, and both of another file are met.
 */
static void repeat_the_first(struct sweep *sweep)
{
    set_text(&sweep->models[1].identity, sweep->models[0].identity);
}

static struct job_result plain_twice(int case_index, int alpha, int set)
{
    (void)case_index;
    return plain(0, alpha, set);
}

static struct job_result plain_once(int case_index, int alpha, int set)
{
    return case_index == 1 ? empty_job(JOB_PENDING) : plain(0, alpha, set);
}

static void the_same_network_twice_in_a_file_is_two_cases(void **state)
{
    (void)state;
    write_changed("a.h5", 0, repeat_the_first, plain_once);
    write_changed("b.h5", 0, repeat_the_first, plain_twice);
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    study_data_release(&data);
    CHECK_OK(read_two("b.h5", "a.h5"));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    study_data_release(&data);
}

/* ---- records ---- */

/* Writes the record of a case once more, with its value i moved to the next number. */
static void change_record(const char *name, const char *diagnostic, int case_index,
                          const char *variable, size_t i, enum status failure)
{
    struct sweep sweep = report_sweep(2, 2, 3);
    const struct schema schema = diagnostics_schema(&sweep);
    struct record *record = report_record(diagnostic, &sweep, -1);
    struct results *results = NULL;
    double *const value = &record_f64(record, variable)[i];
    *value = isnan(*value) ? 1.0 : nextafter(*value, 9.0);
    CHECK_OK(results_open(&results, scratch_path(name), RESULTS_WRITE, &schema, &error));
    CHECK_OK(results_write_record(results, schema_find(&schema, diagnostic), case_index, record,
                                  failure, &error));
    CHECK_OK(results_close(&results, &error));
    record_destroy(&record);
    sweep_release(&sweep);
}

static void other_values_of_a_diagnostic_are_refused(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 0, plain);
    change_record("b.h5", "spectrum", 1, "eigenvalue_im", 3, STATUS_OK);
    CHECK_FAILS(read_two("a.h5", "b.h5"), STATUS_MISMATCH, "b.h5: model 'm1.h5' on task 'sine'");
    CHECK_FAILS(read_two("b.h5", "a.h5"), STATUS_MISMATCH, "a.h5: model 'm1.h5' on task 'sine'");
}

static void times_of_a_diagnostic_may_differ(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 0, plain);
    change_record("b.h5", "training", 1, "train_seconds", 0, STATUS_OK);
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_duplicates, 2);
    study_data_release(&data);
    change_record("b.h5", "training", 1, "train_loss", 0, STATUS_OK);
    CHECK_FAILS(read_two("a.h5", "b.h5"), STATUS_MISMATCH, "has other values than in");
}

static void a_failed_record_is_no_conflict(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 0, plain);
    change_record("b.h5", "spectrum", 1, "nonnormality", 0, STATUS_JOB_SCHUR_FAILED);
    CHECK_OK(read_two("b.h5", "a.h5"));
    assert_int_equal(data.n_cases, 2);
    assert_true(isnan(study_real(&data, "nonnormality", 1, 0))); /* the whole one was taken */
    assert_int_equal(study_count_jobs(&data).n_failed, 0);
    study_data_release(&data);
}

/* ---- kinds ---- */

static void change_epsilon(struct sweep *sweep)
{
    sweep->epsilon = 0.25;
}

static void change_precision(struct sweep *sweep)
{
    sweep->precision = PRECISION_FLOAT32;
}

static void change_team(struct sweep *sweep)
{
    sweep->team =
        (struct team_spec){.n_ranks = 4, .from_hidden = 64, .n_rows = 2, .n_cols = 2, .block = 32};
}

static void change_task(struct sweep *sweep)
{
    sweep->tasks[0].params[1] = 8;
}

static void change_trials(struct sweep *sweep)
{
    set_text(&sweep->tasks[0].path, "sine.h5");
    sweep->tasks[0].trials_hash = 1;
}

static void change_alpha(struct sweep *sweep)
{
    sweep->alphas[0] = 0.625;
}

static void drop_an_alpha(struct sweep *sweep)
{
    sweep->n_alphas = 1;
}

static void change_set(struct sweep *sweep)
{
    sweep->ablations[2] = ABLATION_ALL;
}

static void drop_a_set(struct sweep *sweep)
{
    sweep->n_ablations = 2;
}

/* It is named, and the canonical text has no part in it: it is the same in all of them. */
static void another_kind_is_refused_by_what_differs(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct sweep *sweep);
        const char *message;
    } kinds[] = {{change_epsilon, "epsilon is 0.25, expected 0.125"},
                 {change_precision, "precision is float32, expected float64"},
                 {change_team, "team.from_hidden is 64, expected 0"},
                 {change_task, "tasks.sine.steps is 8, expected 6"},
                 {change_trials, "task 'sine' has other trials"},
                 {change_alpha, "alphas[0] is 0.625, expected 0.5"},
                 {drop_an_alpha, "number of alphas is 1, expected 2"},
                 {change_set, "ablations[2] is RR+CR+CC, expected CR"},
                 {drop_a_set, "number of ablations is 2, expected 3"}};
    write_file("a.h5", 0, plain);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "b%zu.h5", i);
        write_changed(name, 2, kinds[i].change, plain);
        CHECK_FAILS(read_two("a.h5", name), STATUS_MISMATCH, kinds[i].message);
        assert_non_null(strstr(error.text, "another kind of study"));
    }
}

static void change_name_and_seed(struct sweep *sweep)
{
    set_text(&sweep->name, "b");
    set_text(&sweep->canonical, "study = b\nseed = 8\nalphas = 0.5 1\nshard = 1/2\n");
    sweep->seed = 8;
}

static void name_seed_and_shard_may_differ(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_changed("b.h5", 2, change_name_and_seed, plain);
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_cases, 4);
    assert_true(data.seeds_differ);
    study_data_release(&data);
}

static void change_to_copy(struct sweep *sweep)
{
    set_text(&sweep->tasks[0].name, "copy");
    set_text(&sweep->cases[0].task_label, "copy");
    set_text(&sweep->cases[1].task_label, "copy");
}

static void change_to_another_copy(struct sweep *sweep)
{
    change_to_copy(sweep);
    sweep->tasks[0].params[1] = 9;
}

static void tasks_of_one_file_alone_are_no_difference(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_changed("b.h5", 2, change_to_copy, plain);
    write_changed("c.h5", 4, change_to_another_copy, plain);
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_cases, 4);
    study_data_release(&data);
    CHECK_FAILS(read_two("b.h5", "c.h5"), STATUS_MISMATCH, "tasks.copy.");
}

static void add_dummy_of_3(struct sweep *sweep)
{
    add_dummy(sweep, 3);
}

static void add_dummy_of_4(struct sweep *sweep)
{
    add_dummy(sweep, 4);
}

static void a_diagnostic_of_one_file_alone_is_no_difference(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_changed("b.h5", 0, add_dummy_of_3, plain);
    write_changed("c.h5", 0, add_dummy_of_4, plain);
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    assert_int_equal(study_integer(&data, "dummy_state", 1, 0), JOB_DONE); /* more is done there */
    study_data_release(&data);
    CHECK_FAILS(read_two("b.h5", "c.h5"), STATUS_MISMATCH,
                "diagnostics.dummy.count is 4, expected 3");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    assert_int_not_equal(read_two("a.h5", "none.h5"), STATUS_OK);
    assert_non_null(strstr(error.text, "none.h5"));
    assert_int_equal(data.n_cases, 0);
}

/* ---- partitions ---- */

enum { WIDER = 9 };

static struct job_result other_partition(int case_index, int row, int set)
{
    struct job_result result = plain(case_index, row, set);
    if (case_index == 1 && row == 2 + 3 && set == 1) {
        double *const fvu = &result.values[measure_number("fvu")];
        *fvu = nextafter(*fvu, 9.0);
    }
    return result;
}

/* No partition is there yet. */
static struct job_result without_partitions(int case_index, int row, int set)
{
    return row >= 2 ? empty_job(JOB_PENDING) : plain(case_index, row, set);
}

/* Two cases of 4 units; the axis of partitions is as long as the widest model, which with WIDER
 * comes after them. */
static void write_partition_jobs(const char *name, int n_partitions,
                                 struct job_result (*result)(int, int, int))
{
    struct sweep sweep = report_sweep(n_partitions == WIDER ? 3 : 2, 2, 3);
    rename_models(&sweep, 0);
    sweep.n_partitions = n_partitions;
    sweep.models[sweep.n_models - 1].n_hidden = n_partitions == WIDER ? WIDER : 4;
    report_file(scratch_path(name), &sweep, result, NULL);
    sweep_release(&sweep);
}

/* Two cases of 2 alphas and 4 partitions with 3 sets each, and those of n_wider models. */
static void check_all_partitions(const char *a, const char *b, int n_wider)
{
    CHECK_OK(read_two(a, b));
    assert_int_equal(data.n_cases, 2 + n_wider);
    assert_int_equal(data.n_duplicates, 2);
    assert_int_equal(study_partitions(&data, 1), 4);
    assert_int_equal(study_count_jobs(&data).n_done, data.n_cases * ((2 + 4) * 3 + N_RECORDS));
    assert_int_equal(study_n_r(&data, 1, study_row_of_partition(&data, 3)), 4);
    CHECK_SAME(study_real(&data, "alpha_low", 1, 2), 0.125);
    CHECK_SAME(measure_of(1, study_row_of_partition(&data, 3), 1, "delta_fvu"),
               1.0 + 0.1 * 5 + 0.01);
    study_data_release(&data);
}

static void the_one_with_partitions_is_taken(void **state)
{
    (void)state;
    write_partition_jobs("plain.h5", 0, plain);
    write_partition_jobs("all.h5", 4, plain);
    write_partition_jobs("pending.h5", 4, without_partitions);
    check_all_partitions("plain.h5", "all.h5", 0);
    check_all_partitions("all.h5", "plain.h5", 0);
    check_all_partitions("pending.h5", "all.h5", 0);
    check_all_partitions("all.h5", "pending.h5", 0);
}

static void axes_of_partitions_may_differ(void **state)
{
    (void)state;
    write_partition_jobs("short.h5", 4, plain);
    write_partition_jobs("long.h5", WIDER, plain);
    check_all_partitions("short.h5", "long.h5", 1);
    check_all_partitions("long.h5", "short.h5", 1);
}

static void other_values_of_a_partition_are_refused(void **state)
{
    (void)state;
    write_partition_jobs("a.h5", 4, plain);
    write_partition_jobs("b.h5", WIDER, other_partition);
    CHECK_FAILS(read_two("a.h5", "b.h5"), STATUS_MISMATCH, "b.h5: model 'm1.h5' on task 'sine'");
    CHECK_FAILS(read_two("b.h5", "a.h5"), STATUS_MISMATCH, "a.h5: model 'm1.h5' on task 'sine'");
}

/* ---- many cases ---- */

enum { MANY = 1500 };

static struct job_result zeros(int case_index, int row, int set)
{
    (void)case_index;
    (void)row;
    (void)set;
    return effect_job(0.0);
}

/* Every case is looked up among the others, not compared with them: three files of 1,500 are pooled
 * in the blink of an eye, where a comparison of all pairs takes seconds. */
static void many_cases_are_pooled_fast(void **state)
{
    (void)state;
    static char names[3][4096];
    const char *paths[3];
    for (int f = 0; f < 3; f++) {
        struct sweep sweep = report_sweep(MANY, 1, 1);
        rename_models(&sweep, f == 2 ? MANY : 0);
        (void)snprintf(names[f], sizeof names[f], "%s/%d.h5", scratch_path("."), f);
        report_file(names[f], &sweep, zeros, NULL);
        sweep_release(&sweep);
        paths[f] = names[f];
    }
    const clock_t start = clock();
    CHECK_OK(study_data_read(&data, paths, 3, &error));
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 0.5);
    assert_int_equal(data.n_cases, 2 * MANY);
    assert_int_equal(data.n_duplicates, MANY);
    study_data_release(&data);
}

/* ---- values of diagnostics ---- */

/* Single numbers of the diagnostics that every study has, and all of those that it asks for. */
static void values_are_those_of_diagnostics(void **state)
{
    (void)state;
    static const char *const names[] = {"spectral_radius",    "nonnormality",  "schur_residual",
                                        "orthogonality_loss", "modulus_gap",   "schur_route",
                                        "converged",          "train_metric",  "train_loss",
                                        "train_steps",        "train_seconds", "dummy_pairs"};
    const int n = (int)(sizeof names / sizeof names[0]);
    struct diagnostic_value value;
    write_changed("a.h5", 0, add_dummy_of_3, plain);
    CHECK_OK(read_one("a.h5"));
    for (int i = 0; i < n; i++) {
        assert_true(study_value(&data, i, &value));
        assert_string_equal(value.variable->name, names[i]);
        assert_null(value.variable->axes[0]);
        assert_int_equal(value.place, 0);
    }
    assert_string_equal(value.diagnostic->name, "dummy");
    for (int pair = 0; pair < 6; pair++) { /* of 4 blocks */
        assert_true(study_value(&data, n + pair, &value));
        assert_string_equal(value.variable->name, "dummy_distance");
        assert_string_equal(value.variable->axes[0]->name, "pair");
        assert_int_equal(value.place, pair);
        assert_int_equal(value.labels[0].integer, pair);
    }
    assert_int_equal(study_value_count(&data), n + 6);
    assert_false(study_value(&data, n + 6, &value));
    study_data_release(&data);
}

/* ---- groups ---- */

static void write_groups(const char *name)
{
    static const int8_t converged[] = {1, 0, 1, -1, 0};
    struct sweep sweep = report_sweep(5, 2, 3);
    set_text(&sweep.models[1].construction, "cayley");
    set_text(&sweep.models[4].construction, "");
    set_text(&sweep.cases[3].task_label, "copy");
    report_file(scratch_path(name), &sweep, plain, converged);
    sweep_release(&sweep);
}

static void check_group(const struct group *group, const char *label, int n_cases, int first)
{
    char text[64];
    group_label(group, text, sizeof text);
    assert_string_equal(text, label);
    assert_int_equal(group->n_cases, n_cases);
    assert_int_equal(group->cases[0], first);
}

static void cases_that_differ_by_seed_alone_are_a_group(void **state)
{
    (void)state;
    struct grouping grouping;
    write_groups("g.h5");
    CHECK_OK(read_one("g.h5"));
    CHECK_OK(grouping_create(&grouping, &data, false, &error));
    assert_int_equal(grouping.n_groups, 4);
    check_group(&grouping.groups[0], "dense_default n4", 2, 0);
    assert_int_equal(grouping.groups[0].cases[1], 2);
    check_group(&grouping.groups[1], "cayley n4", 1, 1);
    check_group(&grouping.groups[2], "dense_default n4", 1, 3);
    check_group(&grouping.groups[3], "n4", 1, 4);
    assert_int_equal(grouping.n_tasks, 2);
    assert_string_equal(grouping.tasks[0].task, "sine");
    assert_int_equal(grouping.tasks[0].n_groups, 3);
    assert_int_equal(grouping.tasks[1].groups[0], 2);
    grouping_release(&grouping);
    CHECK_OK(grouping_create(&grouping, &data, true, &error));
    assert_int_equal(grouping.n_groups, 2); /* the unknown one stays */
    check_group(&grouping.groups[1], "dense_default n4", 1, 3);
    grouping_release(&grouping);
    study_data_release(&data);
}

static void a_label_is_cut_between_characters(void **state)
{
    (void)state;
    char text[6];
    const struct group group = {.task = "", .construction = "abcd\xc3\xa9", .hidden = 4};
    group_label(&group, text, sizeof text);
    assert_string_equal(text, "abcd?");
}

int test_study_pool(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(one_file_is_read_as_it_is),
        SCRATCH_TEST(a_measure_that_the_file_lacks_is_missing),
        SCRATCH_TEST(other_cases_are_added),
        SCRATCH_TEST(equal_cases_count_once),
        SCRATCH_TEST(the_same_network_under_another_name_counts_once),
        SCRATCH_TEST(the_more_complete_of_two_is_taken),
        SCRATCH_TEST(other_values_are_refused_by_name),
        SCRATCH_TEST(the_same_network_twice_in_a_file_is_two_cases),
        SCRATCH_TEST(other_values_of_a_diagnostic_are_refused),
        SCRATCH_TEST(times_of_a_diagnostic_may_differ),
        SCRATCH_TEST(a_failed_record_is_no_conflict),
        SCRATCH_TEST(another_kind_is_refused_by_what_differs),
        SCRATCH_TEST(name_seed_and_shard_may_differ),
        SCRATCH_TEST(tasks_of_one_file_alone_are_no_difference),
        SCRATCH_TEST(a_diagnostic_of_one_file_alone_is_no_difference),
        SCRATCH_TEST(a_missing_file_is_named),
        SCRATCH_TEST(the_one_with_partitions_is_taken),
        SCRATCH_TEST(axes_of_partitions_may_differ),
        SCRATCH_TEST(other_values_of_a_partition_are_refused),
        SCRATCH_TEST(many_cases_are_pooled_fast),
        SCRATCH_TEST(values_are_those_of_diagnostics),
        SCRATCH_TEST(cases_that_differ_by_seed_alone_are_a_group),
        cmocka_unit_test(a_label_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
