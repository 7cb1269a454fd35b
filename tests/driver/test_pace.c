#include "driver/pace.h"

#include "support/check.h"

enum { WORKERS = 3 };

static struct error error;

static struct pace *new_pace(double end_time, double stall_timeout)
{
    struct pace *pace = NULL;
    CHECK_OK(pace_create(&pace, WORKERS, end_time, stall_timeout, &error));
    return pace;
}

/* A worker has done a work unit of that cost in so many seconds, beginning at `now`. */
static void work(struct pace *pace, int worker, enum work_kind kind, double cost, double seconds,
                 double now)
{
    pace_handed(pace, worker, kind, cost, INFINITY, now);
    pace_reported(pace, worker, kind, cost, seconds, now + seconds);
}

/* ---- what still fits ----------------------------------------------------------------------------
 */

static void without_an_end_everything_fits(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, INFINITY);
    assert_true(isinf(pace_budget(pace, 1, WORK_SWEEP, 0.0)));
    work(pace, 1, WORK_SWEEP, 1.0, 1000.0, 0.0);
    assert_true(isinf(pace_budget(pace, 1, WORK_SWEEP, 1e9)));
    pace_destroy(&pace);
    assert_null(pace);
    pace_destroy(&pace); /* again: nothing happens */
}

static void an_unknown_kind_fits_as_long_as_there_is_time(void **state)
{
    (void)state;
    struct pace *pace = new_pace(100.0, INFINITY);
    work(pace, 1, WORK_SWEEP, 1.0, 10.0, 0.0);
    assert_true(isinf(pace_budget(pace, 1, WORK_TRAIN, 50.0)));
    CHECK_SAME(pace_budget(pace, 1, WORK_TRAIN, 100.0), 0.0);
    CHECK_SAME(pace_budget(pace, 1, WORK_TRAIN, 99.9), 0.0); /* nothing would be flushed */
    CHECK_SAME(pace_budget(pace, 1, WORK_TRAIN, 200.0), 0.0);
    pace_destroy(&pace);
}

static void the_slowest_work_unit_of_a_kind_judges_the_next(void **state)
{
    (void)state;
    struct pace *pace = new_pace(1000.0, INFINITY);
    work(pace, 1, WORK_SWEEP, 4.0, 8.0, 0.0);  /* 2 s per cost */
    work(pace, 2, WORK_SWEEP, 1.0, 10.0, 0.0); /* 10 */
    work(pace, 1, WORK_SWEEP, 2.0, 2.0, 10.0); /* 1 */
    work(pace, 1, WORK_TRAIN, 1.0, 100.0, 12.0);
    const double budget = pace_budget(pace, 1, WORK_SWEEP, 500.0);
    assert_true(budget < (1000.0 - 500.0) / 10.0); /* with a margin */
    assert_true(budget > (1000.0 - 500.0) / 20.0);
    assert_true(pace_budget(pace, 1, WORK_TRAIN, 500.0) < 5.0);
    assert_true(pace_budget(pace, 1, WORK_SWEEP, 900.0) < budget);
    pace_destroy(&pace);
}

/* Every work unit that fits is over before the end, though none is faster than the slowest so far.
 */
static void what_fits_ends_in_time(void **state)
{
    (void)state;
    struct pace *pace = new_pace(300.0, INFINITY);
    const double seconds_per_cost = 7.0;
    double now = seconds_per_cost;
    work(pace, 1, WORK_SWEEP, 1.0, seconds_per_cost, 0.0);
    for (double cost = 9.0; cost > 0.5; cost -= 0.5) {
        if (pace_budget(pace, 1, WORK_SWEEP, now) >= cost) {
            work(pace, 1, WORK_SWEEP, cost, cost * seconds_per_cost, now);
            now += cost * seconds_per_cost;
        }
    }
    assert_true(now < 300.0);
    assert_true(now > 250.0); /* and not much time was wasted */
    pace_destroy(&pace);
}

