#include "comm/comm.h"

#include "support/check.h"

#include <stdlib.h>

enum { MAX_ENDS = 5 };

static struct error error;
static struct comm *ends[MAX_ENDS];
static struct packer packet;

static int take_down(void **state)
{
    (void)state;
    if (ends[0] != NULL) {
        comm_loopback_destroy(ends);
    }
    pack_release(&packet);
    return 0;
}

static void create(int size, loopback_idle idle, void *context)
{
    CHECK_OK(comm_loopback_create(ends, size, idle, context, &error));
}

static void post(int from, int to, const char *text)
{
    CHECK_OK(comm_send(ends[from], to, text, strlen(text), &error));
}

static void check_next(int at, int expected_from, const char *expected)
{
    int from = -1;
    bool got = false;
    CHECK_OK(comm_receive(ends[at], &from, &packet, &got, &error));
    assert_true(got);
    assert_int_equal(from, expected_from);
    assert_int_equal(packet.size, strlen(expected));
    assert_memory_equal(packet.bytes, expected, packet.size);
}

static void check_empty(int at)
{
    int from = -1;
    bool got = true;
    CHECK_OK(comm_receive(ends[at], &from, &packet, &got, &error));
    assert_false(got);
}

static void every_end_knows_its_rank_and_the_size(void **state)
{
    (void)state;
    create(4, NULL, NULL);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ends[i]->rank, i);
        assert_int_equal(ends[i]->size, 4);
    }
    comm_loopback_destroy(ends);
    for (int i = 0; i < 4; i++) {
        assert_null(ends[i]);
    }
}

static void packets_of_one_sender_keep_their_order(void **state)
{
    (void)state;
    create(3, NULL, NULL);
    post(0, 1, "a");
    post(0, 2, "b");
    post(0, 1, "cc");
    post(0, 1, "");
    check_next(1, 0, "a");
    check_next(1, 0, "cc");
    check_next(1, 0, "");
    check_empty(1);
    check_next(2, 0, "b");
    check_empty(2);
}

static void packets_can_follow_after_an_empty_box(void **state)
{
    (void)state;
    create(2, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        check_empty(1);
        post(0, 1, "x");
        post(0, 1, "y");
        check_next(1, 0, "x");
        post(0, 1, "z");
        check_next(1, 0, "y");
        check_next(1, 0, "z");
    }
}

static void a_packet_is_a_copy(void **state)
{
    (void)state;
    char text[] = "before";
    create(2, NULL, NULL);
    CHECK_OK(comm_send(ends[1], 0, text, 6, &error));
    memcpy(text, "after!", 6);
    check_next(0, 1, "before");
}

static void a_packet_replaces_what_was_there(void **state)
{
    (void)state;
    create(2, NULL, NULL);
    pack_string(&packet, "a long text that was packed earlier");
    post(0, 1, "short");
    check_next(1, 0, "short");
}

static void a_large_packet_arrives_whole(void **state)
{
    (void)state;
    enum { SIZE = 5 << 20 };
    int from = -1;
    bool got = false;
    unsigned char *const bytes = malloc(SIZE);
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++) {
        bytes[i] = (unsigned char)(i * 7 + i / 251);
    }
    create(2, NULL, NULL);
    CHECK_OK(comm_send(ends[0], 1, bytes, SIZE, &error));
    CHECK_OK(comm_receive(ends[1], &from, &packet, &got, &error));
    assert_true(got);
    assert_int_equal(packet.size, SIZE);
    assert_memory_equal(packet.bytes, bytes, SIZE);
    free(bytes);
}

static void draining_has_nothing_to_wait_for(void **state)
{
    (void)state;
    create(2, NULL, NULL);
    post(0, 1, "a");
    CHECK_OK(comm_drain(ends[0], &error));
    check_next(1, 0, "a");
}

static void packets_nobody_took_are_released(void **state)
{
    (void)state;
    create(MAX_ENDS, NULL, NULL);
    for (int i = 0; i < MAX_ENDS; i++) {
        post(i, (i + 1) % MAX_ENDS, "left");
        post(i, (i + 1) % MAX_ENDS, "behind");
    }
    comm_loopback_destroy(ends);
}

/* ---- the worker of a lone process ---------------------------------------------------------------
 */

struct lone {
    int calls;
    int idle_calls; /* so many calls do something without sending */
    bool sends;
    enum status status;
};

static enum status work(void *context, bool *worked, struct error *reason)
{
    struct lone *const lone = context;
    lone->calls++;
    if (lone->status != STATUS_OK) {
        return error_set(reason, lone->status, "worker fell ill");
    }
    *worked = lone->calls <= lone->idle_calls || lone->sends;
    if (lone->calls > lone->idle_calls && lone->sends) {
        lone->sends = false;
        return comm_send(ends[1], COMM_DRIVER, "done", 4, reason);
    }
    return STATUS_OK;
}

static void an_empty_box_lets_the_worker_work_until_it_answers(void **state)
{
    (void)state;
    struct lone lone = {.idle_calls = 3, .sends = true};
    create(2, work, &lone);
    check_next(0, 1, "done");
    assert_int_equal(lone.calls, 4);
}

static void a_worker_with_nothing_to_do_ends_the_wait(void **state)
{
    (void)state;
    struct lone lone = {0};
    create(2, work, &lone);
    check_empty(0);
    assert_int_equal(lone.calls, 1);
}

static void a_full_box_does_not_wake_the_worker(void **state)
{
    (void)state;
    struct lone lone = {0};
    create(2, work, &lone);
    post(1, 0, "early");
    check_next(0, 1, "early");
    check_empty(1); /* nor does the worker's own end */
    assert_int_equal(lone.calls, 0);
}

static void the_failure_of_the_worker_reaches_the_driver(void **state)
{
    (void)state;
    struct lone lone = {.status = STATUS_IO};
    int from = -1;
    bool got = false;
    create(2, work, &lone);
    CHECK_FAILS(comm_receive(ends[0], &from, &packet, &got, &error), STATUS_IO, "worker fell ill");
}

#define LOOPBACK_TEST(function) cmocka_unit_test_teardown(function, take_down)

int test_comm_loopback(void)
{
    const struct CMUnitTest tests[] = {
        LOOPBACK_TEST(every_end_knows_its_rank_and_the_size),
        LOOPBACK_TEST(packets_of_one_sender_keep_their_order),
        LOOPBACK_TEST(packets_can_follow_after_an_empty_box),
        LOOPBACK_TEST(a_packet_is_a_copy),
        LOOPBACK_TEST(a_packet_replaces_what_was_there),
        LOOPBACK_TEST(a_large_packet_arrives_whole),
        LOOPBACK_TEST(draining_has_nothing_to_wait_for),
        LOOPBACK_TEST(packets_nobody_took_are_released),
        LOOPBACK_TEST(an_empty_box_lets_the_worker_work_until_it_answers),
        LOOPBACK_TEST(a_worker_with_nothing_to_do_ends_the_wait),
        LOOPBACK_TEST(a_full_box_does_not_wake_the_worker),
        LOOPBACK_TEST(the_failure_of_the_worker_reaches_the_driver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
