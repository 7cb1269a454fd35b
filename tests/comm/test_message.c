#include "comm/message.h"

#include "core/rng.h"
#include "support/check.h"

#include <stdlib.h>

static struct error error;
static struct packer packet;

static int clear_packet(void **state)
{
    (void)state;
    pack_release(&packet);
    return 0;
}

static const struct work_report REPORT = {.unit = 1234567890123,
                                          .n_done = 77,
                                          .n_failed = 3,
                                          .n_absent = 11,
                                          .seconds = 0.1,
                                          .status = STATUS_IO,
                                          .failure = STATUS_JOB_TRAINING_DIVERGED,
                                          .message = "out.h5: cannot write fvu"};

static struct work_unit make_unit(int32_t n_jobs)
{
    struct work_unit unit;
    CHECK_OK(work_unit_create(&unit, 42, WORK_SWEEP, 7, n_jobs, &error));
    for (int32_t job = 0; job < n_jobs; job += 3) {
        work_unit_want(&unit, job);
    }
    return unit;
}

/* ---- work units
 * --------------------------------------------------------------------------------------
 */

static void a_new_work_unit_wants_nothing(void **state)
{
    (void)state;
    struct work_unit unit;
    CHECK_OK(work_unit_create(&unit, 1, WORK_SWEEP, 2, 100, &error));
    for (int32_t job = 0; job < 100; job++) {
        assert_false(work_unit_wants(&unit, job));
    }
    work_unit_release(&unit);
    assert_null(unit.wanted);
    work_unit_release(&unit); /* again: nothing happens */
}

static void every_job_has_a_bit_of_its_own(void **state)
{
    (void)state;
    for (int32_t wanted = 0; wanted < 19; wanted++) {
        struct work_unit unit;
        CHECK_OK(work_unit_create(&unit, 1, WORK_SWEEP, 2, 19, &error));
        work_unit_want(&unit, wanted);
        work_unit_want(&unit, wanted);
        for (int32_t job = 0; job < 19; job++) {
            assert_int_equal(work_unit_wants(&unit, job), job == wanted);
        }
        work_unit_release(&unit);
    }
}

static void a_work_unit_survives_its_message(void **state)
{
    (void)state;
    static const int32_t COUNTS[] = {0, 1, 7, 8, 9, 64, 408};
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
        struct work_unit sent = make_unit(COUNTS[i]);
        struct work_unit got;
        pack_clear(&packet);
        message_pack_work(&sent, &packet);
        CHECK_OK(pack_finish(&packet, &error));
        assert_int_equal(message_kind_of(&packet), MESSAGE_WORK);
        CHECK_OK(message_unpack_work(&packet, &got, &error));
        assert_int_equal(got.id, 42);
        assert_int_equal(got.kind, WORK_SWEEP);
        assert_int_equal(got.index, 7);
        assert_int_equal(got.failure, STATUS_OK);
        assert_null(got.message);
        assert_int_equal(got.n_jobs, COUNTS[i]);
        for (int32_t job = 0; job < COUNTS[i]; job++) {
            assert_int_equal(work_unit_wants(&got, job), job % 3 == 0);
        }
        work_unit_release(&sent);
        work_unit_release(&got);
    }
}

static void a_work_unit_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct work_unit unit = make_unit(20);
    message_pack_work(&unit, &packet);
    work_unit_release(&unit);
    const size_t size = packet.size;
    for (packet.size = 0; packet.size < size; packet.size++) {
        CHECK_FAILS(message_unpack_work(&packet, &unit, &error), STATUS_INTERNAL,
                    "malformed work unit message");
        assert_null(unit.wanted); /* nothing to release */
    }
    packet.size = size;
    pack_i32(&packet, 0);
    CHECK_FAILS(message_unpack_work(&packet, &unit, &error), STATUS_INTERNAL, "malformed");
}

static void a_work_unit_carries_why_its_model_is_missing(void **state)
{
    (void)state;
    struct work_unit sent = make_unit(5);
    struct work_unit got;
    sent.failure = STATUS_JOB_TRAINING_DIVERGED;
    sent.message = strdup("m0: loss is nan at step 3");
    message_pack_work(&sent, &packet);
    CHECK_OK(message_unpack_work(&packet, &got, &error));
    assert_int_equal(got.failure, STATUS_JOB_TRAINING_DIVERGED);
    assert_string_equal(got.message, sent.message);
    work_unit_release(&sent);
    work_unit_release(&got);
}