static void a_work_unit_begins_after_those_its_worker_has(void **state)
{
    (void)state;
    struct pace *pace = new_pace(100.0, INFINITY);
    work(pace, 1, WORK_SWEEP, 1.0, 10.0, 0.0);
    const double idle = pace_budget(pace, 2, WORK_SWEEP, 10.0);
    pace_handed(pace, 1, WORK_SWEEP, 2.0, INFINITY, 10.0);
    const double busy = pace_budget(pace, 1, WORK_SWEEP, 10.0);
    CHECK_NEAR(idle - busy, 2.0, 1e-9); /* what it has comes first */
    pace_handed(pace, 1, WORK_SWEEP, 10.0, INFINITY, 10.0);
    CHECK_SAME(pace_budget(pace, 1, WORK_SWEEP, 10.0), 0.0);
    CHECK_SAME(pace_budget(pace, 2, WORK_SWEEP, 10.0), idle); /* the others are free */
    pace_destroy(&pace);
}

static void a_work_unit_of_no_cost_teaches_nothing(void **state)
{
    (void)state;
    struct pace *pace = new_pace(100.0, INFINITY);
    work(pace, 1, WORK_SWEEP, 0.0, 10.0, 0.0);
    assert_true(isinf(pace_budget(pace, 1, WORK_SWEEP, 20.0)));
    pace_destroy(&pace);
}

/* ---- silence ------------------------------------------------------------------------------------
 */

static void only_a_busy_worker_can_be_silent(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    assert_int_equal(pace_silent_worker(pace, 1e6), 0);
    pace_handed(pace, 2, WORK_SWEEP, 1.0, 10.0, 1e6); /* silent since long, busy since now */
    assert_int_equal(pace_silent_worker(pace, 1e6 + 10.0), 0);
    assert_int_equal(pace_silent_worker(pace, 1e6 + 10.1), 2);
    pace_reported(pace, 2, WORK_SWEEP, 1.0, 10.0, 1e6 + 10.2);
    assert_int_equal(pace_silent_worker(pace, 1e9), 0);
    pace_destroy(&pace);
}

static void any_word_is_a_sign_of_life(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    pace_handed(pace, 1, WORK_TRAIN, 1.0, 10.0, 0.0);
    for (double now = 9.0; now < 1000.0; now += 9.0) {
        assert_int_equal(pace_silent_worker(pace, now), 0);
        pace_heard(pace, 1, now);
    }
    assert_int_equal(pace_silent_worker(pace, 1010.0), 1);
    pace_destroy(&pace);
}

static void a_second_work_unit_is_no_heartbeat(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    pace_handed(pace, 3, WORK_SWEEP, 1.0, 10.0, 0.0);
    pace_handed(pace, 3, WORK_SWEEP, 1.0, 10.0, 9.0);
    assert_int_equal(pace_silent_worker(pace, 10.5), 3);
    pace_reported(pace, 3, WORK_SWEEP, 1.0, 10.6, 10.6);
    assert_int_equal(pace_silent_worker(pace, 20.0), 0); /* one work unit is left */
    assert_int_equal(pace_silent_worker(pace, 21.0), 3);
    pace_destroy(&pace);
}

static void an_owed_answer_is_waited_for_and_no_longer(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    pace_handed(pace, 2, WORK_SWEEP, 1.0, 10.0, 95.0);
    pace_expect(pace, 1, 100.0);
    pace_expect(pace, 2, 100.0); /* busy: silent since 95 */
    assert_int_equal(pace_silent_worker(pace, 104.0), 0);
    assert_int_equal(pace_silent_worker(pace, 106.0), 2);
    pace_left(pace, 2);
    assert_int_equal(pace_silent_worker(pace, 106.0), 0);
    assert_int_equal(pace_silent_worker(pace, 110.5), 1);
    pace_left(pace, 1);
    assert_int_equal(pace_silent_worker(pace, 1e9), 0);
    pace_destroy(&pace);
}

