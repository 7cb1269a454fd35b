#include "comm/message.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

static size_t wanted_bytes(int32_t n_jobs)
{
    return ((size_t)n_jobs + 7) / 8;
}

enum status work_unit_create(struct work_unit *unit, int64_t id, enum work_kind kind, int32_t index,
                             int32_t n_jobs, struct error *error)
{
    *unit = (struct work_unit){.id = id, .kind = kind, .index = index, .n_jobs = n_jobs};
    return memory_array(&unit->wanted, wanted_bytes(n_jobs), 1, error);
}

void work_unit_want(struct work_unit *unit, int32_t job)
{
    unit->wanted[job / 8] = (unsigned char)(unit->wanted[job / 8] | 1u << (job % 8));
}

void work_unit_release(struct work_unit *unit)
{
    free(unit->wanted);
    free(unit->message);
    *unit = (struct work_unit){0};
}

void message_pack_work(const struct work_unit *unit, struct packer *packer)
{
    pack_i32(packer, MESSAGE_WORK);
    pack_i64(packer, unit->id);
    pack_i32(packer, (int32_t)unit->kind);
    pack_i32(packer, unit->index);
    pack_i32(packer, (int32_t)unit->failure);
    pack_string(packer, unit->message);
    pack_i32(packer, unit->n_jobs);
    pack_bytes(packer, unit->wanted, wanted_bytes(unit->n_jobs));
}

void message_pack_bare(enum message_kind kind, struct packer *packer)
{
    pack_i32(packer, (int32_t)kind);
}

void message_pack_report(const struct work_report *report, struct packer *packer)
{
    pack_i32(packer, MESSAGE_REPORT);
    pack_i64(packer, report->unit);
    pack_i64(packer, report->n_done);
    pack_i64(packer, report->n_failed);
    pack_i64(packer, report->n_absent);
    pack_f64(packer, report->seconds);
    pack_i32(packer, (int32_t)report->status);
    pack_i32(packer, (int32_t)report->failure);
    pack_string(packer, report->message);
}

int32_t message_kind_of(const struct packer *packet)
{
    struct unpacker unpacker = unpack_begin(packet->bytes, packet->size);
    return unpack_i32(&unpacker);
}

static struct unpacker begin(const struct packer *packet, enum message_kind kind)
{
    struct unpacker unpacker = unpack_begin(packet->bytes, packet->size);
    if (unpack_i32(&unpacker) != (int32_t)kind) {
        unpacker.failed = true;
    }
    return unpacker;
}

/* A status; other numbers are malformed. */
static enum status unpack_status(struct unpacker *unpacker)
{
    enum status status = STATUS_INTERNAL;
    if (!status_from_number(unpack_i32(unpacker), &status)) {
        unpacker->failed = true;
    }
    return status;
}

/* STATUS_OK or a failure of a job. */
static enum status unpack_failure(struct unpacker *unpacker)
{
    const enum status failure = unpack_status(unpacker);
    if (failure != STATUS_OK && !status_is_job_failure(failure)) {
        unpacker->failed = true;
    }
    return failure;
}

enum status message_unpack_work(const struct packer *packet, struct work_unit *unit,
                                struct error *error)
{
    struct unpacker unpacker = begin(packet, MESSAGE_WORK);
    *unit = (struct work_unit){0};
    const int64_t id = unpack_i64(&unpacker);
    const int32_t kind = unpack_i32(&unpacker);
    const int32_t index = unpack_i32(&unpacker);
    const enum status failure = unpack_failure(&unpacker);
    char *const message = unpack_string(&unpacker);
    const int32_t n_jobs = unpack_i32(&unpacker);
    /* A sweep has jobs, a training none; one says why it fails if and only if it does. */
    const bool is_valid = !unpacker.failed && index >= 0 && n_jobs >= 0 &&
                          (kind == WORK_SWEEP || (kind == WORK_TRAIN && n_jobs == 0)) &&
                          (failure == STATUS_OK) == (message == NULL) &&
                          wanted_bytes(n_jobs) == unpacker.size - unpacker.position;
    const enum status status =
        is_valid ? work_unit_create(unit, id, (enum work_kind)kind, index, n_jobs, error)
                 : error_set(error, STATUS_INTERNAL, "malformed work unit message of %zu bytes",
                             unpacker.size);
    if (status != STATUS_OK) {
        free(message);
        return status;
    }
    unit->failure = failure;
    unit->message = message;
    unpack_bytes(&unpacker, unit->wanted, wanted_bytes(n_jobs));
    return STATUS_OK;
}

enum status message_unpack_report(const struct packer *packet, struct work_report *report,
                                  struct error *error)
{
    struct unpacker unpacker = begin(packet, MESSAGE_REPORT);
    *report = (struct work_report){.unit = unpack_i64(&unpacker)};
    report->n_done = unpack_i64(&unpacker);
    report->n_failed = unpack_i64(&unpacker);
    report->n_absent = unpack_i64(&unpacker);
    report->seconds = unpack_f64(&unpacker);
    report->status = unpack_status(&unpacker);
    report->failure = unpack_failure(&unpacker);
    char *const text = unpack_string(&unpacker);
    (void)snprintf(report->message, sizeof report->message, "%s", text != NULL ? text : "");
    free(text);
    return unpack_finish(&unpacker, "report", error);
}

void message_pack_training(const struct training_progress *training, struct packer *packer)
{
    pack_i32(packer, MESSAGE_TRAINING);
    pack_i64(packer, training->unit);
    pack_i32(packer, training->step);
    pack_i32(packer, training->steps);
    pack_f64(packer, training->loss);
}

enum status message_unpack_training(const struct packer *packet, struct training_progress *training,
                                    struct error *error)
{
    struct unpacker unpacker = begin(packet, MESSAGE_TRAINING);
    *training = (struct training_progress){.unit = unpack_i64(&unpacker)};
    training->step = unpack_i32(&unpacker);
    training->steps = unpack_i32(&unpacker);
    training->loss = unpack_f64(&unpacker);
    return unpack_finish(&unpacker, "training", error);
}
