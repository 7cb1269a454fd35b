/* The study of a results file: what determines its numbers, as attributes and small datasets. For
 * the store alone; results_read_sweep reads it back. */
#pragma once

#include "core/sweep.h"

#include <hdf5.h>

/* Attributes of the root and the group /tasks of a new file; false on failure, with HDF5's error
 * stack filled. Local. */
bool results_write_study(hid_t file, const struct sweep *sweep);
