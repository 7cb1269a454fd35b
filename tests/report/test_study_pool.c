/* Results files put together. */
#include "kernel/measures/measure.h"
#include "report/study_data.h"
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

static void write_changed(const char *name, int first, void (*change)(struct sweep *),
                          struct job_result (*result)(int, int, int))
{
    struct sweep sweep = report_sweep(2, 2, 3);
    report_rename(&sweep, first);
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

static double measure_of(int case_index, int row, int set, const char *name)
{
    return study_measure(&data, case_index, row, set, measure_number(name));
}

static void other_cases_are_added(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 2, plain);
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
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
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    study_data_release(&data);
    CHECK_FAILS(report_read_two(&data, "a.h5", "c.h5", &error), STATUS_MISMATCH,
                "c.h5: model 'm1.h5' on task 'sine'");
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
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
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
    CHECK_OK(report_read_two(&data, "part.h5", "whole.h5", &error));
    assert_int_equal(study_count_jobs(&data).n_done, 12 + 2 * N_RECORDS);
    study_data_release(&data);
    CHECK_OK(report_read_two(&data, "whole.h5", "none.h5", &error));
    assert_int_equal(study_count_jobs(&data).n_done, 12 + 2 * N_RECORDS);
    study_data_release(&data);
    CHECK_OK(report_read_two(&data, "none.h5", "failed.h5", &error));
    assert_int_equal(study_count_jobs(&data).n_failed, 12);
    study_data_release(&data);
    CHECK_OK(report_read_two(&data, "failed.h5", "part.h5", &error));
    assert_int_equal(study_count_jobs(&data).n_done, 10 + 2 * N_RECORDS);
    study_data_release(&data);
}

static void other_values_are_refused_by_name(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 0, other);
    CHECK_FAILS(report_read_two(&data, "a.h5", "b.h5", &error), STATUS_MISMATCH,
                "b.h5: model 'm1.h5' on task 'sine'");
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
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    study_data_release(&data);
    CHECK_OK(report_read_two(&data, "b.h5", "a.h5", &error));
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
    CHECK_FAILS(report_read_two(&data, "a.h5", "b.h5", &error), STATUS_MISMATCH,
                "b.h5: model 'm1.h5' on task 'sine'");
    CHECK_FAILS(report_read_two(&data, "b.h5", "a.h5", &error), STATUS_MISMATCH,
                "a.h5: model 'm1.h5' on task 'sine'");
}

static void times_of_a_diagnostic_may_differ(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 0, plain);
    change_record("b.h5", "training", 1, "train_seconds", 0, STATUS_OK);
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
    assert_int_equal(data.n_duplicates, 2);
    study_data_release(&data);
    change_record("b.h5", "training", 1, "train_loss", 0, STATUS_OK);
    CHECK_FAILS(report_read_two(&data, "a.h5", "b.h5", &error), STATUS_MISMATCH,
                "has other values than in");
}

static void a_failed_record_is_no_conflict(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_file("b.h5", 0, plain);
    change_record("b.h5", "spectrum", 1, "nonnormality", 0, STATUS_JOB_SCHUR_FAILED);
    CHECK_OK(report_read_two(&data, "b.h5", "a.h5", &error));
    assert_int_equal(data.n_cases, 2);
    assert_true(isnan(study_real(&data, "nonnormality", 1, 0))); /* the whole one was taken */
    assert_int_equal(study_count_jobs(&data).n_failed, 0);
    study_data_release(&data);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    assert_int_not_equal(report_read_two(&data, "a.h5", "none.h5", &error), STATUS_OK);
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
    report_rename(&sweep, 0);
    sweep.n_partitions = n_partitions;
    sweep.models[sweep.n_models - 1].n_hidden = n_partitions == WIDER ? WIDER : 4;
    report_file(scratch_path(name), &sweep, result, NULL);
    sweep_release(&sweep);
}

