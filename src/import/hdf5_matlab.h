/* Files of MATLAB's save -v7.3 are HDF5: what their attributes say of an object. */
#pragma once

#include "import/table.h"

#include <hdf5.h>

enum { MATLAB_REASON_SIZE = 128 };

enum matlab_kind {
    MATLAB_NOT,     /* it says nothing of MATLAB */
    MATLAB_NUMBERS, /* of a full array, its axes in reverse order */
    MATLAB_TEXT,    /* a char array, a number for each letter */
    MATLAB_EMPTY,   /* an empty array: what is stored is its shape */
    MATLAB_OTHER    /* nothing that has an array of numbers for its values */
};

/* What a dataset or a group is. For MATLAB_OTHER `reason` says why its numbers are no array.
 * Local. */
enum matlab_kind hdf5_matlab_kind(hid_t object, char reason[MATLAB_REASON_SIZE]);

/* True for the groups in which MATLAB keeps what cells and objects refer to. */
bool hdf5_is_of_matlab(const char *path);

/* Adds the note of a char array of one row or column, its letters beyond ASCII as '?'; one of
 * several rows becomes an array that cannot be read. Its data are known to be in the file. Local.
 */
MUST_CHECK enum status hdf5_add_matlab_text(struct import_table *table, const char *name,
                                            hid_t dataset, struct error *error);
