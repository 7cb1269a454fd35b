/* The driver over the loopback, with workers that only pretend to work. */
#include "core/clock.h"
#include "support/check.h"
#include "support/fake_workers.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static void check_all_swept(const struct fake_workers *fake_workers, int n_cases)
{
    for (int i = 0; i < MAX_CASES; i++) {
        assert_int_equal(fake_workers->swept[i], i < n_cases);
    }
}

static void any_number_of_workers_does_everything_once(void **state)
{
    (void)state;
    for (int n_workers = 1; n_workers <= MAX_WORKERS; n_workers++) {
        for (int n_cases = 0; n_cases <= MAX_CASES; n_cases++) {
            struct fake_workers fake_workers;
            struct queue_counts counts;
            struct plan plan = {.n_cases = n_cases};
            fake_workers_begin(&fake_workers, n_workers);
            CHECK_OK(fake_workers_run(&fake_workers, &plan, &counts, &error));
            fake_workers_end(&fake_workers);
            check_all_swept(&fake_workers, n_cases);
            assert_int_equal(counts.n_finished, n_cases);
            assert_int_equal(counts.n_done, n_cases * JOBS);
            assert_int_equal(counts.n_failed, 0);
            assert_int_equal(counts.n_busy, 0);
        }
    }
}

/* Work units that one worker has at once when all take that long. */
static int most_waiting_of(double unit_seconds)
{
    struct fake_workers fake_workers;
    struct queue_counts counts;
    struct plan plan = {.n_cases = MAX_CASES};
    fake_workers_begin(&fake_workers, 1);
    fake_workers.unit_seconds = unit_seconds;
    CHECK_OK(fake_workers_run(&fake_workers, &plan, &counts, &error));
    fake_workers_end(&fake_workers);
    check_all_swept(&fake_workers, MAX_CASES);
    return fake_workers.most_waiting;
}

static void short_work_units_wait_in_greater_numbers(void **state)
{
    (void)state;
    assert_int_equal(most_waiting_of(1.0), DRIVER_DEPTH);
    assert_true(most_waiting_of(1e-6) > DRIVER_DEPTH);
    assert_true(most_waiting_of(1e-6) <= MAX_CASES / 2); /* and the rest stays for others */
}

static void nobody_gets_a_second_work_unit_before_all_have_one(void **state)
{
    (void)state;
    for (int n_cases = 1; n_cases <= MAX_WORKERS; n_cases++) {
        struct fake_workers fake_workers;
        struct queue_counts counts;
        struct plan plan = {.n_cases = n_cases};
        fake_workers_begin(&fake_workers, MAX_WORKERS);
        CHECK_OK(fake_workers_run(&fake_workers, &plan, &counts, &error));
        fake_workers_end(&fake_workers);
        for (int worker = 1; worker <= MAX_WORKERS; worker++) {
            assert_int_equal(fake_workers.n_units[worker], worker <= n_cases);
        }
    }
}

static void only_pending_jobs_count(void **state)
{
    (void)state;
    struct fake_workers fake_workers;
    struct queue_counts counts;
    struct plan plan = {.n_cases = 4};
    memset(plan.final, 1, 2 * JOBS + 3);
    fake_workers_begin(&fake_workers, 2);
    CHECK_OK(fake_workers_run(&fake_workers, &plan, &counts, &error));
    fake_workers_end(&fake_workers);
    assert_int_equal(counts.n_units, 2);
    assert_int_equal(counts.n_done, 2 * JOBS - 3);
}

static void missing_models_are_trained_before_their_cases(void **state)
{
    (void)state;
    for (int n_workers = 1; n_workers <= 3; n_workers++) {
        struct fake_workers fake_workers;
        struct queue_counts counts;
        struct plan plan = {.n_cases = 6, .missing = {0, 1, 0, 1, 1, 0}};
        fake_workers_begin(&fake_workers, n_workers);
        CHECK_OK(fake_workers_run(&fake_workers, &plan, &counts, &error));
        fake_workers_end(&fake_workers);
        check_all_swept(&fake_workers, 6);
        for (int i = 0; i < MAX_CASES; i++) {
            assert_int_equal(fake_workers.trained[i], plan.missing[i]);
        }
        assert_int_equal(counts.n_trained, 3);
        assert_int_equal(counts.n_done, 6 * JOBS);
    }
}

