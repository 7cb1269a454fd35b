/* Preloaded into the program: kills it just before its n-th change of some file, for tests that
 * want every such moment and not a random one.
 *
 * KILL_FILE: a glob for the whole path. KILL_AT_WRITE: n. Without it the process only tells, at its
 * end, how often it changed the file. */
#include "support/preload.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long count;

static void before_change(int descriptor)
{
    const char *const limit = getenv("KILL_AT_WRITE");
    if (preload_matches(descriptor, getenv("KILL_FILE"))) {
        count++;
        if (limit != NULL && count == atol(limit)) {
            (void)kill(getpid(), SIGKILL);
        }
    }
}

__attribute__((destructor)) static void tell_count(void)
{
    if (getenv("KILL_AT_WRITE") == NULL && count > 0) {
        (void)fprintf(stderr, "changes of the file: %ld\n", count);
    }
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t place)
{
    before_change(descriptor);
    return PRELOAD_NEXT(pwrite)(descriptor, bytes, size, place);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t place)
{
    before_change(descriptor);
    return PRELOAD_NEXT(pwrite64)(descriptor, bytes, size, place);
}

int ftruncate(int descriptor, off_t size)
{
    before_change(descriptor);
    return PRELOAD_NEXT(ftruncate)(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size)
{
    before_change(descriptor);
    return PRELOAD_NEXT(ftruncate64)(descriptor, size);
}

int fsync(int descriptor)
{
    before_change(descriptor);
    return PRELOAD_NEXT(fsync)(descriptor);
}
