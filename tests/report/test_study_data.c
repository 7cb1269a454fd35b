/* What a results file tells: by name, value by value, and in groups. */
#include "kernel/measures/measure.h"
#include "report/groups.h"
#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"
#include "support/wrapped.h"

#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

WRAPPED(herr_t, H5Dread,
        (hid_t dataset, hid_t type, hid_t memory, hid_t space, hid_t transfer, void *values),
        (dataset, type, memory, space, transfer, values))

static struct error error;
static struct study_data data;

static struct job_result plain(int case_index, int alpha, int set)
{
    return effect_job(case_index + 0.1 * alpha + 0.01 * set);
}

/* The last job of every case is not there yet. */
static struct job_result unfinished(int case_index, int alpha, int set)
{
    return alpha == 1 && set == 2 ? empty_job(JOB_PENDING) : plain(case_index, alpha, set);
}

static enum status read_one(const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", scratch_path(name));
    const char *paths[] = {path};
    return study_data_read(&data, paths, 1, NULL, &error);
}

static double measure_of(int case_index, int row, int set, const char *name)
{
    return study_measure(&data, case_index, row, set, measure_number(name));
}

static void one_file_is_read_as_it_is(void **state)
{
    (void)state;
    struct sweep sweep = report_sweep(2, 2, 3);
    report_file(scratch_path("a.h5"), &sweep, unfinished, NULL);
    sweep_release(&sweep);
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
    assert_int_equal(counts.n_done, 10 + 2 * 3);
    assert_int_equal(counts.n_pending, 2);
    assert_int_equal(study_nearest_alpha(&data, 0.9), 1);
    assert_int_equal(study_nearest_alpha(&data, 0.6), 0);
    study_data_release(&data);
}

/* ---- beside a run that writes ---- */

static int n_reads;
static int write_at; /* the read before which all jobs end */
static struct results *writer;
static struct sweep written_sweep;

static herr_t read_beside_writer(hid_t dataset, hid_t type, hid_t memory, hid_t space,
                                 hid_t transfer, void *values)
{
    if (n_reads++ == write_at) {
        for (int64_t job = 0; job < 6; job++) {
            const struct job_result result = plain(1, (int)job / 3, (int)job % 3);
            CHECK_OK(results_write_jobs(writer, 1, job, &result, 1, &error));
        }
    }
    return __real_H5Dread(dataset, type, memory, space, transfer, values);
}

static struct job_result nothing(int case_index, int alpha, int set)
{
    return case_index == 1 ? empty_job(JOB_PENDING) : plain(case_index, alpha, set);
}

static void check_values_of_done_jobs(void)
{
    for (int i = 0; i < 6; i++) {
        if (study_job_state(&data, 1, i / 3, i % 3) == JOB_DONE) {
            CHECK_SAME(measure_of(1, i / 3, i % 3, "delta_fvu"),
                       1.0 + 0.1 * (i / 3) + 0.01 * (i % 3));
        }
    }
}

