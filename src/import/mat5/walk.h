/* The arrays of a MATLAB file of version 5 to 7. */
#pragma once

#include "import/mat5/element.h"
#include "import/table.h"

/* Adds the array of a matrix element, or those of the fields of a struct, named by `name`, or by
 * what stands in it where that is NULL. The values of an array stay where the element is. Local. */
MUST_CHECK enum status mat5_add_matrix(struct import_table *table, const struct mat5_cursor *from,
                                       const struct mat5_element *matrix, const char *name,
                                       int depth, struct error *error);

/* Values of an array that mat5_add_matrix has added into values[count]. */
MUST_CHECK enum status mat5_load(const struct import_array *array, double *values,
                                 struct error *error);
