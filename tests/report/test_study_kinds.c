/* Results files are put together when they are of one kind. */
#include "core/bits.h"
#include "kernel/measures/measure.h"
#include "report/study_data.h"
#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"

#include <stdio.h>
#include <string.h>

static struct error error;
static struct study_data data;

static struct job_result plain(int case_index, int alpha, int set)
{
    return effect_job(case_index + 0.1 * alpha + 0.01 * set);
}

/* Two cases, two alphas, three sets. */
static void write_changed(const char *name, int first, void (*change)(struct sweep *sweep))
{
    struct sweep sweep = report_sweep(2, 2, 3);
    report_rename(&sweep, first);
    if (change != NULL) {
        change(&sweep);
    }
    report_file(scratch_path(name), &sweep, plain, NULL);
    sweep_release(&sweep);
}

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
                 {change_set, "ablations[2] is RR+CR+CC, expected CR"},
                 {drop_a_set, "number of ablations is 2, expected 3"}};
    write_changed("a.h5", 0, NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "b%zu.h5", i);
        write_changed(name, 2, kinds[i].change);
        CHECK_FAILS(report_read_two(&data, "a.h5", name, &error), STATUS_MISMATCH,
                    kinds[i].message);
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
    write_changed("a.h5", 0, NULL);
    write_changed("b.h5", 2, change_name_and_seed);
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
    assert_int_equal(data.n_cases, 4);
    assert_true(data.seeds_differ);
    study_data_release(&data);
}

/* Each case has what its own study has, and nothing is pending that no study asks for. */
static void other_alphas_stand_side_by_side(void **state)
{
    (void)state;
    write_changed("a.h5", 0, NULL);
    write_changed("b.h5", 2, change_alpha);
    write_changed("c.h5", 4, drop_an_alpha);
    const char *const names[] = {"a.h5", "b.h5", "c.h5"};
    const double alphas[] = {0.5, 0.625, 1.0};
    const bool has[3][3] = {{true, false, true}, {false, true, true}, {true, false, false}};
    char paths[3][512];
    const char *list[3];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s", scratch_path(names[i]));
        list[i] = paths[i];
    }
    CHECK_OK(study_data_read(&data, list, 3, NULL, &error));
    assert_int_equal(data.n_alphas, 3);
    assert_int_equal(study_nearest_alpha(&data, 0.6), 1); /* none is in all files */
    for (int c = 0; c < data.n_cases; c++) {
        const struct case_place place = data.cases[c];
        int own = 0;
        for (int a = 0; a < 3; a++) {
            const bool is_there = has[place.input][a];
            const struct job_result job = plain(place.row, own, 1);
            const int fvu = measure_number("fvu");
            assert_true(same_bits(data.alphas[a], alphas[a]));
            assert_int_equal(study_has_alpha(&data, c, a), is_there);
            assert_int_equal(study_job_state(&data, c, a, 1), is_there ? JOB_DONE : STUDY_NO_JOB);
            assert_true(
                same_bits(study_measure(&data, c, a, 1, fvu), is_there ? job.values[fvu] : NAN));
            assert_int_equal(study_n_r(&data, c, a) >= 0, is_there);
            own += is_there;
        }
    }
    assert_int_equal(study_count_jobs(&data).n_pending, 0);
    study_data_release(&data);
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
    assert_int_equal(study_nearest_alpha(&data, 0.6), 2); /* in both */
    study_data_release(&data);
}

static void one_case_at_other_alphas_is_told(void **state)
{
    (void)state;
    write_changed("a.h5", 0, NULL);
    write_changed("b.h5", 0, change_alpha);
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    assert_int_equal(data.n_divided, 2);
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
    write_changed("a.h5", 0, NULL);
    write_changed("b.h5", 2, change_to_copy);
    write_changed("c.h5", 4, change_to_another_copy);
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
    assert_int_equal(data.n_cases, 4);
    study_data_release(&data);
    CHECK_FAILS(report_read_two(&data, "b.h5", "c.h5", &error), STATUS_MISMATCH, "tasks.copy.");
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
    write_changed("a.h5", 0, NULL);
    write_changed("b.h5", 0, add_dummy_of_3);
    write_changed("c.h5", 0, add_dummy_of_4);
    CHECK_OK(report_read_two(&data, "a.h5", "b.h5", &error));
    assert_int_equal(data.n_cases, 2);
    assert_int_equal(data.n_duplicates, 2);
    assert_int_equal(study_integer(&data, "dummy_state", 1, 0), JOB_DONE); /* more is done there */
    study_data_release(&data);
    CHECK_FAILS(report_read_two(&data, "b.h5", "c.h5", &error), STATUS_MISMATCH,
                "diagnostics.dummy.count is 4, expected 3");
}

int test_study_kinds(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(another_kind_is_refused_by_what_differs),
        SCRATCH_TEST(name_seed_and_shard_may_differ),
        SCRATCH_TEST(other_alphas_stand_side_by_side),
        SCRATCH_TEST(one_case_at_other_alphas_is_told),
        SCRATCH_TEST(tasks_of_one_file_alone_are_no_difference),
        SCRATCH_TEST(a_diagnostic_of_one_file_alone_is_no_difference),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
