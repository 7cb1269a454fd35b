/* Who is told how the work goes on, and may end it. */
#pragma once

#include "core/stop.h"

/* Told about once a second. */
struct work_watcher {
    void (*tell)(void *context, int step, int steps, double loss); /* of a training */
    void *context;
    void (*heartbeat)(void *context); /* of a sweep; may be NULL */
    struct stop_source stop; /* an urgent wish ends the work unit between two rollouts or steps */
};
