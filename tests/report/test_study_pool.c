/* Results files put together. */
#include "report/groups.h"
#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"

#include <string.h>

static struct error error;
static struct study_data data;

static struct job_result plain(int case_index, int alpha, int set)
{
    return effect_cell(case_index + 0.1 * alpha + 0.01 * set);
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
        result.distance = nextafter(result.distance, 9.0);
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

static void write_canonical(const char *name, const char *canonical, int first, int64_t seed,
                            struct job_result (*result)(int, int, int))
{
    struct sweep sweep = report_sweep(2, 2, 3);
    rename_models(&sweep, first);
    sweep.seed = seed;
    set_text(&sweep.canonical, canonical);
    report_file(scratch_path(name), &sweep, result, NULL);
    sweep_release(&sweep);
}

static void write_file(const char *name, int first, struct job_result (*result)(int, int, int))
{
    write_canonical(name, "study = a\nseed = 7\nalphas = 0.5 1\nepsilon = 0.125\n", first, 7,
                    result);
}

static enum status read_two(const char *a, const char *b)
{
    char first[4096];
    char second[4096];
    (void)snprintf(first, sizeof first, "%s", scratch_path(a));
    (void)snprintf(second, sizeof second, "%s", scratch_path(b));
    char *paths[] = {first, second};
    return study_data_read(&data, paths, 2, &error);
}

static void one_file_is_read_as_it_is(void **state)
{
    (void)state;
    char path[4096];
    write_file("a.h5", 0, unfinished);
    (void)snprintf(path, sizeof path, "%s", scratch_path("a.h5"));
    char *paths[] = {path};
    CHECK_OK(study_data_read(&data, paths, 1, &error));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_alphas, 2);
    assert_int_equal(data.n_sets, 3);
    CHECK_SAME(data.alphas[0], 0.5);
    CHECK_SAME(data.epsilon, 0.125);
    assert_string_equal(study_model(&data, 1), "m1.h5");
    assert_int_equal(study_seed(&data, 1), 1);
    assert_int_equal(study_hidden(&data, 1), 4);
    assert_int_equal(study_n_r(&data, 0, 1), 3);
    assert_int_equal(study_converged(&data, 0), -1);
    CHECK_SAME(study_job_real(&data, VAR_DELTA_FVU, 1, 1, 1), 1.11);
    assert_true(isnan(study_job_real(&data, VAR_DELTA_FVU, 1, 1, 2)));
    assert_int_equal(study_job_state(&data, 1, 1, 2), JOB_PENDING);
    CHECK_SAME(study_eigenvalue_re(&data, 1, 3), 0.125);
    assert_true(isnan(study_eigenvalue_re(&data, 1, 4)));
    const struct job_counts counts = study_count_jobs(&data);
    assert_int_equal(counts.n_done, 10);
    assert_int_equal(counts.n_pending, 2);
    assert_int_equal(study_nearest_alpha(&data, 0.9), 1);
    assert_int_equal(study_nearest_alpha(&data, 0.6), 0);
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
    assert_string_equal(study_model(&data, 3), "m3.h5");
    CHECK_SAME(study_job_real(&data, VAR_DELTA_FVU, 3, 1, 1), 1.11);
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

static void the_same_network_under_another_name_counts_once(void **state)
{
    (void)state;
    struct sweep sweep = report_sweep(2, 2, 3);
    rename_models(&sweep, 0);
    set_text(&sweep.models[0].label, "elsewhere/x.h5");
    set_text(&sweep.canonical, "study = b\nseed = 7\nalphas = 0.5 1\nepsilon = 0.125\n");
    report_file(scratch_path("b.h5"), &sweep, plain, NULL);
    sweep_release(&sweep);
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
    assert_int_equal(study_count_jobs(&data).n_done, 12);
    study_data_release(&data);
    CHECK_OK(read_two("whole.h5", "none.h5"));
    assert_int_equal(study_count_jobs(&data).n_done, 12);
    study_data_release(&data);
    CHECK_OK(read_two("none.h5", "failed.h5"));
    assert_int_equal(study_count_jobs(&data).n_failed, 12);
    study_data_release(&data);
    CHECK_OK(read_two("failed.h5", "part.h5"));
    assert_int_equal(study_count_jobs(&data).n_done, 10);
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

static void another_kind_is_refused_by_its_key(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_canonical("b.h5", "study = b\nseed = 7\nalphas = 0.5 1\nepsilon = 0.25\n", 2, 7, plain);
    CHECK_FAILS(read_two("a.h5", "b.h5"), STATUS_MISMATCH,
                "'epsilon = 0.25', expected 'epsilon = 0.125'");
    write_canonical("c.h5", "study = c\nseed = 7\nalphas = 0.5 1\n", 2, 7, plain);
    CHECK_FAILS(read_two("a.h5", "c.h5"), STATUS_MISMATCH,
                "'(missing)', expected 'epsilon = 0.125'");
}

static void name_seed_and_shard_may_differ(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    write_canonical("b.h5", "study = b\nseed = 8\nalphas = 0.5 1\nepsilon = 0.125\nshard = 1/2\n",
                    2, 8, plain);
    CHECK_OK(read_two("a.h5", "b.h5"));
    assert_int_equal(data.n_cases, 4);
    assert_true(data.seeds_differ);
    study_data_release(&data);
}

static void tasks_of_one_file_alone_are_no_difference(void **state)
{
    (void)state;
    write_canonical("a.h5", "study = a\nalphas = 0.5 1\ntasks.copy.bits = 8\n", 0, 7, plain);
    write_canonical("b.h5", "study = b\nalphas = 0.5 1\ntasks.sine.steps = 64\n", 2, 7, plain);
    write_canonical("c.h5", "study = c\nalphas = 0.5 1\ntasks.copy.bits = 9\n", 4, 7, plain);
    CHECK_OK(read_two("a.h5", "b.h5"));
    study_data_release(&data);
    CHECK_FAILS(read_two("a.h5", "c.h5"), STATUS_MISMATCH, "tasks.copy.bits = 9");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    write_file("a.h5", 0, plain);
    assert_int_not_equal(read_two("a.h5", "none.h5"), STATUS_OK);
    assert_non_null(strstr(error.text, "none.h5"));
    assert_int_equal(data.n_cases, 0);
}

/* ---- profiles ---- */

static struct job_result other_partition(int case_index, int row, int set)
{
    struct job_result result = plain(case_index, row, set);
    if (case_index == 1 && row == 2 + 3 && set == 1) {
        result.fvu = nextafter(result.fvu, 9.0);
    }
    return result;
}

/* No partition is there yet. */
static struct job_result without_partitions(int case_index, int row, int set)
{
    return row >= 2 ? empty_job(JOB_PENDING) : plain(case_index, row, set);
}

static void write_partition_jobs(const char *name, int n_partitions,
                                 struct job_result (*result)(int, int, int))
{
    struct sweep sweep = report_sweep(2, 2, 3);
    rename_models(&sweep, 0);
    sweep.n_partitions = n_partitions;
    set_text(&sweep.canonical, n_partitions > 0 ? "study = p\nalphas = 0.5 1\nprofile = true\n"
                                                : "study = p\nalphas = 0.5 1\nprofile = false\n");
    report_file(scratch_path(name), &sweep, result, NULL);
    sweep_release(&sweep);
}

/* Two cases of 2 alphas and 4 partitions with 3 sets each. */
static void check_profiled(const char *a, const char *b)
{
    CHECK_OK(read_two(a, b));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    assert_int_equal(study_partitions(&data, 1), 4);
    assert_int_equal(study_count_jobs(&data).n_done, 2 * (2 + 4) * 3);
    assert_int_equal(study_partition_dim(&data, 1, 3), 4);
    CHECK_SAME(study_partition_real(&data, VAR_ALPHA_LOW, 1, 2), 0.125);
    CHECK_SAME(study_partition_job_real(&data, VAR_PARTITION_DELTA_FVU, 1, 3, 1),
               1.0 + 0.1 * 5 + 0.01);
    study_data_release(&data);
}

static void the_one_with_a_profile_is_taken(void **state)
{
    (void)state;
    write_partition_jobs("plain.h5", 0, plain);
    write_partition_jobs("profile.h5", 4, plain);
    write_partition_jobs("pending.h5", 4, without_partitions);
    check_profiled("plain.h5", "profile.h5");
    check_profiled("profile.h5", "plain.h5");
    check_profiled("pending.h5", "profile.h5");
    check_profiled("profile.h5", "pending.h5");
}

static void axes_of_partitions_may_differ(void **state)
{
    (void)state;
    write_partition_jobs("short.h5", 4, plain);
    write_partition_jobs("long.h5", 9, plain);
    check_profiled("short.h5", "long.h5");
    check_profiled("long.h5", "short.h5");
}

static void other_values_of_a_partition_are_refused(void **state)
{
    (void)state;
    write_partition_jobs("a.h5", 4, plain);
    write_partition_jobs("b.h5", 9, other_partition);
    CHECK_FAILS(read_two("a.h5", "b.h5"), STATUS_MISMATCH, "b.h5: model 'm1.h5' on task 'sine'");
    CHECK_FAILS(read_two("b.h5", "a.h5"), STATUS_MISMATCH, "a.h5: model 'm1.h5' on task 'sine'");
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
    char path[4096];
    write_groups("g.h5");
    (void)snprintf(path, sizeof path, "%s", scratch_path("g.h5"));
    char *paths[] = {path};
    CHECK_OK(study_data_read(&data, paths, 1, &error));
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
        SCRATCH_TEST(other_cases_are_added),
        SCRATCH_TEST(equal_cases_count_once),
        SCRATCH_TEST(the_same_network_under_another_name_counts_once),
        SCRATCH_TEST(the_more_complete_of_two_is_taken),
        SCRATCH_TEST(other_values_are_refused_by_name),
        SCRATCH_TEST(another_kind_is_refused_by_its_key),
        SCRATCH_TEST(name_seed_and_shard_may_differ),
        SCRATCH_TEST(tasks_of_one_file_alone_are_no_difference),
        SCRATCH_TEST(a_missing_file_is_named),
        SCRATCH_TEST(the_one_with_a_profile_is_taken),
        SCRATCH_TEST(axes_of_partitions_may_differ),
        SCRATCH_TEST(other_values_of_a_partition_are_refused),
        SCRATCH_TEST(cases_that_differ_by_seed_alone_are_a_group),
        cmocka_unit_test(a_label_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
