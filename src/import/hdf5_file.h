/* The HDF5 format, for those who have an HDF5 file inside another one. */
#pragma once

#include "import/table.h"

#include <hdf5.h>

extern const struct import_format IMPORT_HDF5;

/* Makes a table of the HDF5 format from an open file, which belongs to the table in any case: adds
 * all its arrays and notes. The table has no state yet. STATUS_INPUT for what is damaged. Local. */
MUST_CHECK enum status hdf5_adopt(struct import_table *table, hid_t file, struct error *error);
