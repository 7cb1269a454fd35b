/* sched_yield and nanosleep are wrapped and only count. */
#include "comm/backoff.h"

#include "support/check.h"
#include "support/wrapped.h"

#include <sched.h>
#include <time.h>

WRAPPED(int, sched_yield, (void), ())
WRAPPED(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))

static int n_yields;
static int n_sleeps;
static long last_sleep; /* ns */

static int count_yield(void)
{
    n_yields++;
    return 0;
}

static int count_sleep(const struct timespec *time, struct timespec *left)
{
    (void)left;
    n_sleeps++;
    assert_int_equal(time->tv_sec, 0);
    last_sleep = time->tv_nsec;
    return 0;
}

static int forget(void **state)
{
    (void)state;
    n_yields = 0;
    n_sleeps = 0;
    last_sleep = 0;
    return 0;
}

/* Waits until the first sleep and returns the number of waits before it. */
static int looks_before_sleep(struct backoff *backoff)
{
    int n_looks = -1;
    (void)forget(NULL);
    while (n_sleeps == 0 && n_looks < 1000) {
        backoff_wait(backoff);
        n_looks++;
    }
    return n_looks;
}

static void a_wait_begins_with_some_looks(void **state)
{
    (void)state;
    struct backoff backoff = {0};
    assert_in_range(looks_before_sleep(&backoff), 1, 200); /* not a spin for long */
    assert_int_equal(n_yields, 0);
    assert_int_equal(last_sleep, 1000);
}

static void sleeps_double_up_to_a_millisecond(void **state)
{
    (void)state;
    struct backoff backoff = {0};
    (void)looks_before_sleep(&backoff);
    long expected = 1000;
    for (int i = 0; i < 30; i++) {
        assert_int_equal(last_sleep, expected);
        backoff_wait(&backoff);
        expected = 2 * expected < 1000000 ? 2 * expected : 1000000;
    }
    assert_int_equal(last_sleep, 1000000);
}

static void a_wait_sleeps_once_at_most_and_always_in_the_end(void **state)
{
    (void)state;
    struct backoff backoff = {0};
    const int n_looks = looks_before_sleep(&backoff);
    for (int i = 2; i <= 100; i++) {
        backoff_wait(&backoff);
        assert_int_equal(n_sleeps, i);
    }
    assert_in_range(n_looks, 1, 200);
}

static void a_reset_makes_the_next_wait_short_again(void **state)
{
    (void)state;
    struct backoff backoff = {0};
    const int n_looks = looks_before_sleep(&backoff);
    for (int i = 0; i < 20; i++) {
        backoff_wait(&backoff);
    }
    backoff_reset(&backoff);
    assert_int_equal(looks_before_sleep(&backoff), n_looks);
    assert_int_equal(last_sleep, 1000);
}

int test_backoff(void)
{
    wrapped_sched_yield = count_yield;
    wrapped_nanosleep = count_sleep;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_wait_begins_with_some_looks, forget),
        cmocka_unit_test_setup(sleeps_double_up_to_a_millisecond, forget),
        cmocka_unit_test_setup(a_wait_sleeps_once_at_most_and_always_in_the_end, forget),
        cmocka_unit_test_setup(a_reset_makes_the_next_wait_short_again, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
