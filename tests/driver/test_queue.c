#include "driver/queue.h"

#include "core/rng.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_CASES = 12, MAX_MODELS = 6, MAX_JOBS = 10, MAX_WORKERS = 5, DEPTH = 2 };

static struct error error;

/* ---- what there is to do ------------------------------------------------------------------------
 */

/* An input with its arrays. */
struct plan {
    struct queue_input input;
    unsigned char final[MAX_CASES * MAX_JOBS];
    int model_of_case[MAX_CASES];
    double cost[MAX_CASES];
    unsigned char missing[MAX_MODELS];
    double training_cost[MAX_MODELS];
};

/* Every case on a model of its own that is there, all jobs pending, the same cost. */
static void plan_begin(struct plan *plan, int n_cases, int jobs_per_case, int n_workers)
{
    *plan = (struct plan){.input = {.n_cases = n_cases,
                                    .jobs_per_case = jobs_per_case,
                                    .n_models = n_cases < MAX_MODELS ? n_cases : MAX_MODELS,
                                    .n_workers = n_workers}};
    plan->input.final = plan->final;
    plan->input.model_of_case = plan->model_of_case;
    plan->input.cost = plan->cost;
    plan->input.missing = plan->missing;
    plan->input.training_cost = plan->training_cost;
    for (int i = 0; i < n_cases; i++) {
        plan->model_of_case[i] = i % MAX_MODELS;
    }
}

static struct queue *make_queue(const struct plan *plan)
{
    struct queue *queue = NULL;
    CHECK_OK(queue_create(&queue, &plan->input, &error));
    return queue;
}

/* Takes the next work unit; returns its case or model, or -1 when there is none. */
static int take(struct queue *queue, int worker, int depth, int64_t *id, enum work_kind *kind)
{
    struct work_unit unit;
    bool got = false;
    CHECK_OK(queue_next(queue, worker, depth, &unit, &got, &error));
    if (!got) {
        return -1;
    }
    const int index = unit.index;
    *id = unit.id;
    *kind = unit.kind;
    work_unit_release(&unit);
    return index;
}

static void check_sweep(struct queue *queue, int worker, int expected)
{
    int64_t id = -1;
    enum work_kind kind = WORK_TRAIN;
    assert_int_equal(take(queue, worker, MAX_CASES, &id, &kind), expected);
    assert_int_equal(kind, WORK_SWEEP);
}

/* Takes a training of that model; returns the work unit. */
static int64_t check_training(struct queue *queue, int worker, int depth, int expected)
{
    int64_t id = -1;
    enum work_kind kind = WORK_SWEEP;
    assert_int_equal(take(queue, worker, depth, &id, &kind), expected);
    assert_int_equal(kind, WORK_TRAIN);
    return id;
}

static void check_nothing(struct queue *queue, int worker, int depth)
{
    int64_t id = -1;
    enum work_kind kind = WORK_TRAIN;
    assert_int_equal(take(queue, worker, depth, &id, &kind), -1);
}

/* ---- order --------------------------------------------------------------------------------------
 */

static void the_most_expensive_case_goes_first_and_equal_ones_in_study_order(void **state)
{
    (void)state;
    static const double COSTS[] = {1.0, 3.0, 2.0, 3.0, 1.0, 3.0};
    static const int ORDER[] = {1, 3, 5, 2, 0, 4};
    struct plan plan;
    plan_begin(&plan, 6, 2, 1);
    memcpy(plan.cost, COSTS, sizeof COSTS);
    struct queue *queue = make_queue(&plan);
    for (int i = 0; i < 6; i++) {
        check_sweep(queue, 1, ORDER[i]);
    }
    check_nothing(queue, 1, MAX_CASES);
    queue_destroy(&queue);
    assert_null(queue);
    queue_destroy(&queue); /* again: nothing happens */
}

