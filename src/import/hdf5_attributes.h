/* Attributes of HDF5 objects as notes. */
#pragma once

#include "import/table.h"

#include <hdf5.h>

/* Of a file. */
enum { HDF5_MAX_ATTRIBUTES = 2 * IMPORT_MAX_ENTRIES };

/* Adds a note for every attribute of numbers or text, under "<path>.<name>", or the name alone of
 * an object whose path is ""; '/' in the path is written as '.'. One with several values gives one
 * note for each text, and two for the smallest and the largest number. What can be neither, but has
 * a name that is about the dynamics, becomes an array that cannot be read. *n_left is how many
 * attributes may still be looked at; STATUS_INPUT when there are more. Local. */
MUST_CHECK enum status hdf5_add_attributes(struct import_table *table, hid_t object,
                                           const char *path, size_t *n_left, struct error *error);
