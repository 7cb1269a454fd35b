/* What a queue makes of the time that is left and of the faults of earlier runs. */
#include "driver/queue.h"

#include "support/check.h"

#include <stdlib.h>

enum { CASES = 5, JOBS = 2, MANY = 10 };

static struct error error;
static unsigned char final[CASES * JOBS];
static int model_of_case[CASES];
static double cost[CASES];
static double training_cost[CASES];
static unsigned char missing[CASES];
static unsigned char attempts[CASES];
static enum status case_failure[CASES];
static enum status training_failure[CASES];
static int n_workers; /* a single one may have any number of work units */
static struct queue *queue;

/* Case i is of model i and costs i + 1; its training costs ten times that. */
static int set_up(void **state)
{
    (void)state;
    n_workers = 1;
    for (int i = 0; i < CASES; i++) {
        model_of_case[i] = i;
        cost[i] = 1.0 + i;
        training_cost[i] = 10.0 * cost[i];
        missing[i] = attempts[i] = 0;
        case_failure[i] = training_failure[i] = STATUS_OK;
    }
    return 0;
}

static void make_queue(void)
{
    const struct queue_input input = {.n_cases = CASES,
                                      .jobs_per_case = JOBS,
                                      .final = final,
                                      .model_of_case = model_of_case,
                                      .cost = cost,
                                      .n_models = CASES,
                                      .missing = missing,
                                      .training_cost = training_cost,
                                      .n_workers = n_workers,
                                      .attempts = attempts,
                                      .case_failure = case_failure,
                                      .training_failure = training_failure};
    CHECK_OK(queue_create(&queue, &input, &error));
}

static int tear_down(void **state)
{
    (void)state;
    queue_destroy(&queue);
    return 0;
}

/* The worker gets that case or model, or nothing with -1. It carries that failure. */
static void check_next(int worker, int index, enum work_kind kind, enum status failure)
{
    struct work_unit unit;
    bool got = false;
    CHECK_OK(queue_next(queue, worker, MANY, &unit, &got, &error));
    assert_int_equal(got, index >= 0);
    if (got) {
        assert_int_equal(unit.index, index);
        assert_int_equal(unit.kind, kind);
        assert_int_equal(unit.failure, failure);
        assert_int_equal(unit.message != NULL, failure != STATUS_OK);
        work_unit_release(&unit);
    }
}

static void check_sweep(int worker, int index)
{
    check_next(worker, index, WORK_SWEEP, STATUS_OK);
}

static void check_nothing(int worker)
{
    check_next(worker, -1, WORK_SWEEP, STATUS_OK);
}

/* ---- costs --------------------------------------------------------------------------------------
 */

static void what_costs_too_much_is_passed_over(void **state)
{
    (void)state;
    make_queue();
    queue_limit_cost(queue, WORK_SWEEP, 3.0);
    check_sweep(1, 2); /* the most expensive that fits */
    check_sweep(1, 1);
    queue_limit_cost(queue, WORK_SWEEP, 0.5);
    check_nothing(1);
    queue_limit_cost(queue, WORK_SWEEP, INFINITY);
    check_sweep(1, 4);
    check_sweep(1, 3);
    check_sweep(1, 0);
    check_nothing(1);
}

static void each_kind_has_its_limit(void **state)
{
    (void)state;
    n_workers = 3;
    missing[3] = missing[4] = 1;
    make_queue();
    queue_limit_cost(queue, WORK_TRAIN, 40.0);
    queue_limit_cost(queue, WORK_SWEEP, 0.0);
    check_next(1, 3, WORK_TRAIN, STATUS_OK);
    check_nothing(2);
    queue_limit_cost(queue, WORK_SWEEP, 2.0);
    check_sweep(2, 1);
    check_sweep(2, 0);
    queue_limit_cost(queue, WORK_TRAIN, 50.0);
    check_nothing(2); /* trainings are for those that have nothing */
    check_next(3, 4, WORK_TRAIN, STATUS_OK);
    assert_false(queue_is_finished(queue));
}

static void the_limit_in_any_order_hands_out_everything_once(void **state)
{
    (void)state;
    static const double LIMITS[] = {2.0, 0.0, 4.5, 1.0, 3.0, 2.0, INFINITY, 0.5, 5.0, INFINITY};
    int n_handed[CASES] = {0};
    make_queue();
    for (size_t i = 0; i < sizeof LIMITS / sizeof LIMITS[0]; i++) {
        struct work_unit unit;
        bool got = false;
        queue_limit_cost(queue, WORK_SWEEP, LIMITS[i]);
        CHECK_OK(queue_next(queue, 1, MANY, &unit, &got, &error));
        if (got) {
            assert_true(cost[unit.index] <= LIMITS[i]);
            n_handed[unit.index]++;
            work_unit_release(&unit);
        }
    }
    for (int i = 0; i < CASES; i++) {
        assert_int_equal(n_handed[i], 1);
    }
}

/* ---- faults -------------------------------------------------------------------------------------
 */