static void cases_with_nothing_left_are_no_work_units(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 4, 3, 1);
    memset(plan.final + 3, 1, 3);
    memset(plan.final + 9, 1, 2); /* one job of the last case is left */
    struct queue *queue = make_queue(&plan);
    assert_int_equal(queue_counts(queue).n_units, 3);
    check_sweep(queue, 1, 0);
    check_sweep(queue, 1, 2);
    check_sweep(queue, 1, 3);
    check_nothing(queue, 1, MAX_CASES);
    queue_destroy(&queue);
}

static void only_pending_jobs_are_wanted(void **state)
{
    (void)state;
    struct plan plan;
    struct work_unit unit;
    bool got = false;
    plan_begin(&plan, 1, 10, 1);
    static const unsigned char FINAL[10] = {1, 0, 0, 1, 1, 0, 1, 1, 0, 1};
    memcpy(plan.final, FINAL, sizeof FINAL);
    struct queue *queue = make_queue(&plan);
    CHECK_OK(queue_next(queue, 1, 1, &unit, &got, &error));
    assert_true(got);
    assert_int_equal(unit.n_jobs, 10);
    for (int job = 0; job < 10; job++) {
        assert_int_equal(work_unit_wants(&unit, job), !FINAL[job]);
    }
    work_unit_release(&unit);
    queue_destroy(&queue);
}

static void the_input_is_read_only_once(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 2, 2, 1);
    struct queue *queue = make_queue(&plan);
    memset(&plan, 0xff, sizeof plan);
    check_sweep(queue, 1, 0);
    check_sweep(queue, 1, 1);
    queue_destroy(&queue);
}

static void without_anything_to_do_it_is_finished_at_once(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 3, 2, 2);
    memset(plan.final, 1, sizeof plan.final);
    plan.missing[1] = 1; /* no pending case needs it */
    plan.input.n_done = 6;
    struct queue *queue = make_queue(&plan);
    assert_true(queue_is_finished(queue));
    assert_int_equal(queue_counts(queue).n_units, 0);
    assert_int_equal(queue_counts(queue).n_models, 0);
    assert_int_equal(queue_counts(queue).n_jobs, 6);
    check_nothing(queue, 1, DEPTH);
    queue_destroy(&queue);
}

static void a_study_without_cases_is_finished_at_once(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 0, 2, 1);
    struct queue *queue = make_queue(&plan);
    assert_true(queue_is_finished(queue));
    queue_destroy(&queue);
}

/* ---- trainings ----------------------------------------------------------------------------------
 */

static void report_training(struct queue *queue, int worker, int64_t id, enum status failure)
{
    struct work_report report = {.unit = id, .failure = failure};
    if (failure != STATUS_OK) {
        (void)snprintf(report.message, sizeof report.message, "work unit %lld went wrong",
                       (long long)id);
    }
    CHECK_OK(queue_report(queue, worker, &report, &error));
}

static void a_case_waits_for_its_model(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 3, 2, 2);
    plan.missing[1] = 1;
    plan.cost[1] = 100.0;
    struct queue *queue = make_queue(&plan);
    check_sweep(queue, 1, 0); /* before the training: what can be swept at once */
    check_sweep(queue, 1, 2);
    const int64_t id = check_training(queue, 2, DEPTH, 1);
    assert_true(queue_has_unit(queue, id, WORK_TRAIN));
    assert_int_equal(queue_unit_facts(queue, id).index, 1);
    check_nothing(queue, 1, MAX_CASES);
    report_training(queue, 2, id, STATUS_OK);
    check_nothing(queue, 1, MAX_CASES); /* the last ones go to those who have nothing */
    check_sweep(queue, 2, 1);
    queue_destroy(&queue);
}

static void a_training_goes_only_to_a_worker_with_nothing_else(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 3, 2, 2);
    plan.missing[1] = 1;
    plan.missing[2] = 1;
    struct queue *queue = make_queue(&plan);
    check_sweep(queue, 1, 0);
    check_nothing(queue, 1, MAX_CASES);
    (void)check_training(queue, 2, MAX_CASES, 1);
    check_nothing(queue, 2, MAX_CASES); /* one training at a time */
    queue_destroy(&queue);
}

