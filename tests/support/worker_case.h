/* A worker over small models, and its driver's end of a loopback: packets in, packets out. */
#pragma once

#include "comm/comm.h"
#include "support/models.h"
#include "support/results_sample.h"
#include "worker/worker.h"

struct worker_case {
    struct sweep sweep; /* model_sweep(1): two cases, MODEL_SWEEP_JOBS jobs each */
    struct results *results;
    struct worker *worker;
    struct comm *ends[2];
    struct packer packet; /* the last one that was sent or received */
};

/* `stop` may be NULL. */
void worker_case_create(struct worker_case *test, const struct stop_source *stop);

/* Tear-down: also clears the scratch directory. */
int worker_case_remove(struct worker_case *test, void **state);

/* The driver sends a whole case, or a stop. */
void worker_case_post_work_unit(struct worker_case *test, int64_t id, int32_t case_index);
void worker_case_post_stop(struct worker_case *test);

/* One step of the worker: whether it finds something to do, and whether that is a stop. */
void worker_case_step(struct worker_case *test, bool worked, bool stopped);

/* Kind of the driver's next packet, 0 for none. */
int32_t worker_case_take(struct worker_case *test);

/* The driver's next packet is a report, after heartbeats if the machine is slow. */
struct work_report worker_case_take_report(struct worker_case *test);
