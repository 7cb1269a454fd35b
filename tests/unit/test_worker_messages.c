/* A worker and its driver's end of a loopback: packets in, packets out. */
#include "support/check.h"
#include "support/models.h"
#include "support/samples.h"
#include "support/scratch.h"
#include "worker/worker.h"

#include <stdlib.h>

enum { JOBS = MODEL_SWEEP_JOBS };

static struct error error;
static struct sweep sweep;
static struct results results;
static struct worker *worker;
static struct comm *ends[2];
static struct packer packet;

static int set_up(void **state)
{
    (void)state;
    sweep = model_sweep(1);
    sample_results(scratch_path("out.h5"), &sweep);
    CHECK_OK(results_open(&results, scratch_path("out.h5"), RESULTS_WRITE, &error));
    CHECK_OK(worker_create(&worker, &sweep, &results, "", NULL, &error));
    CHECK_OK(comm_loopback_create(ends, 2, NULL, NULL, &error));
    return 0;
}

static int tear_down(void **state)
{
    worker_destroy(&worker);
    worker_destroy(&worker); /* again: nothing happens */
    comm_loopback_destroy(ends);
    pack_release(&packet);
    CHECK_OK(results_close(&results, &error));
    sweep_release(&sweep);
    return scratch_clear(state);
}

static void post(void)
{
    CHECK_OK(comm_send(ends[COMM_DRIVER], 1, packet.bytes, packet.size, &error));
}

static void post_item(int64_t id, int32_t case_index)
{
    struct item item;
    CHECK_OK(item_create(&item, id, ITEM_SWEEP, case_index, JOBS, &error));
    for (int32_t job = 0; job < JOBS; job++) {
        item_want(&item, job);
    }
    pack_clear(&packet);
    message_pack_item(&item, &packet);
    item_release(&item);
    post();
}

static void post_stop(void)
{
    pack_clear(&packet);
    message_pack_stop(&packet);
    post();
}

static void step(bool expected_worked, bool expected_stopped)
{
    bool worked = !expected_worked;
    bool stopped = false;
    CHECK_OK(worker_step(worker, ends[1], &worked, &stopped, &error));
    assert_int_equal(worked, expected_worked);
    assert_int_equal(stopped, expected_stopped);
}

/* The driver's next packet; false when there is none. */
static bool take_report(struct report *report)
{
    int from = 0;
    bool got = false;
    CHECK_OK(comm_receive(ends[COMM_DRIVER], &from, &packet, &got, &error));
    if (got) {
        assert_int_equal(from, 1);
        CHECK_OK(message_unpack_report(&packet, report, &error));
    }
    return got;
}

static void check_report(int64_t id)
{
    struct report report;
    assert_true(take_report(&report));
    assert_int_equal(report.item, id);
    assert_int_equal(report.status, STATUS_OK);
    assert_int_equal(report.n_done, JOBS);
    assert_int_equal(report.n_failed, 0);
    assert_string_equal(report.message, "");
}

static void check_farewell(void)
{
    int from = 0;
    bool got = false;
    CHECK_OK(comm_receive(ends[COMM_DRIVER], &from, &packet, &got, &error));
    assert_true(got);
    assert_int_equal(message_kind_of(&packet), MESSAGE_FAREWELL);
}

static void check_no_report(void)
{
    struct report report;
    assert_false(take_report(&report));
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void without_a_packet_there_is_nothing_to_do(void **state)
{
    (void)state;
    step(false, false);
    check_no_report();
}

static void one_step_works_on_one_item_in_the_order_of_arrival(void **state)
{
    (void)state;
    post_item(5, 1);
    post_item(3, 0);
    post_item(4, 1);
    step(true, false);
    check_report(5);
    check_no_report();
    step(true, false);
    check_report(3);
    step(true, false);
    check_report(4);
    step(false, false);
}

static void a_stop_overtakes_waiting_items(void **state)
{
    (void)state;
    post_item(1, 0);
    post_item(2, 1);
    post_stop();
    step(true, true);
    check_farewell();
    check_no_report();
}

static void a_stop_ends_the_service(void **state)
{
    (void)state;
    post_item(1, 0);
    step(true, false);
    post_stop();
    CHECK_OK(worker_serve(worker, ends[1], &error));
    check_report(1);
    check_farewell();
    check_no_report();
}

static void an_item_that_cannot_be_written_is_reported_and_the_rest_dropped(void **state)
{
    (void)state;
    struct report report;
    CHECK_OK(results_close(&results, &error));
    CHECK_OK(results_open(&results, scratch_path("out.h5"), RESULTS_READ, &error));
    post_item(1, 0);
    post_item(2, 1);
    step(true, false);
    assert_true(take_report(&report));
    assert_int_equal(report.item, 1);
    assert_int_equal(report.status, STATUS_IO);
    assert_non_null(strstr(report.message, "out.h5: cannot write"));
    step(false, false);
    check_no_report();
    post_stop();
    step(true, true);
}

static void an_item_of_another_sweep_is_reported(void **state)
{
    (void)state;
    struct report report;
    post_item(9, 2);
    step(true, false);
    assert_true(take_report(&report));
    assert_int_equal(report.status, STATUS_INTERNAL);
    assert_non_null(strstr(report.message, "item 9 does not fit the sweep"));
}

static void malformed_packets_are_an_internal_error(void **state)
{
    (void)state;
    static const unsigned char BYTES[36] = {MESSAGE_ITEM, 0, 0, 0, 0xff, 0xff, 0xff};
    for (size_t size = 0; size < 36; size++) { /* of which 36 would be an item without jobs */
        bool worked = false;
        bool stopped = false;
        CHECK_OK(comm_send(ends[COMM_DRIVER], 1, BYTES, size, &error));
        CHECK_FAILS(worker_step(worker, ends[1], &worked, &stopped, &error), STATUS_INTERNAL,
                    "malformed item message");
        assert_false(stopped);
    }
}

static void too_many_items_at_once_are_an_internal_error(void **state)
{
    (void)state;
    bool worked = false;
    bool stopped = false;
    for (int i = 0; i < 65; i++) {
        post_item(i, 0);
    }
    CHECK_FAILS(worker_step(worker, ends[1], &worked, &stopped, &error), STATUS_INTERNAL,
                "more than 64 items in flight");
}

#define WORKER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORKER_TEST(without_a_packet_there_is_nothing_to_do),
        WORKER_TEST(one_step_works_on_one_item_in_the_order_of_arrival),
        WORKER_TEST(a_stop_overtakes_waiting_items),
        WORKER_TEST(a_stop_ends_the_service),
        WORKER_TEST(an_item_that_cannot_be_written_is_reported_and_the_rest_dropped),
        WORKER_TEST(an_item_of_another_sweep_is_reported),
        WORKER_TEST(malformed_packets_are_an_internal_error),
        WORKER_TEST(too_many_items_at_once_are_an_internal_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