static void the_cases_of_a_model_that_failed_carry_the_reason(void **state)
{
    (void)state;
    struct plan plan;
    struct work_unit unit;
    bool got = false;
    plan_begin(&plan, 2, 2, 1);
    plan.model_of_case[0] = 1;
    plan.model_of_case[1] = 1;
    plan.missing[1] = 1;
    struct queue *queue = make_queue(&plan);
    const int64_t id = check_training(queue, 1, 1, 1);
    report_training(queue, 1, id, STATUS_JOB_TRAINING_DIVERGED);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(queue_next(queue, 1, DEPTH, &unit, &got, &error));
        assert_true(got);
        assert_int_equal(unit.index, i);
        assert_int_equal(unit.failure, STATUS_JOB_TRAINING_DIVERGED);
        assert_string_equal(unit.message, "work unit 0 went wrong");
        work_unit_release(&unit);
    }
    assert_int_equal(queue_counts(queue).n_models, 1);
    assert_int_equal(queue_counts(queue).n_trained, 0);
    assert_int_equal(queue_counts(queue).n_diverged, 1);
    queue_destroy(&queue);
}

static void without_sweeps_every_missing_model_is_trained(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 4, 2, 1);
    plan.input.final = NULL;
    plan.missing[0] = 1;
    plan.missing[3] = 1;
    plan.training_cost[3] = 5.0;
    struct queue *queue = make_queue(&plan);
    assert_int_equal(queue_counts(queue).n_units, 2);
    assert_int_equal(queue_counts(queue).n_jobs, 0);
    int64_t id = check_training(queue, 1, DEPTH, 3); /* the most expensive first */
    report_training(queue, 1, id, STATUS_OK);
    id = check_training(queue, 1, DEPTH, 0);
    assert_false(queue_is_finished(queue));
    report_training(queue, 1, id, STATUS_OK);
    assert_true(queue_is_finished(queue));
    assert_int_equal(queue_counts(queue).n_trained, 2);
    queue_destroy(&queue);
}

static void only_trainings_have_a_model(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 3, 2, 1);
    plan.missing[2] = 1;
    struct queue *queue = make_queue(&plan);
    assert_true(queue_has_unit(queue, 0, WORK_TRAIN));
    assert_int_equal(queue_unit_facts(queue, 0).index, 2);
    for (int64_t unit = 1; unit < 6; unit++) {
        assert_false(queue_has_unit(queue, unit, WORK_TRAIN));
    }
    assert_false(queue_has_unit(queue, -1, WORK_TRAIN));
    queue_destroy(&queue);
}

/* ---- reports ------------------------------------------------------------------------------------
 */

static void check_refused(struct queue *queue, int worker, int64_t id)
{
    const struct queue_counts before = queue_counts(queue);
    const struct work_report report = {.unit = id, .n_done = 1};
    CHECK_FAILS(queue_report(queue, worker, &report, &error), STATUS_INTERNAL,
                "which it does not have");
    const struct queue_counts after = queue_counts(queue);
    assert_memory_equal(&after, &before, sizeof before);
}

static void a_report_of_somebody_elses_work_unit_is_refused(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 3, 2, 2);
    struct queue *queue = make_queue(&plan);
    check_refused(queue, 1, 0); /* nothing is handed out yet */
    check_sweep(queue, 1, 0);
    check_sweep(queue, 2, 1);
    static const int WORKERS[] = {2, 0, -1, 3, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof WORKERS / sizeof WORKERS[0]; i++) {
        check_refused(queue, WORKERS[i], 0);
    }
    static const int64_t UNITS[] = {1, 2, 3, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        check_refused(queue, 1, UNITS[i]);
    }
    const struct work_report report = {.unit = 0, .n_done = 2};
    CHECK_OK(queue_report(queue, 1, &report, &error));
    check_refused(queue, 1, 0); /* twice */
    queue_destroy(&queue);
}