static void a_training_survives_its_message(void **state)
{
    (void)state;
    struct work_unit sent;
    struct work_unit got;
    CHECK_OK(work_unit_create(&sent, 3, WORK_TRAIN, 9, 0, &error));
    message_pack_work(&sent, &packet);
    CHECK_OK(message_unpack_work(&packet, &got, &error));
    assert_int_equal(got.kind, WORK_TRAIN);
    assert_int_equal(got.id, 3);
    assert_int_equal(got.index, 9);
    assert_int_equal(got.n_jobs, 0);
    work_unit_release(&sent);
    work_unit_release(&got);
}

/* Numbers of a work unit message, and how many bytes of jobs follow. */
struct unit_numbers {
    int32_t message_kind;
    int32_t kind;
    int32_t index;
    int32_t n_jobs;
    size_t n_bytes;
    int32_t failure; /* with a text, when it is not STATUS_OK */
};

static void pack_work_unit_by_hand(const struct unit_numbers *numbers)
{
    static const unsigned char ZEROS[64];
    pack_clear(&packet);
    pack_i32(&packet, numbers->message_kind);
    pack_i64(&packet, 1);
    pack_i32(&packet, numbers->kind);
    pack_i32(&packet, numbers->index);
    pack_i32(&packet, numbers->failure);
    pack_string(&packet, numbers->failure == STATUS_OK ? NULL : "a text to be released");
    pack_i32(&packet, numbers->n_jobs);
    pack_bytes(&packet, ZEROS, numbers->n_bytes);
}

static void numbers_that_no_work_unit_has_are_refused(void **state)
{
    (void)state;
    struct work_unit unit;
    enum { BAD_MODEL = STATUS_JOB_MODEL };
    static const struct unit_numbers GOOD = {MESSAGE_WORK, WORK_SWEEP, 0, 8, 1, BAD_MODEL};
    static const struct unit_numbers BAD[] = {
        {MESSAGE_WORK, WORK_SWEEP, -1, 8, 1, BAD_MODEL},
        {MESSAGE_WORK, WORK_SWEEP, INT32_MIN, 8, 1, BAD_MODEL},
        {MESSAGE_WORK, WORK_SWEEP, 0, -1, 0, BAD_MODEL},
        {MESSAGE_WORK, WORK_SWEEP, 0, INT32_MIN, 0, BAD_MODEL},
        {MESSAGE_WORK, WORK_SWEEP, 0, INT32_MAX, 8, BAD_MODEL},
        {MESSAGE_WORK, WORK_SWEEP, 0, 9, 1, BAD_MODEL},
        {MESSAGE_WORK, WORK_SWEEP, 0, 8, 2, BAD_MODEL},
        {MESSAGE_WORK, 2, 0, 8, 1, BAD_MODEL},
        {MESSAGE_WORK, -1, 0, 8, 1, BAD_MODEL},
        {MESSAGE_REPORT, WORK_SWEEP, 0, 8, 1, BAD_MODEL},
        {MESSAGE_STOP, WORK_SWEEP, 0, 8, 1, BAD_MODEL},
        {0, WORK_SWEEP, 0, 8, 1, BAD_MODEL},
        {MESSAGE_WORK, WORK_TRAIN, 0, 8, 1, STATUS_OK},     /* a training has no jobs */
        {MESSAGE_WORK, WORK_SWEEP, 0, 8, 1, 99},            /* no status */
        {MESSAGE_WORK, WORK_SWEEP, 0, 8, 1, 1 << 16 | 106}, /* nor this */
        {MESSAGE_WORK, WORK_SWEEP, 0, 8, 1, STATUS_IO}};    /* not of a job */
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        pack_work_unit_by_hand(&BAD[i]);
        CHECK_FAILS(message_unpack_work(&packet, &unit, &error), STATUS_INTERNAL,
                    "malformed work unit message");
    }
    pack_work_unit_by_hand(&GOOD);
    CHECK_OK(message_unpack_work(&packet, &unit, &error));
    work_unit_release(&unit);
}

static void a_failure_and_its_text_come_together(void **state)
{
    (void)state;
    struct work_unit unit = make_unit(5);
    struct work_unit got;
    unit.failure = STATUS_JOB_MODEL;
    message_pack_work(&unit, &packet);
    CHECK_FAILS(message_unpack_work(&packet, &got, &error), STATUS_INTERNAL, "malformed");
    pack_clear(&packet);
    unit.failure = STATUS_OK;
    unit.message = strdup("all is well");
    message_pack_work(&unit, &packet);
    CHECK_FAILS(message_unpack_work(&packet, &got, &error), STATUS_INTERNAL, "malformed");
    work_unit_release(&unit);
}

/* ---- reports ------------------------------------------------------------------------------------
 */

