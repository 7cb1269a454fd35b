/* Variable-length strings of a file that cannot be trusted. */
#pragma once

#include "core/status.h"

#include <hdf5.h>

/* Reads all `count` strings of a contiguous dataset of variable-length strings in one block, each
 * *stride bytes with its NUL; *texts is released by free. They are read from the bytes of the file
 * of that path, since HDF5 itself follows damaged references out of its memory. STATUS_DAMAGED when
 * a string does not lie in the file or has more than `longest` bytes. Local. */
MUST_CHECK enum status h5_read_texts(hid_t dataset, const char *path, const char *name,
                                     size_t count, size_t longest, char **texts, size_t *stride,
                                     struct error *error);
