/* How the driver ends a run: wishes to stop, the end of the time, workers that answer no more. */
#include "core/clock.h"
#include "support/check.h"
#include "support/fake_workers.h"

#include <math.h>
#include <stdlib.h>

enum { WORKERS = 3 };

#include <time.h>

static struct error error;
static struct fake_workers fake_workers;
static struct queue_counts counts;
static struct plan plan;
static struct driver_options options;

static int set_up(void **state)
{
    (void)state;
    options = (struct driver_options){
        .stop = {fake_workers_ask, &fake_workers}, .end_time = INFINITY, .stall_timeout = INFINITY};
    plan = (struct plan){.n_cases = MAX_CASES, .options = &options};
    fake_workers_begin(&fake_workers, WORKERS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_workers_end(&fake_workers);
    return 0;
}

static enum status run(void)
{
    return fake_workers_run(&fake_workers, &plan, &counts, &error);
}

/* Every work unit that was handed out has been swept once, or was dropped on a stop. */
static void check_swept_at_most_once(void)
{
    int n_swept = 0;
    for (int i = 0; i < MAX_CASES; i++) {
        assert_in_range(fake_workers.swept[i], 0, 1);
        n_swept += fake_workers.swept[i];
    }
    assert_int_equal(counts.n_finished, n_swept);
}

/* ---- wishes -------------------------------------------------------------------------------------
 */

static void a_wish_at_any_moment_ends_the_run_with_the_counts(void **state)
{
    static const enum stop_kind KINDS[] = {STOP_AFTER_UNIT, STOP_NOW};
    for (int moment = 1; moment < MAX_CASES - WORKERS * DRIVER_DEPTH; moment++) {
        for (int k = 0; k < 2; k++) {
            char part[64];
            fake_workers.wish_at = moment;
            fake_workers.wish_to_come = (struct stop_wish){KINDS[k], "SIGUSR1"};
            CHECK_FAILS(run(), STATUS_STOPPED, "stopped early (SIGUSR1) with ");
            (void)snprintf(part, sizeof part, " of %d work units finished, run the same",
                           MAX_CASES);
            assert_non_null(strstr(error.text, part));
            assert_false(plan.abandoned);
            check_swept_at_most_once();
            assert_in_range(counts.n_finished, moment, moment + WORKERS * DRIVER_DEPTH);
            (void)tear_down(state);
            (void)set_up(state);
        }
    }
    CHECK_OK(run());
}

static void a_wish_before_the_beginning_hands_out_nothing(void **state)
{
    (void)state;
    fake_workers.wish = (struct stop_wish){STOP_AFTER_UNIT, "SIGUSR1"};
    CHECK_FAILS(run(), STATUS_STOPPED, "with 0 of 12 work units finished");
    assert_int_equal(counts.n_handed, 0);
    check_swept_at_most_once();
}

static void a_wish_that_finds_the_last_work_units_in_flight_changes_nothing(void **state)
{
    (void)state;
    plan.n_cases = WORKERS; /* each has one */
    fake_workers.wish_at = 1;
    fake_workers.wish_to_come = (struct stop_wish){STOP_AFTER_UNIT, "SIGUSR1"};
    const enum status status = run();
    /* Whoever had not begun its work unit has dropped it. */
    assert_int_equal(status, counts.n_finished == WORKERS ? STATUS_OK : STATUS_STOPPED);
    check_swept_at_most_once();
}

static void nothing_to_do_needs_no_time(void **state)
{
    (void)state;
    fake_workers.wish = (struct stop_wish){STOP_NOW, "SIGTERM"};
    plan.n_cases = 0;
    CHECK_OK(run());
    assert_false(plan.abandoned);
}

/* ---- the end of the time ------------------------------------------------------------------------
 */

static void work_units_are_not_begun_when_the_time_is_over(void **state)
{
    (void)state;
    options.end_time = clock_seconds() + 2.0; /* less than the flush at the end may take */
    CHECK_FAILS(run(), STATUS_STOPPED, "time limit: what is left would not finish");
    assert_int_equal(counts.n_handed, 0);
}

static void a_run_that_fits_into_the_time_is_complete(void **state)
{
    (void)state;
    options.end_time = clock_seconds() + 100.0;
    CHECK_OK(run());
    assert_int_equal(counts.n_finished, MAX_CASES);
}

/* ---- silence ------------------------------------------------------------------------------------
 */

/* What the driver has told its log. */
static int n_handed;
static int n_ended;
static int n_returned;
static int n_cut;
static int n_stalled;
static int stalled_case;

static enum status note(void *context, enum journal_event event, enum work_kind kind, int index,
                        struct error *reason)
{
    (void)context, (void)reason;
    n_handed += event == UNIT_HANDED;
    n_ended += event == UNIT_ENDED;
    n_returned += event == UNIT_RETURNED;
    n_stalled += event == UNIT_STALLED;
    n_cut += event == UNIT_CUT_OFF;
    if (event == UNIT_STALLED) {
        assert_int_equal(kind, WORK_SWEEP);
        stalled_case = index;
    }
    return STATUS_OK;
}

static const struct work_journal LOG = {.note = note};

static bool lives(void *context, int rank)
{
    (void)context, (void)rank;
    return true;
}

static void keep_an_unit(int at)
{
    n_handed = n_ended = n_returned = n_cut = n_stalled = 0;
    options.journal = &LOG;
    fake_workers.trouble = KEEPS_THE_UNIT;
    fake_workers.trouble_at = at;
}

static void a_worker_without_heartbeat_ends_the_run_and_is_left(void **state)
{
    for (int at = 1; at <= 9; at += 4) {
        keep_an_unit(at);
        options.stall_timeout = 0.05;
        CHECK_FAILS(run(), STATUS_STOPPED, "sent no heartbeat for");
        assert_true(plan.abandoned);
        assert_int_equal(n_stalled, 1);
        assert_int_equal(fake_workers.swept[stalled_case],
                         1); /* the very work unit that was kept */
        assert_int_equal(n_ended, counts.n_finished);
        assert_true(n_ended + n_returned < n_handed); /* what it has is not given back */
        (void)tear_down(state);
        (void)set_up(state);
    }
    CHECK_OK(run());
}

/* Case 0 is of a wide model. */
static double timeout_of_case(const void *context, enum work_kind kind, int index)
{
    const double *const stall_timeout = context;
    assert_int_equal(kind, WORK_SWEEP);
    return stall_timeout[index > 0];
}

/* Two cases, each with the worker of the next number, one of which never answers. */
static void fall_silent(int worker, double base, const double stall_timeout[2])
{
    keep_an_unit(0);
    fake_workers.trouble = NO_TROUBLE;
    fake_workers.mute = worker;
    plan.n_cases = 2;
    options.stall_timeout = base;
    options.unit_timeout = timeout_of_case;
    options.timeout_context = stall_timeout;
}

static void a_silence_is_judged_by_the_work_unit(void **state)
{
    static const double TIMEOUT[2][2] = {{0.05, INFINITY}, {INFINITY, 0.05}};
    for (int i = 0; i < 2; i++) {
        fall_silent(i + 1, INFINITY, TIMEOUT[i]);
        CHECK_FAILS(run(), STATUS_STOPPED,
                    i == 0 ? "rank 1 sent no heartbeat" : "rank 2 sent no heartbeat");
        assert_int_equal(n_stalled, 1);
        assert_int_equal(stalled_case, i);
        (void)tear_down(state);
        (void)set_up(state);
    }
    CHECK_OK(run());
}

/* Only the wish to stop, with its grace, ends the waiting for a worker with a wide case. */
static void the_silence_of_a_wide_work_unit_is_not_noticed_early(void **state)
{
    static const double TIMEOUT[] = {INFINITY, 0.05};
    (void)state;
    fall_silent(1, 0.05, TIMEOUT);
    fake_workers.wish_at = 1;
    fake_workers.wish_to_come = (struct stop_wish){STOP_NOW, "SIGTERM"};
    const double begin = clock_seconds();
    CHECK_FAILS(run(), STATUS_STOPPED, "stopped early (SIGTERM)");
    assert_true(plan.abandoned);
    assert_true(clock_seconds() - begin > 0.4);
}

static void an_urgent_wish_does_not_wait_for_those_who_do_not_answer(void **state)
{
    (void)state;
    keep_an_unit(2);
    fake_workers.wish_at = 3;
    fake_workers.wish_to_come = (struct stop_wish){STOP_NOW, "SIGTERM"};
    const double begin = clock_seconds();
    CHECK_FAILS(run(), STATUS_STOPPED, "stopped early (SIGTERM)");
    assert_true(plan.abandoned);
    assert_int_equal(n_stalled, 0);
    assert_true(n_ended + n_returned < n_handed);
    assert_int_equal(n_cut, 0); /* it may be dead */
    assert_true(clock_seconds() - begin < 1.0);
}

static void a_worker_that_is_only_slow_gives_its_work_units_back(void **state)
{
    (void)state;
    keep_an_unit(2);
    options.is_alive = lives;
    fake_workers.wish_at = 3;
    fake_workers.wish_to_come = (struct stop_wish){STOP_NOW, "SIGTERM"};
    CHECK_FAILS(run(), STATUS_STOPPED, "stopped early (SIGTERM)");
    assert_true(plan.abandoned);
    assert_int_equal(n_ended + n_returned + n_cut, n_handed);
    assert_int_equal(n_cut, 1); /* the one that it works on, not the one that waits there */
}

static void end_the_time(int n_reports)
{
    if (n_reports == 3) {
        options.end_time = clock_seconds() + 1.0;
        fake_workers.wish = (struct stop_wish){STOP_NOW, "time limit"};
    }
}

static void what_is_worked_on_when_the_time_is_over_was_cut_off(void **state)
{
    (void)state;
    keep_an_unit(2);
    fake_workers.after_report = end_the_time;
    CHECK_FAILS(run(), STATUS_STOPPED, "stopped early (time limit)");
    assert_true(plan.abandoned); /* nothing is known of the worker, and it is not blamed */
    assert_int_equal(n_ended + n_returned + n_cut, n_handed);
    assert_int_equal(n_cut, 1);
}

static void a_failure_does_not_wait_for_them_either(void **state)
{
    (void)state;
    keep_an_unit(0);
    fake_workers.mute = 3; /* from the beginning */
    fake_workers.trouble = REPORTS_FAILURE;
    fake_workers.trouble_at = 2;
    const double begin = clock_seconds();
    CHECK_FAILS(run(), STATUS_IO, "out.h5: disk full");
    assert_true(plan.abandoned);
    assert_true(clock_seconds() - begin < 4.0);
}

static void dawdle(int n_reports)
{
    const struct timespec time = {0, 60 * 1000 * 1000};
    if (n_reports % 3 == 0) {
        (void)nanosleep(&time, NULL);
    }
}

/* Everybody else has answered meanwhile. */
static void a_driver_that_was_away_reads_what_waits_before_it_blames(void **state)
{
    (void)state;
    keep_an_unit(0);
    fake_workers.trouble = NO_TROUBLE;
    fake_workers.after_report = dawdle;
    options.stall_timeout = 0.02;
    CHECK_OK(run());
    assert_int_equal(n_stalled, 0);
}

static void fall_mute_at_the_end(int n_reports)
{
    fake_workers.mute = n_reports == plan.n_cases ? WORKERS : 0;
}

static void a_goodbye_that_does_not_come_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    fake_workers.after_report = fall_mute_at_the_end;
    options.stall_timeout = 0.05;
    CHECK_FAILS(run(), STATUS_STOPPED, "a rank does not answer");
    assert_true(plan.abandoned);
    assert_int_equal(counts.n_finished, MAX_CASES);
}