/* Two cases of 2 alphas and 4 partitions with 3 sets each, and those of n_wider models. */
static void check_all_partitions(const char *a, const char *b, int n_wider)
{
    CHECK_OK(report_read_two(&data, a, b, &error));
    assert_int_equal(data.n_cases, 2 + n_wider);
    assert_int_equal(data.n_duplicates, 2);
    assert_int_equal(study_partitions(&data, 1), 4);
    assert_int_equal(study_count_jobs(&data).n_done, data.n_cases * ((2 + 4) * 3 + N_RECORDS));
    assert_int_equal(study_n_r(&data, 1, data.n_alphas + 3), 4);
    CHECK_SAME(study_real(&data, "alpha_low", 1, 2), 0.125);
    CHECK_SAME(measure_of(1, data.n_alphas + 3, 1, "delta_fvu"), 1.0 + 0.1 * 5 + 0.01);
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
    CHECK_FAILS(report_read_two(&data, "a.h5", "b.h5", &error), STATUS_MISMATCH,
                "b.h5: model 'm1.h5' on task 'sine'");
    CHECK_FAILS(report_read_two(&data, "b.h5", "a.h5", &error), STATUS_MISMATCH,
                "a.h5: model 'm1.h5' on task 'sine'");
}

/* ---- many cases ---- */

enum { MANY = 1000, READS = 10 };

static struct job_result zeros(int case_index, int row, int set)
{
    (void)case_index;
    (void)row;
    (void)set;
    return effect_job(0.0);
}

/* Least processor time of three turns: other work makes it longer, never shorter. */
static double seconds_to_read(const char *const *paths, int n_paths)
{
    double least = INFINITY;
    for (int i = 0; i < 3; i++) {
        study_data_release(&data);
        const clock_t start = clock();
        CHECK_OK(study_data_read(&data, paths, n_paths, NULL, &error));
        least = fmin(least, (double)(clock() - start) / CLOCKS_PER_SEC);
    }
    return least;
}

/* Every case is looked up among the others, not compared with them: a comparison of all pairs takes
 * more than a second. Sanitizers make all of it slower, the files alone too. */
static void many_cases_are_pooled_fast(void **state)
{
    (void)state;
    char path[4096];
    const char *paths[READS];
    struct sweep sweep = report_sweep(MANY, 1, 1);
    report_rename(&sweep, 0);
    (void)snprintf(path, sizeof path, "%s", scratch_path("many.h5"));
    report_file(path, &sweep, zeros, NULL);
    sweep_release(&sweep);
    for (int i = 0; i < READS; i++) {
        paths[i] = path;
    }
    const double alone = READS * seconds_to_read(paths, 1);
    const double together = seconds_to_read(paths, READS);
    assert_true(together < 2.0 * alone);
#if !defined(SCHURSWEEP_SANITIZE)
    assert_true(together < 0.5);
#endif
    assert_int_equal(data.n_cases, MANY);
    assert_int_equal(data.n_duplicates, (READS - 1) * MANY);
    study_data_release(&data);
}

int test_study_pool(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(other_cases_are_added),
        SCRATCH_TEST(equal_cases_count_once),
        SCRATCH_TEST(the_same_network_under_another_name_counts_once),
        SCRATCH_TEST(the_more_complete_of_two_is_taken),
        SCRATCH_TEST(other_values_are_refused_by_name),
        SCRATCH_TEST(the_same_network_twice_in_a_file_is_two_cases),
        SCRATCH_TEST(other_values_of_a_diagnostic_are_refused),
        SCRATCH_TEST(times_of_a_diagnostic_may_differ),
        SCRATCH_TEST(a_failed_record_is_no_conflict),
        SCRATCH_TEST(a_missing_file_is_named),
        SCRATCH_TEST(the_one_with_partitions_is_taken),
        SCRATCH_TEST(axes_of_partitions_may_differ),
        SCRATCH_TEST(other_values_of_a_partition_are_refused),
        SCRATCH_TEST(many_cases_are_pooled_fast),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
