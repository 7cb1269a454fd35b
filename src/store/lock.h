/* The lock of an output: two runs never write one file.
 *
 * `<output>.lock` carries two open-file-description byte-range locks (F_OFD_SETLK), which the
 * kernel drops when the process dies: byte 0 exclusive for the driver, byte 1 shared for every
 * rank, because ranks can outlive the driver by a second or two. The output itself carries the same
 * two far beyond its end: so they hold under all of its names, and when the lock file is removed.
 * Not on NFS, where Open MPI locks the whole file for every write. An output that is a symbolic
 * link has the lock of the file it leads to. A lock file that is a link or holds anything else is
 * left as it is. */
#pragma once

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

struct lock {
    int descriptor; /* of the lock file; -1 when not held */
    int output;     /* of the output itself; -1 when there was none yet */
    int64_t size;   /* of the output when it was locked: it stays the same */
};

#define LOCK_NONE ((struct lock){.descriptor = -1, .output = -1})

/* Called once when stragglers of a dead run still hold the file. */
typedef void (*lock_notice)(const char *output);

/* Rank 0: takes byte 0, waits up to 10 s for stragglers on byte 1, then shares byte 1; of the
 * output too, if there is one. STATUS_OUTPUT_TAKEN names the holder, or a lock file that is none of
 * this program; STATUS_IO a file system that gives no locks. Released by lock_release. */
MUST_CHECK enum status lock_take_driver(struct lock *lock, const char *output, lock_notice notice,
                                        struct error *error);

/* Rank 0, with the lock: when the output has been created or exchanged, it is locked as well. */
MUST_CHECK enum status lock_take_output(struct lock *lock, const char *output, struct error *error);

/* Every other rank, after the driver has its lock of lock file and output: shares byte 1 of both.
 */
MUST_CHECK enum status lock_take_worker(struct lock *lock, const char *output, struct error *error);

/* STATUS_IO when the output's name no longer leads to the file that was locked, or when that is
 * shorter than it was. Local. */
MUST_CHECK enum status lock_check(const struct lock *lock, const char *output, struct error *error);

void lock_release(struct lock *lock);

/* Releases the lock and removes its file, if that still has the name: for a run that has made no
 * output. */
void lock_discard(struct lock *lock, const char *output);

/* True while a driver holds the lock of `output`, under whatever name. Changes nothing. */
bool lock_is_held(const char *output);