static void a_report_of_other_numbers_of_jobs_is_refused(void **state)
{
    (void)state;
    static const int64_t BAD[][3] = {{3, 0, 0},
                                     {0, 3, 0},
                                     {0, 0, 3},
                                     {1, 0, 0},
                                     {0, 0, 0},
                                     {1, 1, 1},
                                     {-1, 3, 0},
                                     {3, -1, 0},
                                     {2, 1, -1},
                                     {INT64_MAX, 3, 0},
                                     {INT64_MAX, INT64_MAX, 4},
                                     {1000, 0, 0},
                                     {INT64_MIN, 2, 0}};
    struct plan plan;
    plan_begin(&plan, 1, 3, 1);
    plan.final[1] = 1; /* two jobs are wanted */
    struct queue *queue = make_queue(&plan);
    check_sweep(queue, 1, 0);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        const struct work_report report = {
            .n_done = BAD[i][0], .n_failed = BAD[i][1], .n_absent = BAD[i][2]};
        CHECK_FAILS(queue_report(queue, 1, &report, &error), STATUS_INTERNAL, "which has 2");
    }
    const struct work_report report = {.n_done = 1, .n_failed = 1};
    CHECK_OK(queue_report(queue, 1, &report, &error));
    assert_true(queue_is_finished(queue));
    queue_destroy(&queue);
}

static void counts_begin_where_the_scan_left_off(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 2, 3, 1);
    plan.final[0] = 1;
    plan.final[1] = 1;
    plan.input.n_done = 1;
    plan.input.n_failed = 1;
    struct queue *queue = make_queue(&plan);
    check_sweep(queue, 1, 0);
    const struct work_report report = {.unit = 0, .n_done = 0, .n_failed = 1};
    CHECK_OK(queue_report(queue, 1, &report, &error));
    const struct queue_counts counts = queue_counts(queue);
    assert_int_equal(counts.n_jobs, 6);
    assert_int_equal(counts.n_done, 1);
    assert_int_equal(counts.n_failed, 2);
    assert_int_equal(counts.n_units, 2);
    assert_int_equal(counts.n_handed, 1);
    assert_int_equal(counts.n_finished, 1);
    assert_int_equal(counts.n_busy, 0);
    queue_destroy(&queue);
}

static void there_is_work_while_somebody_could_get_some(void **state)
{
    (void)state;
    struct plan plan;
    plan_begin(&plan, 3, 2, 2);
    memset(plan.missing, 1, 3);
    struct queue *queue = make_queue(&plan);
    assert_true(queue_has_work(queue));
    const struct work_report report = {.unit = check_training(queue, 1, 1, 0)};
    assert_true(queue_has_work(queue));
    (void)check_training(queue, 2, 1, 1);
    assert_false(queue_has_work(queue)); /* both train, and no case is ready */
    CHECK_OK(queue_report(queue, 1, &report, &error));
    assert_true(queue_has_work(queue));
    check_sweep(queue, 1, 0);
    assert_false(queue_has_work(queue)); /* a training waits, but nobody is idle */
    queue_destroy(&queue);
}

int test_queue(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_work_while_somebody_could_get_some),
        cmocka_unit_test(the_most_expensive_case_goes_first_and_equal_ones_in_study_order),
        cmocka_unit_test(cases_with_nothing_left_are_no_work_units),
        cmocka_unit_test(only_pending_jobs_are_wanted),
        cmocka_unit_test(the_input_is_read_only_once),
        cmocka_unit_test(without_anything_to_do_it_is_finished_at_once),
        cmocka_unit_test(a_study_without_cases_is_finished_at_once),
        cmocka_unit_test(a_case_waits_for_its_model),
        cmocka_unit_test(a_training_goes_only_to_a_worker_with_nothing_else),
        cmocka_unit_test(the_cases_of_a_model_that_failed_carry_the_reason),
        cmocka_unit_test(without_sweeps_every_missing_model_is_trained),
        cmocka_unit_test(only_trainings_have_a_model),
        cmocka_unit_test(a_report_of_somebody_elses_work_unit_is_refused),
        cmocka_unit_test(a_report_of_other_numbers_of_jobs_is_refused),
        cmocka_unit_test(counts_begin_where_the_scan_left_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