static void a_report_survives_its_message(void **state)
{
    (void)state;
    struct work_report got;
    message_pack_report(&REPORT, &packet);
    CHECK_OK(pack_finish(&packet, &error));
    assert_int_equal(message_kind_of(&packet), MESSAGE_REPORT);
    CHECK_OK(message_unpack_report(&packet, &got, &error));
    assert_true(got.unit == REPORT.unit);
    assert_int_equal(got.n_done, 77);
    assert_int_equal(got.n_failed, 3);
    assert_int_equal(got.n_absent, 11);
    CHECK_SAME(got.seconds, 0.1);
    assert_int_equal(got.status, STATUS_IO);
    assert_int_equal(got.failure, STATUS_JOB_TRAINING_DIVERGED);
    assert_string_equal(got.message, REPORT.message);
}

static void the_longest_message_survives(void **state)
{
    (void)state;
    struct work_report sent = REPORT;
    struct work_report got;
    memset(sent.message, 'm', sizeof sent.message - 1);
    sent.message[sizeof sent.message - 1] = '\0';
    message_pack_report(&sent, &packet);
    CHECK_OK(message_unpack_report(&packet, &got, &error));
    assert_string_equal(got.message, sent.message);
}

static void pack_report_by_hand(const char *text)
{
    pack_clear(&packet);
    pack_i32(&packet, MESSAGE_REPORT);
    pack_i64(&packet, 1);
    pack_i64(&packet, 2);
    pack_i64(&packet, 3);
    pack_i64(&packet, 4);
    pack_f64(&packet, 4.0);
    pack_i32(&packet, STATUS_OK);
    pack_i32(&packet, STATUS_OK);
    pack_string(&packet, text);
}

static void a_longer_text_is_cut_and_none_is_empty(void **state)
{
    (void)state;
    struct work_report got;
    char text[3 * ERROR_TEXT_SIZE];
    memset(text, 't', sizeof text);
    text[sizeof text - 1] = '\0';
    pack_report_by_hand(text);
    CHECK_OK(message_unpack_report(&packet, &got, &error));
    assert_int_equal(strlen(got.message), ERROR_TEXT_SIZE - 1);
    pack_report_by_hand(NULL);
    CHECK_OK(message_unpack_report(&packet, &got, &error));
    assert_string_equal(got.message, "");
}

static void a_report_has_only_statuses_that_there_are(void **state)
{
    (void)state;
    static const int BAD[][2] = {{99, STATUS_OK},
                                 {-1, STATUS_OK},
                                 {STATUS_OK, 100},
                                 {STATUS_OK, STATUS_IO},
                                 {STATUS_OK, INT32_MIN}};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct work_report got;
        struct work_report sent = REPORT;
        sent.status = (enum status)BAD[i][0];
        sent.failure = (enum status)BAD[i][1];
        pack_clear(&packet);
        message_pack_report(&sent, &packet);
        CHECK_FAILS(message_unpack_report(&packet, &got, &error), STATUS_INTERNAL, "malformed");
    }
}

static void a_report_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct work_report got;
    message_pack_report(&REPORT, &packet);
    const size_t size = packet.size;
    for (packet.size = 0; packet.size < size; packet.size++) {
        CHECK_FAILS(message_unpack_report(&packet, &got, &error), STATUS_INTERNAL,
                    "malformed report message");
    }
    packet.size = size;
    pack_bytes(&packet, "", 1);
    CHECK_FAILS(message_unpack_report(&packet, &got, &error), STATUS_INTERNAL, "malformed");
}

static void a_report_is_no_work_unit_and_no_stop(void **state)
{
    (void)state;
    struct work_unit unit;
    struct work_report report;
    message_pack_report(&REPORT, &packet);
    CHECK_FAILS(message_unpack_work(&packet, &unit, &error), STATUS_INTERNAL,
                "malformed work unit");
    pack_clear(&packet);
    message_pack_bare(MESSAGE_STOP, &packet);
    assert_int_equal(message_kind_of(&packet), MESSAGE_STOP);
    CHECK_FAILS(message_unpack_report(&packet, &report, &error), STATUS_INTERNAL,
                "malformed report");
    CHECK_FAILS(message_unpack_work(&packet, &unit, &error), STATUS_INTERNAL,
                "malformed work unit");
}

static void too_few_bytes_have_no_kind(void **state)
{
    (void)state;
    assert_int_equal(message_kind_of(&packet), 0);
    pack_bytes(&packet, "\x01\0\0", 3);
    assert_int_equal(message_kind_of(&packet), 0);
}

/* ---- news of a training -------------------------------------------------------------------------
 */

