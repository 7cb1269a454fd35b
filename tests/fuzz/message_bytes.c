/* Messages of any bytes: unpacked, or refused in one line. */
#include "fuzz/message_bytes.h"

#include "comm/message.h"
#include "core/memory.h"

#include <string.h>

static bool is_known(enum status status)
{
    return strcmp(status_text(status), "unknown status") != 0;
}

static bool is_job_failure(enum status status)
{
    return is_known(status) && status_is_job_failure(status);
}

static void check_unit(const struct packer *packet)
{
    struct work_unit unit;
    struct error error = {""};
    struct packer again = {0};
    const enum status status = message_unpack_work(packet, &unit, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_INTERNAL);
        fuzz_demand_message(&error);
        FUZZ_DEMAND(unit.wanted == NULL && unit.message == NULL);
        return;
    }
    FUZZ_DEMAND(unit.kind == WORK_SWEEP || unit.kind == WORK_TRAIN);
    FUZZ_DEMAND(unit.index >= 0 && unit.n_jobs >= 0);
    FUZZ_DEMAND(unit.failure == STATUS_OK || is_job_failure(unit.failure));
    FUZZ_DEMAND((unit.failure == STATUS_OK) == (unit.message == NULL));
    int count = 0;
    for (int32_t job = 0; job < unit.n_jobs; job++) {
        count += work_unit_wants(&unit, job);
    }
    FUZZ_DEMAND(count >= 0 && count <= unit.n_jobs);
    message_pack_work(&unit, &again);
    FUZZ_DEMAND(again.size <= packet->size);
    pack_release(&again);
    work_unit_release(&unit);
}

static void check_report(const struct packer *packet)
{
    struct work_report report;
    struct error error = {""};
    const enum status status = message_unpack_report(packet, &report, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_INTERNAL);
        fuzz_demand_message(&error);
        return;
    }
    FUZZ_DEMAND(is_known(report.status));
    FUZZ_DEMAND(report.failure == STATUS_OK || is_job_failure(report.failure));
    FUZZ_DEMAND(strnlen(report.message, sizeof report.message) < sizeof report.message);
}

static void check_training(const struct packer *packet)
{
    struct training_progress training;
    struct error error = {""};
    const enum status status = message_unpack_training(packet, &training, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_INTERNAL);
        fuzz_demand_message(&error);
    }
}

static void pack_unit(struct fuzz_input *input, struct packer *packet)
{
    struct work_unit unit;
    struct error error;
    const enum work_kind kind = (enum work_kind)fuzz_below(input, 2);
    const int32_t n_jobs = kind == WORK_SWEEP ? fuzz_below(input, 40) : 0;
    FUZZ_DEMAND(work_unit_create(&unit, 3, kind, 1, n_jobs, &error) == STATUS_OK);
    for (int32_t job = 0; job < n_jobs; job += 1 + fuzz_below(input, 3)) {
        work_unit_want(&unit, job);
    }
    if (fuzz_below(input, 2) != 0) {
        unit.failure = STATUS_JOB_MODEL;
        FUZZ_DEMAND(memory_string(&unit.message, "why", &error) == STATUS_OK);
    }
    message_pack_work(&unit, packet);
    work_unit_release(&unit);
}

/* A good message of each kind, or none. */
static void pack_any(struct fuzz_input *input, struct packer *packet)
{
    const struct work_report report = {.unit = 1, .n_done = 2, .message = "text"};
    const struct training_progress training = {.unit = 1, .step = 2, .steps = 3, .loss = 4.0};
    static const enum message_kind bare[] = {MESSAGE_STOP, MESSAGE_HEARTBEAT, MESSAGE_GOODBYE};
    const int kind = fuzz_below(input, 7);
    if (kind == 0) {
        pack_unit(input, packet);
    } else if (kind == 1) {
        message_pack_report(&report, packet);
    } else if (kind == 2) {
        message_pack_training(&training, packet);
    } else if (kind < 6) {
        message_pack_bare(bare[kind - 3], packet);
    }
}

/* Changes some bytes, cuts some off, adds what is left of the input. */
static void spoil(struct fuzz_input *input, struct packer *packet)
{
    unsigned char tail[256];
    const int changes = fuzz_below(input, 4);
    for (int i = 0; i < changes && packet->size > 0; i++) {
        packet->bytes[fuzz_byte(input) % packet->size] = fuzz_byte(input);
    }
    packet->size -= fuzz_byte(input) % (packet->size + 1);
    const size_t left = fuzz_left(input) < sizeof tail ? fuzz_left(input) : sizeof tail;
    fuzz_take(input, tail, left);
    pack_bytes(packet, tail, left);
}

void check_message_bytes(struct fuzz_input *input)
{
    struct packer packet = {0};
    pack_any(input, &packet);
    spoil(input, &packet);
    (void)message_kind_of(&packet);
    check_unit(&packet);
    check_report(&packet);
    check_training(&packet);
    pack_release(&packet);
}