static void asking_often_changes_nothing(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    pace_handed(pace, 2, WORK_SWEEP, 1.0, 10.0, 100.0);
    for (double now = 100.0; now <= 110.0; now += 0.25) {
        assert_int_equal(pace_silent_worker(pace, now), 0);
    }
    assert_int_equal(pace_silent_worker(pace, 110.25), 2);
    pace_heard(pace, 2, 110.5);
    pace_expect(pace, 3, 115.0);
    assert_int_equal(pace_silent_worker(pace, 116.0), 0);
    pace_left(pace, 2);
    assert_int_equal(pace_silent_worker(pace, 124.0), 0);
    assert_int_equal(pace_silent_worker(pace, 125.25), 3);
    pace_destroy(&pace);
}

static void a_standstill_of_the_listener_is_nobodys_silence(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    pace_handed(pace, 1, WORK_SWEEP, 1.0, 10.0, 0.0);
    pace_handed(pace, 2, WORK_SWEEP, 1.0, 20.0, 0.0);
    pace_expect(pace, 3, 4.0);
    assert_int_equal(pace_silent_worker(pace, 5.0), 0);
    pace_stood_still(pace, 3600.0); /* from 5 to 3605 */
    assert_int_equal(pace_silent_worker(pace, 3605.0), 0);
    assert_int_equal(pace_silent_worker(pace, 3609.9), 0);
    assert_int_equal(pace_silent_worker(pace, 3610.1), 1);
    pace_left(pace, 1);
    assert_int_equal(pace_silent_worker(pace, 3613.9), 0);
    assert_int_equal(pace_silent_worker(pace, 3614.1), 3);
    pace_left(pace, 3);
    assert_int_equal(pace_silent_worker(pace, 3620.1), 2);
    pace_destroy(&pace);
}

static void timeout_without_end_never_ends(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, INFINITY);
    pace_handed(pace, 1, WORK_SWEEP, 1.0, INFINITY, 0.0);
    assert_int_equal(pace_silent_worker(pace, 1e12), 0);
    pace_destroy(&pace);
}

static void each_work_unit_has_a_timeout_of_its_own(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    pace_handed(pace, 1, WORK_SWEEP, 1.0, 1000.0, 0.0); /* wide */
    assert_int_equal(pace_silent_worker(pace, 1.0), 0); /* only the wide one is waited for */
    pace_handed(pace, 2, WORK_SWEEP, 1.0, 20.0, 2.0);
    CHECK_SAME(pace_timeout(pace, 1), 1000.0);
    CHECK_SAME(pace_timeout(pace, 2), 20.0);
    CHECK_SAME(pace_timeout(pace, 3), 10.0);
    assert_int_equal(pace_silent_worker(pace, 21.0), 0);
    assert_int_equal(pace_silent_worker(pace, 23.0), 2);
    pace_left(pace, 2);
    assert_int_equal(pace_silent_worker(pace, 999.0), 0);
    assert_int_equal(pace_silent_worker(pace, 1001.0), 1);
    pace_destroy(&pace);
}

static void the_first_work_unit_of_a_worker_is_the_one_it_works_on(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    pace_handed(pace, 1, WORK_SWEEP, 1.0, 1000.0, 0.0);
    pace_handed(pace, 1, WORK_SWEEP, 1.0, 20.0, 0.0);
    pace_handed(pace, 1, WORK_SWEEP, 1.0, INFINITY, 0.0);
    assert_int_equal(pace_silent_worker(pace, 500.0), 0);
    pace_reported(pace, 1, WORK_SWEEP, 1.0, 600.0, 600.0); /* the narrow one is next, and due */
    assert_int_equal(pace_silent_worker(pace, 619.0), 0);  /* before the wide one was */
    assert_int_equal(pace_silent_worker(pace, 621.0), 1);
    pace_reported(pace, 1, WORK_SWEEP, 1.0, 22.0, 622.0);
    assert_int_equal(pace_silent_worker(pace, 1e9), 0);
    pace_reported(pace, 1, WORK_SWEEP, 1.0, 1e9, 1e9);
    pace_expect(pace, 1, 1e9);
    assert_int_equal(pace_silent_worker(pace, 1e9 + 9.0), 0); /* without work units */
    assert_int_equal(pace_silent_worker(pace, 1e9 + 11.0), 1);
    pace_destroy(&pace);
}

