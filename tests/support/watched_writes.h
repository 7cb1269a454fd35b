/* Every H5Dwrite of a program that wraps it is seen, and the k-th can be made the last one, as if
 * the process had been killed there. */
#pragma once

#include <hdf5.h>

enum { WATCHED_WRITES_MAX = 1024, NEVER = 1 << 20 };

/* From now on; the first `last` writes happen. What is written must lie side by side in the file.
 */
void watch_writes(int last);

/* What has been written since: the datasets, in order. */
extern hid_t written[WATCHED_WRITES_MAX];
extern int n_writes;
