/* Signs of life in the middle of an item, and the question whether to leave it. */
#ifndef SCHURSWEEP_WORKER_VITAL_SIGNS_H
#define SCHURSWEEP_WORKER_VITAL_SIGNS_H

#include "core/status.h"
#include "worker/watcher.h"

struct vital_signs {
    const struct work_watcher *watcher; /* of the present item; may be NULL */
    unsigned self_watch;                /* seconds without sign of life that end the process, 0
                                           never */
    double last;                        /* worker_clock() of the last sign */
};

/* A process that watches itself has so long from now on; and no longer watches itself. */
void vital_signs_wind(const struct vital_signs *signs);
void vital_signs_rest(const struct vital_signs *signs);

/* Tells the watcher when the last sign was a second ago. */
void vital_signs_give(struct vital_signs *signs);

/* STATUS_STOPPED when the watcher's stop is urgent. */
MUST_CHECK enum status vital_signs_check_stop(const struct vital_signs *signs, struct error *error);

#endif
