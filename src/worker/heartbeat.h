/* Who is told how a work unit goes on, and may end it. */
#pragma once

#include "core/status.h"
#include "core/stop.h"

/* Told about once a second. */
struct work_watcher {
    void (*tell)(void *context, int step, int steps, double loss); /* of a training */
    void *context;
    void (*heartbeat)(void *context); /* of a sweep; may be NULL */
    struct stop_source stop; /* an urgent wish ends the work unit between two rollouts or steps */
};

struct heartbeat {
    const struct work_watcher *watcher; /* of the present work unit; may be NULL */
    unsigned self_watch;                /* seconds without a heartbeat that end the process, 0
                                           never */
    double last;                        /* clock_seconds() of the last one */
};

/* A process that watches itself ends unless this is called again within self_watch seconds; it no
 * longer watches itself. Local. */
void heartbeat_watch(const struct heartbeat *heartbeat);
void heartbeat_unwatch(const struct heartbeat *heartbeat);

/* Tells the watcher, at most once a second; STATUS_STOPPED when its stop is urgent. `heartbeat` is
 * a struct heartbeat (its type is that of experiment.go_on). Local. */
MUST_CHECK enum status heartbeat_go_on(void *heartbeat, struct error *error);
