/* What the driver and its workers tell each other, as values and as bytes. Local. */
#pragma once

#include "core/pack.h"
#include "core/status.h"

#include <stdint.h>

enum message_kind {
    MESSAGE_WORK = 1,
    MESSAGE_STOP = 2, /* to a worker: finish what you compute, drop what waits, say goodbye */
    MESSAGE_REPORT = 3,
    MESSAGE_TRAINING = 4,
    MESSAGE_HEARTBEAT = 5, /* in the middle of a sweep: the worker is at work */
    MESSAGE_GOODBYE = 6    /* nothing more comes from this worker */
};

enum work_kind { WORK_SWEEP = 0, WORK_TRAIN = 1 };

/* Work of one worker: some jobs of one case, or the training of one model. */
struct work_unit {
    int64_t id;
    enum work_kind kind;
    int32_t index;         /* of the case, or of the model to train */
    int32_t n_jobs;        /* jobs of the case, wanted or not; 0 for a training */
    unsigned char *wanted; /* [(n_jobs + 7) / 8] bit job % 8 of byte job / 8; owned */
    /* A job failure: the case's model could not be trained, its jobs fail for that reason. */
    enum status failure;
    char *message; /* why; owned, NULL when failure is STATUS_OK */
};

/* What became of a work unit. */
struct work_report {
    int64_t unit;
    int64_t n_done;      /* jobs written as done */
    int64_t n_failed;    /* jobs written as failed */
    int64_t n_absent;    /* of partitions that the model turned out not to have */
    double seconds;      /* that the work unit took the worker */
    enum status status;  /* not OK: the worker cannot go on, `message` says why */
    enum status failure; /* of a training: why the model could not be had, with `message` */
    char message[ERROR_TEXT_SIZE];
};

/* How far a training is. */
struct training_progress {
    int64_t unit;
    int32_t step; /* done */
    int32_t steps;
    double loss; /* of the last step */
};

static inline bool work_unit_wants(const struct work_unit *unit, int32_t job)
{
    return (unit->wanted[job / 8] >> (job % 8) & 1) != 0;
}

/* A sweep of no job yet, or with n_jobs = 0 a training. STATUS_INTERNAL when memory is short.
 * Released by work_unit_release. */
MUST_CHECK enum status work_unit_create(struct work_unit *unit, int64_t id, enum work_kind kind,
                                        int32_t index, int32_t n_jobs, struct error *error);
void work_unit_want(struct work_unit *unit, int32_t job);
void work_unit_release(struct work_unit *unit);

/* A packed message begins with its kind. */
void message_pack_work(const struct work_unit *unit, struct packer *packer);
void message_pack_bare(enum message_kind kind, struct packer *packer); /* nothing but its kind */
void message_pack_report(const struct work_report *report, struct packer *packer);
void message_pack_training(const struct training_progress *training, struct packer *packer);

/* Kind of a packed message, 0 when it has none. */
int32_t message_kind_of(const struct packer *packet);

/* Unpack; STATUS_INTERNAL when the bytes are no such message. */
MUST_CHECK enum status message_unpack_work(const struct packer *packet, struct work_unit *unit,
                                           struct error *error);
MUST_CHECK enum status message_unpack_report(const struct packer *packet,
                                             struct work_report *report, struct error *error);
MUST_CHECK enum status message_unpack_training(const struct packer *packet,
                                               struct training_progress *training,
                                               struct error *error);
