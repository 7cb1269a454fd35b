/* The driver over the loopback, with workers that only pretend to work. */
#include "support/check.h"
#include "support/crew.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static void check_all_swept(const struct crew *crew, int n_cases)
{
    for (int i = 0; i < MAX_CASES; i++) {
        assert_int_equal(crew->swept[i], i < n_cases);
    }
}

static void any_number_of_workers_does_everything_once(void **state)
{
    (void)state;
    for (int n_workers = 1; n_workers <= MAX_WORKERS; n_workers++) {
        for (int n_cases = 0; n_cases <= MAX_CASES; n_cases++) {
            struct crew crew;
            struct queue_counts counts;
            struct plan plan = {.n_cases = n_cases};
            crew_begin(&crew, n_workers);
            CHECK_OK(crew_run(&crew, &plan, &counts, &error));
            crew_end(&crew);
            check_all_swept(&crew, n_cases);
            assert_int_equal(counts.n_finished, n_cases);
            assert_int_equal(counts.n_done, n_cases * JOBS);
            assert_int_equal(counts.n_failed, 0);
            assert_int_equal(counts.n_busy, 0);
        }
    }
}

/* Items that one worker has at once when all take that long. */
static int most_waiting_of(double item_seconds)
{
    struct crew crew;
    struct queue_counts counts;
    struct plan plan = {.n_cases = MAX_CASES};
    crew_begin(&crew, 1);
    crew.item_seconds = item_seconds;
    CHECK_OK(crew_run(&crew, &plan, &counts, &error));
    crew_end(&crew);
    check_all_swept(&crew, MAX_CASES);
    return crew.most_waiting;
}

static void short_items_wait_in_greater_numbers(void **state)
{
    (void)state;
    assert_int_equal(most_waiting_of(1.0), DRIVER_DEPTH);
    assert_true(most_waiting_of(1e-6) > DRIVER_DEPTH);
    assert_true(most_waiting_of(1e-6) <= MAX_CASES / 2); /* and the rest stays for others */
}

static void nobody_gets_a_second_item_before_all_have_one(void **state)
{
    (void)state;
    for (int n_cases = 1; n_cases <= MAX_WORKERS; n_cases++) {
        struct crew crew;
        struct queue_counts counts;
        struct plan plan = {.n_cases = n_cases};
        crew_begin(&crew, MAX_WORKERS);
        CHECK_OK(crew_run(&crew, &plan, &counts, &error));
        crew_end(&crew);
        for (int worker = 1; worker <= MAX_WORKERS; worker++) {
            assert_int_equal(crew.n_items[worker], worker <= n_cases);
        }
    }
}

static void only_pending_jobs_count(void **state)
{
    (void)state;
    struct crew crew;
    struct queue_counts counts;
    struct plan plan = {.n_cases = 4};
    memset(plan.final, 1, 2 * JOBS + 3);
    crew_begin(&crew, 2);
    CHECK_OK(crew_run(&crew, &plan, &counts, &error));
    crew_end(&crew);
    assert_int_equal(counts.n_items, 2);
    assert_int_equal(counts.n_done, 2 * JOBS - 3);
}

static void missing_models_are_trained_before_their_cases(void **state)
{
    (void)state;
    for (int n_workers = 1; n_workers <= 3; n_workers++) {
        struct crew crew;
        struct queue_counts counts;
        struct plan plan = {.n_cases = 6, .missing = {0, 1, 0, 1, 1, 0}};
        crew_begin(&crew, n_workers);
        CHECK_OK(crew_run(&crew, &plan, &counts, &error));
        crew_end(&crew);
        check_all_swept(&crew, 6);
        for (int i = 0; i < MAX_CASES; i++) {
            assert_int_equal(crew.trained[i], plan.missing[i]);
        }
        assert_int_equal(counts.n_trained, 3);
        assert_int_equal(counts.n_done, 6 * JOBS);
    }
}

static void the_cases_of_a_failed_training_fail(void **state)
{
    (void)state;
    struct crew crew;
    struct queue_counts counts;
    struct plan plan = {.n_cases = 3, .missing = {0, 1, 0}};
    crew_begin(&crew, 2);
    crew.training_failure = STATUS_JOB_TRAINING_DIVERGED;
    CHECK_OK(crew_run(&crew, &plan, &counts, &error));
    crew_end(&crew);
    check_all_swept(&crew, 3);
    assert_int_equal(crew.failure_of_case[0], STATUS_OK);
    assert_int_equal(crew.failure_of_case[1], STATUS_JOB_TRAINING_DIVERGED);
    assert_int_equal(counts.n_diverged, 1);
    assert_int_equal(counts.n_failed, JOBS);
    assert_int_equal(counts.n_done, 2 * JOBS);
}

