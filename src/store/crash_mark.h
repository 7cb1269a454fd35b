/* A process that crashes says in the results file what it was working on, so that the work unit is
 * not tried for ever. One process works on one work unit at a time. */
#pragma once

#include "core/status.h"
#include "core/stop.h"

#include <sys/types.h>

/* Installs handlers of SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT over those that are there, which
 * are called afterwards; `path` is opened for writing. Local. */
MUST_CHECK enum status crash_mark_begin(const char *path, struct error *error);

/* Takes the handlers away and closes the file. */
void crash_mark_end(void);

/* From now on a crash adds one to the byte at `place` of the file; -1 or disarm: to none.
 * `attempts` is the byte that counts the work unit among those in flight; -1: none does. */
void crash_mark_arm(off_t place, off_t attempts);
void crash_mark_disarm(void);

/* For a process that nobody watches: unless called again within that time, a timeout is added to
 * the byte after the armed one and the process ends with STATUS_STOPPED. 0 ends the watch. Time for
 * which the process is suspended does not count. */
void crash_mark_watch(unsigned seconds);

/* For the same process, which may be in the middle of a Schur form: when an urgent wish has not
 * ended it after about a second, it ends itself with STATUS_STOPPED, and the armed work unit counts
 * as cut off before its first result. The source is asked in a signal handler. NULL: no longer. */
void crash_mark_obey(const struct stop_source *stop);
