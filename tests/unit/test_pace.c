/* How many items a worker should have, and who is silent. */
#include "driver/pace.h"
#include "support/check.h"

#include <math.h>

enum { LEAST = 2, MOST = 32 };

static struct error error;

static struct pace *new_pace(int n_workers, double patience)
{
    struct pace *pace = NULL;
    CHECK_OK(pace_create(&pace, n_workers, INFINITY, patience, &error));
    return pace;
}

static void report_sweep(struct pace *pace, int worker, double seconds)
{
    pace_handed(pace, worker, ITEM_SWEEP, 1.0, 0.0);
    pace_reported(pace, worker, ITEM_SWEEP, 1.0, seconds, 0.0);
}

static void the_depth_follows_the_length_of_the_items(void **state)
{
    (void)state;
    struct pace *pace = new_pace(2, INFINITY);
    assert_int_equal(pace_depth(pace, 1, LEAST, MOST), LEAST); /* nothing is known */
    report_sweep(pace, 1, 0.0);
    assert_int_equal(pace_depth(pace, 1, LEAST, MOST), MOST);
    assert_int_equal(pace_depth(pace, 1, LEAST, 5), 5);
    assert_int_equal(pace_depth(pace, 2, LEAST, MOST), LEAST); /* of another worker */
    report_sweep(pace, 1, 0.1);
    assert_int_equal(pace_depth(pace, 1, LEAST, MOST), LEAST); /* one long item is enough */
    pace_destroy(&pace);
}

static void a_long_item_is_forgotten_slowly(void **state)
{
    (void)state;
    struct pace *pace = new_pace(1, INFINITY);
    int n_items = 0;
    report_sweep(pace, 1, 0.1);
    while (pace_depth(pace, 1, LEAST, MOST) < MOST && n_items < 1000) {
        report_sweep(pace, 1, 0.0);
        n_items++;
    }
    assert_in_range(n_items, 10, 200);
    pace_destroy(&pace);
}

static void a_training_says_nothing_about_sweeps(void **state)
{
    (void)state;
    struct pace *pace = new_pace(1, INFINITY);
    report_sweep(pace, 1, 0.0);
    pace_handed(pace, 1, ITEM_TRAIN, 1.0, 0.0);
    pace_reported(pace, 1, ITEM_TRAIN, 1.0, 60.0, 0.0);
    assert_int_equal(pace_depth(pace, 1, LEAST, MOST), MOST);
    pace_destroy(&pace);
}

/* However often one asks in between. */
static void only_a_busy_worker_is_silent_and_only_after_the_patience(void **state)
{
    (void)state;
    struct pace *pace = new_pace(3, 10.0);
    pace_handed(pace, 2, ITEM_SWEEP, 1.0, 100.0);
    for (double now = 100.0; now <= 110.0; now += 0.25) {
        assert_int_equal(pace_silent_worker(pace, now), 0);
    }
    assert_int_equal(pace_silent_worker(pace, 110.25), 2);
    pace_heard(pace, 2, 110.5);
    assert_int_equal(pace_silent_worker(pace, 120.0), 0);
    pace_handed(pace, 3, ITEM_SWEEP, 1.0, 120.0);
    pace_reported(pace, 2, ITEM_SWEEP, 1.0, 1.0, 120.5);
    assert_int_equal(pace_silent_worker(pace, 125.0), 0);
    assert_int_equal(pace_silent_worker(pace, 130.0), 0);
    assert_int_equal(pace_silent_worker(pace, 130.25), 3);
    pace_destroy(&pace);
}

static void endless_patience_never_ends(void **state)
{
    (void)state;
    struct pace *pace = new_pace(1, INFINITY);
    pace_handed(pace, 1, ITEM_SWEEP, 1.0, 0.0);
    assert_int_equal(pace_silent_worker(pace, 1e12), 0);
    assert_int_equal(pace_silent_worker(pace, 1e15), 0);
    pace_destroy(&pace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_depth_follows_the_length_of_the_items),
        cmocka_unit_test(a_long_item_is_forgotten_slowly),
        cmocka_unit_test(a_training_says_nothing_about_sweeps),
        cmocka_unit_test(only_a_busy_worker_is_silent_and_only_after_the_patience),
        cmocka_unit_test(endless_patience_never_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
