/* A worker and its driver's end of a loopback: packets in, packets out. */
#include "kernel/diagnostics/diagnostic.h"
#include "support/check.h"
#include "support/scratch.h"
#include "support/worker_case.h"
#include "worker/worker.h"

enum { JOBS = MODEL_SWEEP_JOBS };

static struct error error;
static struct worker_case test;

static int set_up(void **state)
{
    (void)state;
    worker_case_create(&test, NULL);
    return 0;
}

static int tear_down(void **state)
{
    return worker_case_remove(&test, state);
}

static void check_report(int64_t id)
{
    const struct work_report report = worker_case_take_report(&test);
    assert_int_equal(report.unit, id);
    assert_int_equal(report.status, STATUS_OK);
    assert_int_equal(report.n_done, JOBS);
    assert_int_equal(report.n_failed, 0);
    assert_string_equal(report.message, "");
}

static void check_goodbye(void)
{
    assert_int_equal(worker_case_take(&test), MESSAGE_GOODBYE);
}

static void check_no_report(void)
{
    assert_int_equal(worker_case_take(&test), 0);
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void without_a_packet_there_is_nothing_to_do(void **state)
{
    (void)state;
    worker_case_step(&test, false, false);
    check_no_report();
}

static void one_step_works_on_one_work_unit_in_the_order_of_arrival(void **state)
{
    (void)state;
    worker_case_post_work_unit(&test, 5, 1);
    worker_case_post_work_unit(&test, 3, 0);
    worker_case_post_work_unit(&test, 4, 1);
    worker_case_step(&test, true, false);
    check_report(5);
    check_no_report();
    worker_case_step(&test, true, false);
    check_report(3);
    worker_case_step(&test, true, false);
    check_report(4);
    worker_case_step(&test, false, false);
}

static void a_stop_overtakes_waiting_work_units(void **state)
{
    (void)state;
    worker_case_post_work_unit(&test, 1, 0);
    worker_case_post_work_unit(&test, 2, 1);
    worker_case_post_stop(&test);
    worker_case_step(&test, true, true);
    check_goodbye();
    check_no_report();
}

static void a_stop_ends_the_service(void **state)
{
    (void)state;
    worker_case_post_work_unit(&test, 1, 0);
    worker_case_step(&test, true, false);
    worker_case_post_stop(&test);
    CHECK_OK(worker_serve(test.worker, test.ends[1], &error));
    check_report(1);
    check_goodbye();
    check_no_report();
}

static void a_work_unit_that_cannot_be_written_is_reported_and_the_rest_dropped(void **state)
{
    (void)state;
    const struct schema schema = diagnostics_schema(&test.sweep);
    worker_destroy(&test.worker);
    CHECK_OK(results_close(&test.results, &error));
    CHECK_OK(results_open(&test.results, scratch_path("out.h5"), RESULTS_READ, &schema, &error));
    CHECK_OK(worker_create(&test.worker, &test.sweep, test.results, "", NULL, &error));
    worker_case_post_work_unit(&test, 1, 0);
    worker_case_post_work_unit(&test, 2, 1);
    worker_case_step(&test, true, false);
    const struct work_report report = worker_case_take_report(&test);
    assert_int_equal(report.unit, 1);
    assert_int_equal(report.status, STATUS_IO);
    assert_non_null(strstr(report.message, "out.h5: cannot write"));
    worker_case_step(&test, false, false);
    check_no_report();
    worker_case_post_stop(&test);
    worker_case_step(&test, true, true);
}

static void a_work_unit_of_another_sweep_is_reported(void **state)
{
    (void)state;
    worker_case_post_work_unit(&test, 9, 2);
    worker_case_step(&test, true, false);
    const struct work_report report = worker_case_take_report(&test);
    assert_int_equal(report.status, STATUS_INTERNAL);
    assert_non_null(strstr(report.message, "work unit 9 does not fit the sweep"));
}

static void malformed_packets_are_an_internal_error(void **state)
{
    (void)state;
    static const unsigned char BYTES[36] = {MESSAGE_WORK, 0, 0, 0, 0xff, 0xff, 0xff};
    for (size_t size = 0; size < 36; size++) { /* of which 36 would be a work unit without jobs */
        bool worked = false;
        bool stopped = false;
        CHECK_OK(comm_send(test.ends[COMM_DRIVER], 1, BYTES, size, &error));
        CHECK_FAILS(worker_step(test.worker, test.ends[1], &worked, &stopped, &error),
                    STATUS_INTERNAL, "malformed work unit message");
        assert_false(stopped);
    }
}

static void too_many_work_units_at_once_are_an_internal_error(void **state)
{
    (void)state;
    bool worked = false;
    bool stopped = false;
    for (int i = 0; i < 65; i++) {
        worker_case_post_work_unit(&test, i, 0);
    }
    CHECK_FAILS(worker_step(test.worker, test.ends[1], &worked, &stopped, &error), STATUS_INTERNAL,
                "more than 64 work units in flight");
}

#define WORKER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_worker_messages(void)
{
    const struct CMUnitTest tests[] = {
        WORKER_TEST(without_a_packet_there_is_nothing_to_do),
        WORKER_TEST(one_step_works_on_one_work_unit_in_the_order_of_arrival),
        WORKER_TEST(a_stop_overtakes_waiting_work_units),
        WORKER_TEST(a_stop_ends_the_service),
        WORKER_TEST(a_work_unit_that_cannot_be_written_is_reported_and_the_rest_dropped),
        WORKER_TEST(a_work_unit_of_another_sweep_is_reported),
        WORKER_TEST(malformed_packets_are_an_internal_error),
        WORKER_TEST(too_many_work_units_at_once_are_an_internal_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
