/* Teams of the queue: one claim at a time; test_queue_teams.c has the random schedules. */
#include "driver/queue.h"
#include "support/check.h"

#include <stdlib.h>

static struct error error;

enum { CASES = 4, JOBS = 3 };

static const unsigned char SHARED[CASES] = {0, 0, 1, 1};
static const int MODELS[CASES] = {0, 1, 2, 3};
static const double COSTS[CASES] = {1.0, 1.0, 9.0, 8.0};
static const double TRAINING_COSTS[CASES] = {1.0, 1.0, 2.0, 1.0};
static unsigned char final[CASES * JOBS];
static unsigned char missing[CASES];
static unsigned char attempts[CASES];
static struct queue *queue;

static void make_queue(int n_workers, int team_size)
{
    const struct queue_input input = {.n_cases = CASES,
                                      .jobs_per_case = JOBS,
                                      .final = final,
                                      .model_of_case = MODELS,
                                      .cost = COSTS,
                                      .n_models = CASES,
                                      .missing = missing,
                                      .training_cost = TRAINING_COSTS,
                                      .n_workers = n_workers,
                                      .team_size = team_size,
                                      .for_team = SHARED,
                                      .attempts = attempts};
    CHECK_OK(queue_create(&queue, &input, &error));
}

static int set_up(void **state)
{
    (void)state;
    memset(final, 0, sizeof final);
    memset(missing, 0, sizeof missing);
    memset(attempts, 0, sizeof attempts);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    queue_destroy(&queue);
    return 0;
}

/* Id of what a worker gets, or -1. */
static int64_t next(int worker, int *index)
{
    struct work_unit unit;
    bool got = false;
    CHECK_OK(queue_next(queue, worker, 1, &unit, &got, &error));
    if (!got) {
        return -1;
    }
    const int64_t id = unit.id;
    *index = unit.index;
    work_unit_release(&unit);
    return id;
}

static int64_t get(int worker, int index)
{
    int found = -1;
    const int64_t id = next(worker, &found);
    assert_int_equal(found, index);
    return id;
}

static void get_nothing(int worker)
{
    int index = -1;
    assert_int_equal(next(worker, &index), -1);
}

static enum status try_report(int worker, int64_t id, int n_done, int n_absent)
{
    const struct work_report report = {.unit = id, .n_done = n_done, .n_absent = n_absent};
    return queue_report(queue, worker, &report, &error);
}

/* The shared cases are to be trained: case 2 has been, and both workers of its team are free. */
static void train_the_first_shared_case(void)
{
    missing[2] = missing[3] = 1;
    make_queue(2, 2);
    const int64_t first = get(1, 0);
    const int64_t second = get(2, 1);
    CHECK_OK(try_report(1, first, JOBS, 0));
    const int64_t training = get(1, 2);
    CHECK_OK(try_report(1, training, 0, 0));
    get_nothing(1); /* the other has something yet */
    CHECK_OK(try_report(2, second, JOBS, 0));
}

static void shared_cases_come_first_and_most_expensive_first(void **state)
{
    (void)state;
    make_queue(5, 2);
    const int64_t id = get(1, 2);
    assert_int_equal(get(2, 2), id);
    (void)get(3, 3);
    (void)get(5, 0); /* in no team */
    (void)get(4, 3);
    get_nothing(1);
    get_nothing(4);
}

/* Four shared cases, most expensive first, for teams of one worker each. */
static void make_teams_of_one(const int *models, int n_workers)
{
    static const unsigned char all_shared[CASES] = {1, 1, 1, 1};
    static const double costs[CASES] = {9.0, 8.0, 7.0, 6.0};
    const struct queue_input input = {.n_cases = CASES,
                                      .jobs_per_case = JOBS,
                                      .final = final,
                                      .model_of_case = models,
                                      .cost = costs,
                                      .n_models = 3,
                                      .missing = missing,
                                      .training_cost = TRAINING_COSTS,
                                      .n_workers = n_workers,
                                      .team_size = 1,
                                      .for_team = all_shared,
                                      .attempts = attempts};
    CHECK_OK(queue_create(&queue, &input, &error));
}

static void a_team_goes_on_with_the_model_whose_form_it_has(void **state)
{
    (void)state;
    static const int models[CASES] = {0, 1, 0, 1};
    make_teams_of_one(models, 1);
    static const int order[CASES] = {0, 2, 1, 3};
    for (int i = 0; i < CASES; i++) {
        CHECK_OK(try_report(1, get(1, order[i]), JOBS, 0));
    }
    get_nothing(1);
}

static void a_team_leaves_models_to_the_team_that_has_their_form(void **state)
{
    (void)state;
    static const int models[CASES] = {0, 0, 1, 2};
    make_teams_of_one(models, 3);
    (void)get(1, 0);
    const int64_t other = get(2, 2);
    CHECK_OK(try_report(2, other, JOBS, 0));
    (void)get(2, 3);
    (void)get(3, 1); /* better twice the same form than nothing to do */
}