static void a_job_that_ends_while_it_is_read_is_whole_or_pending(void **state)
{
    (void)state;
    written_sweep = report_sweep(2, 2, 3);
    const struct schema schema = diagnostics_schema(&written_sweep);
    bool was_written = true;
    for (write_at = 0; was_written; write_at++) {
        (void)unlink(scratch_path("live.h5"));
        report_file(scratch_path("live.h5"), &written_sweep, nothing, NULL);
        CHECK_OK(results_open(&writer, scratch_path("live.h5"), RESULTS_WRITE, &schema, &error));
        n_reads = 0;
        wrapped_H5Dread = read_beside_writer;
        CHECK_OK(read_one("live.h5"));
        wrapped_H5Dread = __real_H5Dread;
        was_written = n_reads > write_at;
        check_values_of_done_jobs();
        study_data_release(&data);
        CHECK_OK(results_close(&writer, &error));
    }
    assert_true(write_at > 30);
    sweep_release(&written_sweep);
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
    struct sweep sweep = report_sweep(2, 2, 3);
    add_dummy(&sweep, 3);
    report_file(scratch_path("a.h5"), &sweep, plain, NULL);
    sweep_release(&sweep);
    CHECK_OK(read_one("a.h5"));
    for (int i = 0; i < n; i++) {
        assert_true(study_value(&data, i, &value));
        assert_string_equal(value.variable->name, names[i]);
        assert_null(value.variable->axes[0]);
        assert_int_equal(value.places[0], 0);
    }
    assert_string_equal(value.diagnostic->name, "dummy");
    for (int pair = 0; pair < 6; pair++) { /* of 4 blocks */
        assert_true(study_value(&data, n + pair, &value));
        assert_string_equal(value.variable->name, "dummy_distance");
        assert_string_equal(value.variable->axes[0]->name, "pair");
        assert_int_equal(value.places[0], pair);
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
    assert_int_equal(grouping.n_groups, 4); /* by task, then by construction */
    check_group(&grouping.groups[0], "dense_default n4", 1, 0);
    check_group(&grouping.groups[1], "n4", 1, 1);
    check_group(&grouping.groups[2], "cayley n4", 1, 2);
    check_group(&grouping.groups[3], "dense_default n4", 2, 3);
    assert_int_equal(grouping.groups[3].cases[1], 4);
    assert_int_equal(grouping.n_tasks, 2);
    assert_string_equal(grouping.tasks[0].task, "copy");
    assert_int_equal(grouping.tasks[1].n_groups, 3);
    assert_int_equal(grouping.tasks[1].groups[0], 1);
    assert_int_equal(grouping.group_of[4], 3);
    grouping_release(&grouping);
    CHECK_OK(grouping_create(&grouping, &data, true, &error));
    assert_int_equal(grouping.n_groups, 2); /* the unknown one stays */
    check_group(&grouping.groups[0], "dense_default n4", 1, 0);
    assert_int_equal(grouping.group_of[2], -1);
    grouping_release(&grouping);
    study_data_release(&data);
}

/* Weights of cases 0, 2 and 4 are the same; 4 is of another construction. */
static void equal_weights_of_a_group_are_one_network(void **state)
{
    (void)state;
    struct grouping grouping;
    struct sweep sweep = report_sweep(5, 1, 2);
    set_text(&sweep.models[4].construction, "other");
    report_file(scratch_path("c.h5"), &sweep, plain, NULL);
    sweep_release(&sweep);
    CHECK_OK(read_one("c.h5"));
    uint64_t *const hashes = results_input_column(&data.inputs[0], "weights_hash")->values;
    memcpy(hashes, (uint64_t[]){7, 8, 7, 0, 7}, 5 * sizeof *hashes);
    CHECK_OK(grouping_create(&grouping, &data, false, &error));
    assert_int_equal(grouping.n_groups, 2);
    assert_int_equal(grouping.groups[0].n_cases, 3);
    assert_int_equal(grouping.groups[0].n_copies, 1);
    assert_int_equal(grouping.copy_of[2], 0);
    assert_int_equal(grouping.group_of[2], -1);
    assert_int_equal(grouping.copy_of[4], -1);
    grouping_release(&grouping);
    study_data_release(&data);
}

static void a_label_is_cut_between_characters(void **state)
{
    (void)state;
    char text[6];
    const struct group group = {
        .task = "", .construction = "abcd\xc3\xa9", .hidden = 4, .cell = "tanh"};
    group_label(&group, text, sizeof text);
    assert_string_equal(text, "abcd?");
}

int test_study_data(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(one_file_is_read_as_it_is),
        SCRATCH_TEST(a_job_that_ends_while_it_is_read_is_whole_or_pending),
        SCRATCH_TEST(a_measure_that_the_file_lacks_is_missing),
        SCRATCH_TEST(values_are_those_of_diagnostics),
        SCRATCH_TEST(cases_that_differ_by_seed_alone_are_a_group),
        SCRATCH_TEST(equal_weights_of_a_group_are_one_network),
        cmocka_unit_test(a_label_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