static void what_ended_runs_comes_last(void **state)
{
    (void)state;
    attempts[4] = attempts[3] = 1;
    make_queue();
    check_sweep(1, 2);
    check_sweep(1, 1);
    check_sweep(1, 0);
    check_sweep(1, 3); /* the cheapest of those */
    check_sweep(1, 4);
}

static void report_done(int worker)
{
    const struct work_report report = {.unit = queue_oldest_unit(queue, worker), .n_done = JOBS};
    CHECK_OK(queue_report(queue, worker, &report, &error));
}

static void what_ended_several_runs_is_handed_out_alone(void **state)
{
    (void)state;
    n_workers = 3;
    attempts[4] = attempts[3] = QUEUE_SUSPECT_ATTEMPTS;
    make_queue();
    check_sweep(1, 2);
    check_sweep(2, 1);
    check_sweep(3, 0);
    report_done(1);
    report_done(2);
    check_nothing(1);
    report_done(3);
    check_sweep(2, 3);
    check_nothing(1);
    report_done(2);
    check_sweep(1, 4);
    check_nothing(2);
    report_done(1);
    assert_true(queue_is_finished(queue));
}

/* One that may be too long for the time keeps nobody from the rest. */
static void what_ended_a_run_comes_after_trainings_too(void **state)
{
    (void)state;
    n_workers = 2;
    attempts[4] = attempts[1] = 1;
    missing[0] = missing[1] = 1;
    make_queue();
    check_sweep(1, 3);
    check_sweep(1, 2);
    check_next(2, 0, WORK_TRAIN, STATUS_OK);
    check_sweep(1, 4); /* what is left: a sweep and a training of that record */
    const struct work_report trained = {.unit = queue_oldest_unit(queue, 2)};
    CHECK_OK(queue_report(queue, 2, &trained, &error));
    check_sweep(2, 0);
    report_done(2);
    check_next(2, 1, WORK_TRAIN, STATUS_OK);
}

static void trainings_that_ended_runs_come_last(void **state)
{
    (void)state;
    n_workers = 3;
    memset(missing, 1, sizeof missing);
    attempts[4] = 1;
    make_queue();
    check_next(1, 3, WORK_TRAIN, STATUS_OK);
    check_next(2, 2, WORK_TRAIN, STATUS_OK);
    check_next(3, 1, WORK_TRAIN, STATUS_OK);
    assert_int_equal(queue_unit_facts(queue, 4).index, 4);
}

static void a_case_that_is_given_up_carries_its_failure(void **state)
{
    (void)state;
    case_failure[4] = STATUS_JOB_TIMEOUT;
    make_queue();
    check_next(1, 4, WORK_SWEEP, STATUS_JOB_TIMEOUT);
    check_sweep(1, 3);
}

static void a_training_that_is_given_up_fails_its_cases_at_once(void **state)
{
    (void)state;
    missing[4] = missing[2] = 1;
    training_failure[4] = STATUS_JOB_CRASHED;
    training_failure[3] = STATUS_JOB_CRASHED; /* its model is there by now */
    n_workers = 2;
    make_queue();
    assert_int_equal(queue_counts(queue).n_models, 1);
    check_next(1, 4, WORK_SWEEP, STATUS_JOB_CRASHED);
    check_sweep(1, 3);
    check_sweep(1, 1);
    check_sweep(1, 0);
    check_nothing(1);
    check_next(2, 2, WORK_TRAIN, STATUS_OK);
}

/* ---- what is in flight --------------------------------------------------------------------------
 */

static void the_oldest_work_unit_of_a_worker_is_the_one_it_works_on(void **state)
{
    (void)state;
    n_workers = 2;
    make_queue();
    assert_int_equal(queue_oldest_unit(queue, 1), -1);
    check_sweep(1, 4);
    check_sweep(2, 3);
    check_sweep(1, 2);
    const int64_t first = queue_oldest_unit(queue, 1);
    assert_int_equal(queue_unit_facts(queue, first).index, 4);
    assert_int_equal(queue_unit_facts(queue, first).kind, WORK_SWEEP);
    CHECK_SAME(queue_unit_facts(queue, first).cost, 5.0);
    assert_int_equal(queue_unit_facts(queue, queue_oldest_unit(queue, 2)).index, 3);
    const struct work_report report = {.unit = first, .n_done = JOBS};
    CHECK_OK(queue_report(queue, 1, &report, &error));
    assert_int_equal(queue_unit_facts(queue, queue_oldest_unit(queue, 1)).index, 2);
}

#define QUEUE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_queue_limits(void)
{
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(what_costs_too_much_is_passed_over),
        QUEUE_TEST(each_kind_has_its_limit),
        QUEUE_TEST(the_limit_in_any_order_hands_out_everything_once),
        QUEUE_TEST(what_ended_runs_comes_last),
        QUEUE_TEST(what_ended_several_runs_is_handed_out_alone),
        QUEUE_TEST(what_ended_a_run_comes_after_trainings_too),
        QUEUE_TEST(trainings_that_ended_runs_come_last),
        QUEUE_TEST(a_case_that_is_given_up_carries_its_failure),
        QUEUE_TEST(a_training_that_is_given_up_fails_its_cases_at_once),
        QUEUE_TEST(the_oldest_work_unit_of_a_worker_is_the_one_it_works_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
