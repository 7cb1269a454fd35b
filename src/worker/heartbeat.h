/* Heartbeats in the middle of a work unit, and the question whether to leave it. */
#ifndef SCHURSWEEP_WORKER_HEARTBEAT_H
#define SCHURSWEEP_WORKER_HEARTBEAT_H

#include "core/status.h"
#include "worker/watcher.h"

struct heartbeat {
    const struct work_watcher *watcher; /* of the present work unit; may be NULL */
    unsigned self_watch;                /* seconds without a heartbeat that end the process, 0
                                           never */
    double last;                        /* clock_seconds() of the last sign */
};

/* A process that watches itself has so long from now on; and no longer watches itself. */
void heartbeat_watch(const struct heartbeat *signs);
void heartbeat_unwatch(const struct heartbeat *signs);

/* Tells the watcher when the last sign was a second ago. */
void heartbeat_send(struct heartbeat *signs);

/* STATUS_STOPPED when the watcher's stop is urgent. */
MUST_CHECK enum status heartbeat_check_stop(const struct heartbeat *signs, struct error *error);

#endif