static void as_many_timeouts_as_work_units(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, 10.0);
    for (int i = 0; i < PACE_MAX_UNITS; i++) {
        pace_handed(pace, 2, WORK_SWEEP, 1.0, 100.0 + i, 0.0);
    }
    for (int i = 0; i < PACE_MAX_UNITS; i++) {
        CHECK_SAME(pace_timeout(pace, 2), 100.0 + i);
        pace_reported(pace, 2, WORK_SWEEP, 1.0, 1.0, i);
    }
    CHECK_SAME(pace_timeout(pace, 2), 10.0);
    pace_destroy(&pace);
}

/* ---- work units at once
 * ------------------------------------------------------------------------------
 */

enum { LEAST = 2, MOST = 32 };

static void the_depth_follows_the_length_of_the_work_units(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, INFINITY);
    assert_int_equal(pace_depth(pace, 1, LEAST, MOST), LEAST); /* nothing is known */
    work(pace, 1, WORK_SWEEP, 1.0, 0.0, 0.0);
    assert_int_equal(pace_depth(pace, 1, LEAST, MOST), MOST);
    assert_int_equal(pace_depth(pace, 1, LEAST, 5), 5);
    assert_int_equal(pace_depth(pace, 2, LEAST, MOST), LEAST); /* of another worker */
    work(pace, 1, WORK_TRAIN, 1.0, 60.0, 0.0);
    assert_int_equal(pace_depth(pace, 1, LEAST, MOST), MOST); /* says nothing about sweeps */
    work(pace, 1, WORK_SWEEP, 1.0, 0.1, 0.0);
    assert_int_equal(pace_depth(pace, 1, LEAST, MOST), LEAST); /* one long work unit is enough */
    pace_destroy(&pace);
}

static void a_long_work_unit_is_forgotten_slowly(void **state)
{
    (void)state;
    struct pace *pace = new_pace(INFINITY, INFINITY);
    int n_units = 0;
    work(pace, 1, WORK_SWEEP, 1.0, 0.1, 0.0);
    while (pace_depth(pace, 1, LEAST, MOST) < MOST && n_units < 1000) {
        work(pace, 1, WORK_SWEEP, 1.0, 0.0, 0.0);
        n_units++;
    }
    assert_in_range(n_units, 10, 200);
    pace_destroy(&pace);
}

int test_pace(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_end_everything_fits),
        cmocka_unit_test(an_unknown_kind_fits_as_long_as_there_is_time),
        cmocka_unit_test(the_slowest_work_unit_of_a_kind_judges_the_next),
        cmocka_unit_test(what_fits_ends_in_time),
        cmocka_unit_test(a_work_unit_begins_after_those_its_worker_has),
        cmocka_unit_test(a_work_unit_of_no_cost_teaches_nothing),
        cmocka_unit_test(only_a_busy_worker_can_be_silent),
        cmocka_unit_test(any_word_is_a_sign_of_life),
        cmocka_unit_test(a_second_work_unit_is_no_heartbeat),
        cmocka_unit_test(an_owed_answer_is_waited_for_and_no_longer),
        cmocka_unit_test(asking_often_changes_nothing),
        cmocka_unit_test(a_standstill_of_the_listener_is_nobodys_silence),
        cmocka_unit_test(timeout_without_end_never_ends),
        cmocka_unit_test(each_work_unit_has_a_timeout_of_its_own),
        cmocka_unit_test(the_first_work_unit_of_a_worker_is_the_one_it_works_on),
        cmocka_unit_test(as_many_timeouts_as_work_units),
        cmocka_unit_test(the_depth_follows_the_length_of_the_work_units),
        cmocka_unit_test(a_long_work_unit_is_forgotten_slowly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
