/* NumPy's arrays as Flax puts them into MessagePack. */
#pragma once

#include "import/msgpack/msgpack.h"
#include "import/table.h"

/* Adds the array of an extension: its data are a list of shape, dtype and elements row by row. What
 * is none, or has another dtype than numbers, becomes an array that cannot be read. The place of
 * one that can be is a struct flax_place. Local. */
MUST_CHECK enum status flax_add_ndarray(struct import_table *table, const char *name,
                                        const struct msgpack_item *item, struct error *error);

/* Values of such an array into values[count]; its bytes must still be there. */
void flax_load_ndarray(const struct import_array *array, double *values);
