/* The numbered variables of Keras 3, by the names that Keras gives them in its layers. */
#pragma once

#include "import/table.h"

/* Renames the arrays of a layer that is told by their number and shapes: "<layer>.vars.0" and so on
 * become "<layer>.kernel", "<layer>.recurrent_kernel" and "<layer>.bias". What optimizers and
 * generators of random numbers keep is marked as ignored; all else stays as it is. Local. */
MUST_CHECK enum status keras_name_arrays(struct import_table *table, struct error *error);