static void a_team_is_called_when_its_workers_have_ended_what_they_have(void **state)
{
    (void)state;
    train_the_first_shared_case();
    assert_int_equal(get(2, 2), get(1, 2));
}

/* Nobody waits for a training while there is something to do. */
static void a_team_that_trains_is_called_when_nothing_else_is_left(void **state)
{
    (void)state;
    missing[0] = missing[1] = missing[2] = 1;
    memset(final + 3 * JOBS, 1, JOBS);
    make_queue(2, 2);
    const int64_t first = get(1, 2);
    const int64_t second = get(2, 0);
    CHECK_OK(try_report(1, first, 0, 0));
    const int64_t third = get(1, 1);
    CHECK_OK(try_report(2, second, 0, 0));
    const int64_t sweep = get(2, 0);
    CHECK_OK(try_report(2, sweep, JOBS, 0));
    get_nothing(2);
    CHECK_OK(try_report(1, third, 0, 0));
    assert_int_equal(get(1, 2), get(2, 2));
}

static void a_team_that_is_idle_is_called_before_one_that_is_not(void **state)
{
    (void)state;
    missing[2] = 1;
    make_queue(4, 2);
    const int64_t shared = get(1, 3);
    (void)get(2, 3);
    const int64_t first = get(3, 0);
    const int64_t second = get(4, 1);
    CHECK_OK(try_report(1, shared, JOBS, 0));
    CHECK_OK(try_report(2, shared, 0, 0));
    const int64_t training = get(1, 2);
    CHECK_OK(try_report(3, first, JOBS, 0));
    CHECK_OK(try_report(4, second, JOBS, 0));
    CHECK_OK(try_report(1, training, 0, 0));
    (void)get(4, 2);
    (void)get(3, 2);
}

static void a_team_reports_by_parts(void **state)
{
    (void)state;
    make_queue(2, 2);
    const int64_t id = get(1, 2);
    (void)get(2, 2);
    CHECK_FAILS(try_report(1, id, JOBS + 1, 0), STATUS_INTERNAL, "which has 3");
    CHECK_FAILS(try_report(3, id, 1, 0), STATUS_INTERNAL, "does not have");
    CHECK_OK(try_report(2, id, 1, 0));
    assert_int_equal(queue_holder_of_unit(queue, id), 1);
    CHECK_FAILS(try_report(2, id, 1, 0), STATUS_INTERNAL, "does not have");
    CHECK_FAILS(try_report(1, id, 1, 0), STATUS_INTERNAL, "which has 3"); /* one is missing */
    CHECK_FAILS(try_report(1, id, 2, 1), STATUS_INTERNAL, "which has 3"); /* one too many */
    assert_int_equal(queue_counts(queue).n_finished, 0);
    CHECK_OK(try_report(1, id, 1, 1));
    assert_int_equal(queue_counts(queue).n_finished, 1);
    assert_int_equal(queue_holder_of_unit(queue, id), 0);
}

static void a_case_that_has_become_too_expensive_leaves_its_team_free(void **state)
{
    (void)state;
    train_the_first_shared_case();
    queue_limit_cost(queue, WORK_SWEEP, 8.5);
    const int64_t other = get(1, 3); /* the team is free for a training */
    CHECK_OK(try_report(1, other, 0, 0));
    assert_int_equal(get(1, 3), get(2, 3));
}

static void a_suspect_of_a_team_waits_for_workers_outside_it(void **state)
{
    (void)state;
    attempts[2] = QUEUE_SUSPECT_ATTEMPTS;
    memset(final + 3 * JOBS, 1, JOBS);
    make_queue(3, 2);
    const int64_t first = get(3, 0);
    const int64_t second = get(1, 1);
    CHECK_OK(try_report(1, second, JOBS, 0));
    get_nothing(1);
    CHECK_OK(try_report(3, first, JOBS, 0));
    get_nothing(3);
    (void)get(2, 2);
    get_nothing(3);
    (void)get(1, 2);
}

static void peers_are_the_team(void **state)
{
    (void)state;
    static const int EXPECTED[][2] = {{1, 4}, {1, 4}, {1, 4}, {4, 7}, {4, 7}, {4, 7}, {7, 8}};
    make_queue(7, 3);
    for (int worker = 1; worker <= 7; worker++) {
        int first = 0;
        int end = 0;
        queue_peers(queue, worker, &first, &end);
        assert_int_equal(first, EXPECTED[worker - 1][0]);
        assert_int_equal(end, EXPECTED[worker - 1][1]);
    }
}

int test_queue_team_steps(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shared_cases_come_first_and_most_expensive_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_team_goes_on_with_the_model_whose_form_it_has, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_team_leaves_models_to_the_team_that_has_their_form,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_team_is_called_when_its_workers_have_ended_what_they_have,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_team_that_trains_is_called_when_nothing_else_is_left,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_team_that_is_idle_is_called_before_one_that_is_not,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_team_reports_by_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_case_that_has_become_too_expensive_leaves_its_team_free,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_suspect_of_a_team_waits_for_workers_outside_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(peers_are_the_team, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
