#include "support/worker_case.h"

#include "support/check.h"

static struct error error;

void worker_case_create(struct worker_case *test, const struct stop_source *stop)
{
    test->sweep = model_sweep(1);
    test->results = open_new_results(&test->sweep);
    CHECK_OK(worker_create(&test->worker, &test->sweep, test->results, "", stop, &error));
    CHECK_OK(comm_loopback_create(test->ends, 2, NULL, NULL, &error));
}

int worker_case_remove(struct worker_case *test, void **state)
{
    worker_destroy(&test->worker);
    worker_destroy(&test->worker); /* again: nothing happens */
    comm_loopback_destroy(test->ends);
    pack_release(&test->packet);
    return close_new_results(&test->results, &test->sweep, state);
}

static void post(struct worker_case *test)
{
    CHECK_OK(comm_send(test->ends[COMM_DRIVER], 1, test->packet.bytes, test->packet.size, &error));
}

void worker_case_post_work_unit(struct worker_case *test, int64_t id, int32_t case_index)
{
    struct work_unit unit;
    CHECK_OK(work_unit_create(&unit, id, WORK_SWEEP, case_index, MODEL_SWEEP_JOBS, &error));
    for (int32_t job = 0; job < MODEL_SWEEP_JOBS; job++) {
        work_unit_want(&unit, job);
    }
    pack_clear(&test->packet);
    message_pack_work(&unit, &test->packet);
    work_unit_release(&unit);
    post(test);
}

void worker_case_post_stop(struct worker_case *test)
{
    pack_clear(&test->packet);
    message_pack_bare(MESSAGE_STOP, &test->packet);
    post(test);
}

void worker_case_step(struct worker_case *test, bool worked, bool stopped)
{
    bool has_worked = !worked;
    bool has_stopped = false;
    CHECK_OK(worker_step(test->worker, test->ends[1], &has_worked, &has_stopped, &error));
    assert_int_equal(has_worked, worked);
    assert_int_equal(has_stopped, stopped);
}

int32_t worker_case_take(struct worker_case *test)
{
    int from = 0;
    bool got = false;
    CHECK_OK(comm_receive(test->ends[COMM_DRIVER], &from, &test->packet, &got, &error));
    if (!got) {
        return 0;
    }
    assert_int_equal(from, 1);
    return message_kind_of(&test->packet);
}

struct work_report worker_case_take_report(struct worker_case *test)
{
    struct work_report report;
    int32_t kind = worker_case_take(test);
    while (kind == MESSAGE_HEARTBEAT) {
        kind = worker_case_take(test);
    }
    assert_int_equal(kind, MESSAGE_REPORT);
    CHECK_OK(message_unpack_report(&test->packet, &report, &error));
    return report;
}
