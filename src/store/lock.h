/* The lock beside an output: two runs never write one file.
 *
 * `<output>.lock` carries two open-file-description byte-range locks (F_OFD_SETLK), which the
 * kernel drops when the process dies: byte 0 exclusive for the driver, byte 1 shared for every
 * rank, because ranks can outlive the driver by a second or two. An output that is a symbolic link
 * has the lock of the file it leads to. A lock file that is a link or holds anything else is left
 * as it is. */
#pragma once

#include "core/status.h"

struct lock {
    int descriptor; /* -1 when not held */
};

/* Called once when stragglers of a dead run still hold the file. */
typedef void (*lock_notice)(const char *output);

/* Rank 0: takes byte 0, waits up to 10 s for stragglers on byte 1, then shares byte 1.
 * STATUS_OUTPUT_TAKEN names the holder, or a lock file that is none of this program. Released by
 * lock_release. */
MUST_CHECK enum status lock_take_driver(struct lock *lock, const char *output, lock_notice notice,
                                        struct error *error);

/* Every other rank, after the driver has its lock: shares byte 1. */
MUST_CHECK enum status lock_take_worker(struct lock *lock, const char *output, struct error *error);

void lock_release(struct lock *lock);

/* Releases the lock and removes its file: for a run that has made no output. */
void lock_discard(struct lock *lock, const char *output);

/* True while a driver holds the lock of `output`. Changes nothing. */
bool lock_is_held(const char *output);
