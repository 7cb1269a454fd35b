/* Preloaded into the program: from its n-th write on, a file can no longer be written, for tests of
 * disks that fail under a sweep.
 *
 * WRITE_FAULT: eio, eintr, enospc, or short (half of it is written). WRITE_FAULT_FILE: a glob for
 * the whole path. WRITE_FAULT_AT: n, 1 by default. WRITE_FAULT_RANK: only there. WRITE_FAULT_ONCE:
 * only that one write. */
#include "support/preload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static long count;

static int is_watched(int descriptor)
{
    const char *const rank = getenv("WRITE_FAULT_RANK");
    const char *const own_rank = getenv("OMPI_COMM_WORLD_RANK");
    return preload_matches(descriptor, getenv("WRITE_FAULT_FILE")) &&
           (rank == NULL || (own_rank != NULL && strcmp(rank, own_rank) == 0));
}

static int is_faulty(int descriptor)
{
    const char *const at = getenv("WRITE_FAULT_AT");
    const long first = at != NULL ? atol(at) : 1;
    if (getenv("WRITE_FAULT") == NULL || !is_watched(descriptor)) {
        return 0;
    }
    count++;
    return getenv("WRITE_FAULT_ONCE") != NULL ? count == first : count >= first;
}

/* What is left of a write of that size: -1 with errno, or half of it. */
static ssize_t fail(size_t size)
{
    const char *const fault = getenv("WRITE_FAULT");
    if (strcmp(fault, "short") == 0) {
        return (ssize_t)(size / 2);
    }
    errno = strcmp(fault, "eintr") == 0 ? EINTR : strcmp(fault, "enospc") == 0 ? ENOSPC : EIO;
    return -1;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t place)
{
    const ssize_t allowed = is_faulty(descriptor) ? fail(size) : (ssize_t)size;
    return allowed <= 0 ? allowed : PRELOAD_NEXT(pwrite)(descriptor, bytes, (size_t)allowed, place);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t place)
{
    const ssize_t allowed = is_faulty(descriptor) ? fail(size) : (ssize_t)size;
    return allowed <= 0 ? allowed
                        : PRELOAD_NEXT(pwrite64)(descriptor, bytes, (size_t)allowed, place);
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    const ssize_t allowed = is_faulty(descriptor) ? fail(size) : (ssize_t)size;
    return allowed <= 0 ? allowed : PRELOAD_NEXT(write)(descriptor, bytes, (size_t)allowed);
}

ssize_t pwritev(int descriptor, const struct iovec *pieces, int n_pieces, off_t place)
{
    if (is_faulty(descriptor)) {
        return fail(0) < 0 ? -1 : PRELOAD_NEXT(pwritev)(descriptor, pieces, n_pieces / 2, place);
    }
    return PRELOAD_NEXT(pwritev)(descriptor, pieces, n_pieces, place);
}