static void the_cases_of_a_failed_training_fail(void **state)
{
    (void)state;
    struct fake_workers fake_workers;
    struct queue_counts counts;
    struct plan plan = {.n_cases = 3, .missing = {0, 1, 0}};
    fake_workers_begin(&fake_workers, 2);
    fake_workers.training_failure = STATUS_JOB_TRAINING_DIVERGED;
    CHECK_OK(fake_workers_run(&fake_workers, &plan, &counts, &error));
    fake_workers_end(&fake_workers);
    check_all_swept(&fake_workers, 3);
    assert_int_equal(fake_workers.failure_of_case[0], STATUS_OK);
    assert_int_equal(fake_workers.failure_of_case[1], STATUS_JOB_TRAINING_DIVERGED);
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
        struct fake_workers fake_workers;
        struct queue_counts counts;
        struct plan plan = {.n_cases = MAX_CASES};
        fake_workers_begin(&fake_workers, 3);
        fake_workers.trouble = trouble;
        fake_workers.trouble_at = at;
        fake_workers.n_garbage = n_garbage;
        CHECK_FAILS(fake_workers_run(&fake_workers, &plan, &counts, &error), expected, message);
        fake_workers_end(&fake_workers);
    }
}

static void a_worker_that_cannot_go_on_ends_the_run_with_its_words(void **state)
{
    (void)state;
    check_trouble(REPORTS_FAILURE, 0, STATUS_IO, "out.h5: disk full");
}

static void a_work_unit_that_the_worker_does_not_have_is_an_internal_error(void **state)
{
    (void)state;
    check_trouble(REPORTS_ANOTHER_UNIT, 0, STATUS_INTERNAL, "which it does not have");
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
    check_trouble(FALLS_SILENT, 0, STATUS_IO, "the fake_workers is silent");
}

/* ---- progress -----------------------------------------------------------------------------------
 */

static void the_end_is_shown_after_success_and_failure(void **state)
{
    (void)state;
    for (int failing = 0; failing < 2; failing++) {
        struct fake_workers fake_workers;
        struct queue_counts counts;
        char *text = NULL;
        size_t size = 0;
        struct plan plan = {.n_cases = 2, .stream = open_memstream(&text, &size)};
        fake_workers_begin(&fake_workers, 1);
        fake_workers.trouble = failing ? REPORTS_FAILURE : NO_TROUBLE;
        fake_workers.trouble_at = 2;
        const enum status status = fake_workers_run(&fake_workers, &plan, &counts, &error);
        assert_int_equal(status, failing ? STATUS_IO : STATUS_OK);
        (void)fclose(plan.stream);
        assert_ptr_equal(strstr(text, failing ? "5 jobs in" : "10 jobs in"), text);
        assert_non_null(strstr(text, failing ? "5 of 10 done\n" : "10 of 10 done\n"));
        free(text);
        fake_workers_end(&fake_workers);
    }
}

static void the_clock_runs_forward(void **state)
{
    (void)state;
    double last = clock_seconds();
    for (int i = 0; i < 1000; i++) {
        const double now = clock_seconds();
        assert_true(now >= last);
        last = now;
    }
}

int test_driver(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers_does_everything_once),
        cmocka_unit_test(short_work_units_wait_in_greater_numbers),
        cmocka_unit_test(nobody_gets_a_second_work_unit_before_all_have_one),
        cmocka_unit_test(only_pending_jobs_count),
        cmocka_unit_test(missing_models_are_trained_before_their_cases),
        cmocka_unit_test(the_cases_of_a_failed_training_fail),
        cmocka_unit_test(a_worker_that_cannot_go_on_ends_the_run_with_its_words),
        cmocka_unit_test(a_work_unit_that_the_worker_does_not_have_is_an_internal_error),
        cmocka_unit_test(malformed_bytes_are_an_internal_error),
        cmocka_unit_test(a_failure_of_the_transport_ends_the_run),
        cmocka_unit_test(the_end_is_shown_after_success_and_failure),
        cmocka_unit_test(the_clock_runs_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
