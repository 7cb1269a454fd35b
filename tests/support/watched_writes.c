#include "support/watched_writes.h"

#include "support/check.h"
#include "support/wrapped.h"

enum { MAX_RANK = 8 };

WRAPPED(herr_t, H5Dwrite,
        (hid_t dataset, hid_t type, hid_t memory, hid_t space, hid_t transfer, const void *values),
        (dataset, type, memory, space, transfer, values))

hid_t written[WATCHED_WRITES_MAX];
int n_writes;
static int lives_until; /* number of the first write that does not happen */

/* Elements of a selection lie side by side: nothing but whole inner axes right of a partial one. */
static bool is_contiguous(hid_t space)
{
    hsize_t dims[MAX_RANK];
    hsize_t low[MAX_RANK];
    hsize_t high[MAX_RANK];
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    bool good = H5Sget_select_bounds(space, low, high) >= 0;
    int axis = 0;
    while (axis < rank && low[axis] == high[axis]) {
        axis++;
    }
    for (axis++; axis < rank; axis++) {
        good = good && low[axis] == 0 && high[axis] + 1 == dims[axis];
    }
    return good;
}

static herr_t watched_write(hid_t dataset, hid_t type, hid_t memory, hid_t space, hid_t transfer,
                            const void *values)
{
    const bool whole = space == H5S_ALL;
    assert_true(n_writes < WATCHED_WRITES_MAX);
    assert_true(whole || is_contiguous(space));
    written[n_writes++] = dataset;
    return n_writes > lives_until ? -1
                                  : __real_H5Dwrite(dataset, type, memory, space, transfer, values);
}

void watch_writes(int last)
{
    wrapped_H5Dwrite = watched_write;
    n_writes = 0;
    lives_until = last;
}