/* ---- trouble ------------------------------------------------------------------------------------
 */

/* Whatever a worker does, all are told to stop and the run ends with that status. */
static void check_trouble(enum trouble trouble, int n_garbage, enum status expected,
                          const char *message)
{
    for (int at = 1; at <= 9; at += 4) {
        struct crew crew;
        struct queue_counts counts;
        struct plan plan = {.n_cases = MAX_CASES};
        crew_begin(&crew, 3);
        crew.trouble = trouble;
        crew.trouble_at = at;
        crew.n_garbage = n_garbage;
        CHECK_FAILS(crew_run(&crew, &plan, &counts, &error), expected, message);
        crew_end(&crew);
    }
}

static void a_worker_that_cannot_go_on_ends_the_run_with_its_words(void **state)
{
    (void)state;
    check_trouble(REPORTS_FAILURE, 0, STATUS_IO, "out.h5: disk full");
}

static void an_item_that_the_worker_does_not_have_is_an_internal_error(void **state)
{
    (void)state;
    check_trouble(REPORTS_ANOTHER_ITEM, 0, STATUS_INTERNAL, "which it does not have");
    check_trouble(REPORTS_TWICE, 0, STATUS_INTERNAL, "which it does not have");
}

static void malformed_bytes_are_an_internal_error(void **state)
{
    (void)state;
    static const int SIZES[] = {1, 3, 4, 20, 48, 1000};
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        check_trouble(SENDS_GARBAGE, SIZES[i], STATUS_INTERNAL, "malformed report message");
    }
    check_trouble(SENDS_HALF_A_REPORT, 0, STATUS_INTERNAL, "malformed report message");
}

static void a_failure_of_the_transport_ends_the_run(void **state)
{
    (void)state;
    check_trouble(FALLS_SILENT, 0, STATUS_IO, "the crew is silent");
}

/* ---- progress -----------------------------------------------------------------------------------
 */

static void the_end_is_shown_after_success_and_failure(void **state)
{
    (void)state;
    for (int failing = 0; failing < 2; failing++) {
        struct crew crew;
        struct queue_counts counts;
        char *text = NULL;
        size_t size = 0;
        struct plan plan = {.n_cases = 2, .stream = open_memstream(&text, &size)};
        crew_begin(&crew, 1);
        crew.trouble = failing ? REPORTS_FAILURE : NO_TROUBLE;
        crew.trouble_at = 2;
        const enum status status = crew_run(&crew, &plan, &counts, &error);
        assert_int_equal(status, failing ? STATUS_IO : STATUS_OK);
        (void)fclose(plan.stream);
        assert_ptr_equal(strstr(text, failing ? "5 jobs in" : "10 jobs in"), text);
        assert_non_null(strstr(text, failing ? "5 of 10 done\n" : "10 of 10 done\n"));
        free(text);
        crew_end(&crew);
    }
}

static void the_clock_runs_forward(void **state)
{
    (void)state;
    double last = driver_clock();
    for (int i = 0; i < 1000; i++) {
        const double now = driver_clock();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers_does_everything_once),
        cmocka_unit_test(short_items_wait_in_greater_numbers),
        cmocka_unit_test(nobody_gets_a_second_item_before_all_have_one),
        cmocka_unit_test(only_pending_jobs_count),
        cmocka_unit_test(missing_models_are_trained_before_their_cases),
        cmocka_unit_test(the_cases_of_a_failed_training_fail),
        cmocka_unit_test(a_worker_that_cannot_go_on_ends_the_run_with_its_words),
        cmocka_unit_test(an_item_that_the_worker_does_not_have_is_an_internal_error),
        cmocka_unit_test(malformed_bytes_are_an_internal_error),
        cmocka_unit_test(a_failure_of_the_transport_ends_the_run),
        cmocka_unit_test(the_end_is_shown_after_success_and_failure),
        cmocka_unit_test(the_clock_runs_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
