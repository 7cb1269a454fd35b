/* The driver's loop: hand out, take reports, show progress, sleep in between, stop in time. */
#pragma once

#include "comm/comm.h"
#include "core/stop.h"
#include "driver/progress.h"
#include "driver/queue.h"

/* Work units a worker has at once: it computes one while the next is on its way. Of work units that
 * take less than a few milliseconds it has more, as long as its fair share of what is left allows.
 */
enum { DRIVER_DEPTH = 2, DRIVER_MAX_DEPTH = 32 };

enum journal_event {
    UNIT_HANDED,
    UNIT_ENDED,
    UNIT_RETURNED, /* given back by no fault of its own */
    UNIT_CUT_OFF,  /* the same, after work that gave no result */
    UNIT_STALLED
};

/* Where the work units in flight are remembered, so that one that ends or stalls its worker is
 * known at the next start. `index` is a case, or the model of a training. */
struct work_journal {
    enum status (*note)(void *context, enum journal_event event, enum work_kind kind, int index,
                        struct error *error);
    void *context;
    /* How far the training of a model is; NULL for `news`: it has ended well. May be NULL. */
    enum status (*training)(void *context, int model, const struct training_progress *news,
                            struct error *error);
};

struct driver_options {
    struct stop_source stop;
    double end_time;      /* clock_seconds() by which work units are to end; or INFINITY */
    double stall_timeout; /* seconds a worker without work units may owe an answer; or INFINITY */
    const struct work_journal *journal; /* NULL: nothing is remembered */
    /* The seconds for a worker at that work unit, `index` as in the log; or INFINITY. Asked when
     * the work unit is handed out. NULL: `stall_timeout`. */
    double (*unit_timeout)(const void *context, enum work_kind kind, int index);
    const void *timeout_context;
    /* Whether the process of a worker that does not answer is known to live: then its work unit is
     * not what ended it. NULL: nothing is known. */
    bool (*is_alive)(void *context, int worker);
    void *alive_context;
};

/* Runs the queue to its end over the workers of `comm`, then tells them to stop, whatever happened,
 * and waits for their goodbyes. STATUS_STOPPED when a wish to stop came, when nothing that is left
 * fits into the time, or when a worker has stalled. The status of a worker that could not go on is
 * returned with its message. *abandoned: some worker has not said goodbye and may never answer, so
 * that no collective call may follow; the status is not STATUS_OK. Rank 0. */
MUST_CHECK enum status driver_run(struct comm *comm, struct queue *queue, struct progress *progress,
                                  const struct driver_options *options, bool *abandoned,
                                  struct error *error);