static void progress_of_a_training_survive_their_message(void **state)
{
    (void)state;
    const struct training_progress sent = {
        .unit = 1LL << 40, .step = 7, .steps = 2500, .loss = 0.03};
    struct training_progress got;
    message_pack_training(&sent, &packet);
    CHECK_OK(pack_finish(&packet, &error));
    assert_int_equal(message_kind_of(&packet), MESSAGE_TRAINING);
    CHECK_OK(message_unpack_training(&packet, &got, &error));
    assert_true(got.unit == sent.unit);
    assert_int_equal(got.step, 7);
    assert_int_equal(got.steps, 2500);
    CHECK_SAME(got.loss, 0.03);
    const size_t size = packet.size;
    for (packet.size = 0; packet.size < size; packet.size++) {
        CHECK_FAILS(message_unpack_training(&packet, &got, &error), STATUS_INTERNAL,
                    "malformed training message");
    }
}

/* ---- anything -----------------------------------------------------------------------------------
 */

/* A copy in memory of exactly its size, so that the sanitizer sees a read beyond its end. */
static void unpack_exactly(const unsigned char *bytes, size_t size)
{
    struct work_unit unit;
    struct work_report report;
    struct packer exact = {.bytes = malloc(size), .size = size};
    memcpy(exact.bytes, bytes, size);
    if (message_unpack_work(&exact, &unit, &error) == STATUS_OK) {
        for (int32_t job = 0; job < unit.n_jobs; job++) {
            (void)work_unit_wants(&unit, job);
        }
        work_unit_release(&unit);
    }
    if (message_unpack_report(&exact, &report, &error) == STATUS_OK) {
        assert_true(strlen(report.message) < sizeof report.message);
    }
    struct training_progress training;
    (void)!message_unpack_training(&exact, &training, &error);
    (void)message_kind_of(&exact);
    free(exact.bytes);
}

static void mutate(unsigned char *bytes, size_t size, struct rng *rng)
{
    const uint64_t changes = 1 + rng_below(rng, 4);
    for (uint64_t i = 0; i < changes; i++) {
        bytes[rng_below(rng, size)] = (unsigned char)rng_bits(rng);
    }
}

static void random_changes_end_in_a_status(void **state)
{
    (void)state;
    enum { ROUNDS = 20000 };
    struct rng rng = rng_stream((struct rng_key){{1, 2}}, 3, 4);
    for (int round = 0; round < ROUNDS; round++) {
        unsigned char bytes[128];
        struct work_unit unit = make_unit((int32_t)rng_below(&rng, 100));
        pack_clear(&packet);
        if (round % 2 == 0) {
            message_pack_work(&unit, &packet);
        } else {
            message_pack_report(&REPORT, &packet);
        }
        work_unit_release(&unit);
        assert_true(packet.size <= sizeof bytes);
        memcpy(bytes, packet.bytes, packet.size);
        mutate(bytes, packet.size, &rng);
        unpack_exactly(bytes, 1 + (size_t)rng_below(&rng, packet.size));
        unpack_exactly(bytes, packet.size);
    }
}

static void random_bytes_end_in_a_status(void **state)
{
    (void)state;
    struct rng rng = rng_stream((struct rng_key){{5, 6}}, 7, 8);
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[96];
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (unsigned char)rng_bits(&rng);
        }
        memset(bytes, 0, 4);
        bytes[0] = (unsigned char)rng_below(&rng, 5);
        unpack_exactly(bytes, 1 + (size_t)rng_below(&rng, sizeof bytes));
    }
}

#define MESSAGE_TEST(function) cmocka_unit_test_teardown(function, clear_packet)

int test_message(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGE_TEST(a_new_work_unit_wants_nothing),
        MESSAGE_TEST(every_job_has_a_bit_of_its_own),
        MESSAGE_TEST(a_work_unit_survives_its_message),
        MESSAGE_TEST(a_work_unit_cut_anywhere_is_refused),
        MESSAGE_TEST(a_work_unit_carries_why_its_model_is_missing),
        MESSAGE_TEST(a_training_survives_its_message),
        MESSAGE_TEST(numbers_that_no_work_unit_has_are_refused),
        MESSAGE_TEST(a_failure_and_its_text_come_together),
        MESSAGE_TEST(a_report_has_only_statuses_that_there_are),
        MESSAGE_TEST(a_report_survives_its_message),
        MESSAGE_TEST(the_longest_message_survives),
        MESSAGE_TEST(a_longer_text_is_cut_and_none_is_empty),
        MESSAGE_TEST(a_report_cut_anywhere_is_refused),
        MESSAGE_TEST(a_report_is_no_work_unit_and_no_stop),
        MESSAGE_TEST(too_few_bytes_have_no_kind),
        MESSAGE_TEST(progress_of_a_training_survive_their_message),
        MESSAGE_TEST(random_changes_end_in_a_status),
        MESSAGE_TEST(random_bytes_end_in_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
