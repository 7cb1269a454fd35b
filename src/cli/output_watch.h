/* A run notices soon when its results file is exchanged, cut or removed under it. */
#pragma once

#include "core/stop.h"
#include "store/lock.h"

struct output_watch {
    struct stop_source inner; /* what else may stop the run */
    const struct lock *lock;
    const char *output;
    double next_look; /* clock_seconds() */
    bool is_lost;
};

/* Wishes what `inner` wishes, and an urgent stop within a second of the loss of the file. The watch
 * must stay where it is. Local. */
struct stop_source output_watch_source(struct output_watch *watch);
