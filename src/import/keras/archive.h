/* Keras' .keras: a zip archive of a configuration and an HDF5 file. */
#pragma once

#include "import/archive.h"
#include "import/table.h"

bool keras_is_archive(const struct archive *archive);

/* Makes a table of the HDF5 format of such a file, which table->path names; the table has no state
 * yet. STATUS_INPUT for what is damaged, or too large to be read into memory. Local. */
MUST_CHECK enum status keras_open_archive(struct import_table *table, struct error *error);