static void the_log_hears_of_every_work_unit(void **state)
{
    (void)state;
    keep_an_unit(0);
    fake_workers.trouble = NO_TROUBLE;
    CHECK_OK(run());
    assert_int_equal(n_handed, MAX_CASES);
    assert_int_equal(n_ended, MAX_CASES);
    assert_int_equal(n_returned, 0);
    assert_int_equal(n_stalled, 0);
}

#define END_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_driver_end(void)
{
    const struct CMUnitTest tests[] = {
        END_TEST(a_wish_at_any_moment_ends_the_run_with_the_counts),
        END_TEST(a_wish_before_the_beginning_hands_out_nothing),
        END_TEST(a_wish_that_finds_the_last_work_units_in_flight_changes_nothing),
        END_TEST(nothing_to_do_needs_no_time),
        END_TEST(work_units_are_not_begun_when_the_time_is_over),
        END_TEST(a_run_that_fits_into_the_time_is_complete),
        END_TEST(a_worker_without_heartbeat_ends_the_run_and_is_left),
        END_TEST(a_silence_is_judged_by_the_work_unit),
        END_TEST(the_silence_of_a_wide_work_unit_is_not_noticed_early),
        END_TEST(an_urgent_wish_does_not_wait_for_those_who_do_not_answer),
        END_TEST(a_worker_that_is_only_slow_gives_its_work_units_back),
        END_TEST(what_is_worked_on_when_the_time_is_over_was_cut_off),
        END_TEST(a_failure_does_not_wait_for_them_either),
        END_TEST(a_driver_that_was_away_reads_what_waits_before_it_blames),
        END_TEST(a_goodbye_that_does_not_come_is_not_waited_for_for_ever),
        END_TEST(the_log_hears_of_every_work_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
