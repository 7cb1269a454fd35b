/* Which item goes to which worker next: a pure state machine without messages, clocks or files. */
#ifndef SCHURSWEEP_DRIVER_QUEUE_H
#define SCHURSWEEP_DRIVER_QUEUE_H

#include "comm/message.h"
#include "core/status.h"

#include <stdint.h>

struct queue;

struct queue_counts {
    int64_t n_jobs;      /* cells of the study */
    int64_t n_done;      /* of them done, here or before */
    int64_t n_failed;
    int64_t n_items;     /* items of this run */
    int64_t n_handed;    /* of them handed out so far */
    int64_t n_finished;  /* of them reported */
    int n_busy;          /* workers with an item in flight */
};

/* One item per case that has a cell with final[cell] == 0 (cells in case-major order). cost[n_cases]
 * orders them, the dearest first so that none of them is left for the end; equal costs keep the
 * study's order. n_done and n_failed are what the scan found. Workers are 1 .. n_workers. final and
 * cost are only read here. Released by queue_destroy. */
MUST_CHECK enum status queue_create(struct queue **out, int n_cases, int jobs_per_case,
                                    const unsigned char *final, const double *cost, int n_workers,
                                    int64_t n_done, int64_t n_failed, struct error *error);
void queue_destroy(struct queue **queue);

/* Next item for a worker, if it has less than `depth` in flight and any is left; *got tells. The
 * item is released by item_release. */
MUST_CHECK enum status queue_next(struct queue *queue, int worker, int depth, struct item *item,
                                  bool *got, struct error *error);

/* A worker reports. STATUS_INTERNAL when that worker does not have that item. */
MUST_CHECK enum status queue_report(struct queue *queue, int worker, const struct report *report,
                                    struct error *error);

/* True when every item has been reported. */
bool queue_is_finished(const struct queue *queue);

struct queue_counts queue_counts(const struct queue *queue);

#endif
