/* How far a file is, from its starts, its jobs and its trainings. */
#include "cli/standing.h"

#include "support/check.h"

enum { CASES = 6 };

static struct epoch epochs[RESULTS_EPOCHS];
static struct training_mark marks[CASES];
static const struct results_input INPUT = {
    .epochs = epochs, .trainings = marks, .sweep = {.n_cases = CASES}};
static struct standing standing;

static int clear(void **state)
{
    (void)state;
    memset(epochs, 0, sizeof epochs);
    memset(marks, 0, sizeof marks);
    return 0;
}

static void look(int64_t n_done, int64_t n_failed, int64_t n_pending, bool running, int64_t now)
{
    standing = standing_of(
        &INPUT, (struct job_counts){.n_done = n_done, .n_failed = n_failed, .n_pending = n_pending},
        running, now);
}

static void times_are_those_of_all_starts(void **state)
{
    (void)state;
    epochs[0] = (struct epoch){.start_time = 1000, .end_time = 1900, .n_ranks = 1};
    epochs[1] = (struct epoch){.start_time = 2000, .n_ranks = 9}; /* killed */
    epochs[2] =
        (struct epoch){.start_time = 5000, .end_time = 5900, .n_ranks = 3, .done_at_start = 10};
    look(100, 0, 0, false, 99999);
    assert_int_equal(standing.starts, 3);
    assert_int_equal(standing.n_killed, 1);
    CHECK_NEAR(standing.wall_seconds, 1800.0, 0.0);
    CHECK_NEAR(standing.core_hours, 0.25 + 2 * 0.25, 1e-12); /* the driver needs no core */
    CHECK_NEAR(standing.elapsed, 900.0, 0.0);
    CHECK_NEAR(standing.rate, 0.1, 1e-12);
    assert_true(isnan(standing.remaining));
    assert_string_equal(standing_state(&standing), "complete");
}

static void a_clock_that_was_set_back_gives_no_negative_times(void **state)
{
    (void)state;
    epochs[0] = (struct epoch){.start_time = 90000, .end_time = 3600, .n_ranks = 1};
    epochs[1] = (struct epoch){.start_time = 5000, .n_ranks = 3};
    look(10, 0, 10, true, 4000);
    CHECK_NEAR(standing.wall_seconds, 0.0, 0.0);
    CHECK_NEAR(standing.core_hours, 0.0, 0.0);
    CHECK_NEAR(standing.elapsed, 0.0, 0.0);
}

static void a_running_start_counts_until_now(void **state)
{
    (void)state;
    epochs[0] = (struct epoch){.start_time = 1000, .n_ranks = 2, .done_at_start = 20};
    look(70, 0, 100, true, 1100);
    CHECK_NEAR(standing.wall_seconds, 100.0, 0.0);
    CHECK_NEAR(standing.rate, 0.5, 1e-12);
    CHECK_NEAR(standing.remaining, 200.0, 1e-9);
    assert_string_equal(standing_state(&standing), "running");
}

static void trainings_are_told_while_they_run(void **state)
{
    (void)state;
    epochs[0] = (struct epoch){.start_time = 500, .end_time = 600, .n_ranks = 2};
    epochs[1] = (struct epoch){.start_time = 1000, .n_ranks = 2};
    marks[0] = (struct training_mark){.step = 100, .steps = 100, .start = 1};
    marks[1] = (struct training_mark){.step = 100, .steps = 100, .start = 2};
    marks[2] = (struct training_mark){.step = 20, .steps = 100, .start = 2};
    marks[3] = (struct training_mark){.step = 80, .steps = 100, .start = 2};
    marks[4] = (struct training_mark){.step = 0, .steps = 100, .start = 2};
    look(0, 0, 100, true, 1050);
    assert_int_equal(standing.n_models, 5);
    assert_int_equal(standing.n_trained, 2);
    assert_int_equal(standing.n_training, 2);
    assert_int_equal(standing.training[0], 3); /* the furthest */
    assert_int_equal(standing.training[1], 2);
    assert_int_equal(standing.training[2], -1);
    assert_true(isnan(standing.rate));                      /* "0 jobs/s" would tell nothing */
    CHECK_NEAR(standing.remaining, 200 * 50.0 / 200, 1e-9); /* 200 steps left, 200 of this start */
    look(0, 0, 100, false, 1050);
    assert_int_equal(standing.n_training, 0);
    assert_string_equal(standing_state(&standing), "stopped, run the same command again");
}

static void marks_of_a_damaged_file_are_left_out(void **state)
{
    (void)state;
    marks[0] = (struct training_mark){.step = -5, .steps = 100};
    marks[1] = (struct training_mark){.step = 200, .steps = 100};
    marks[2] = (struct training_mark){.step = 1, .steps = -1};
    look(1, 0, 0, true, 1050);
    assert_int_equal(standing.n_models, 0);
    assert_int_equal(standing.n_training, 0);
}

static void check_next(int64_t n_pending, bool running, const char *file, const char *expected)
{
    char text[256];
    look(1, 0, n_pending, running, 0);
    standing_next(&standing, file, text, sizeof text);
    assert_string_equal(text, expected);
}

static void the_next_command_can_be_pasted_into_a_shell(void **state)
{
    (void)state;
    char tight[24];
    check_next(0, false, "results/a.h5", "schursweep report results/a.h5");
    check_next(5, true, "a.h5", "schursweep show a.h5");
    check_next(5, false, "a.h5", "schursweep run STUDY");
    check_next(0, false, "my $HOME.h5", "schursweep report 'my $HOME.h5'");
    check_next(0, false, "it's.h5", "schursweep report 'it'\\''s.h5'");
    check_next(0, false, "-q", "schursweep report ./-q");
    standing_next(&standing, "a file with a very long name", tight, sizeof tight);
    assert_in_range(strlen(tight), 1, sizeof tight - 1);
}

int test_standing(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(times_are_those_of_all_starts, clear),
        cmocka_unit_test_setup(a_clock_that_was_set_back_gives_no_negative_times, clear),
        cmocka_unit_test_setup(a_running_start_counts_until_now, clear),
        cmocka_unit_test_setup(trainings_are_told_while_they_run, clear),
        cmocka_unit_test_setup(marks_of_a_damaged_file_are_left_out, clear),
        cmocka_unit_test_setup(the_next_command_can_be_pasted_into_a_shell, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
