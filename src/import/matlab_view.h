/* How MATLAB shows an array, and how its file stores it: with the axes in reverse order. */
#pragma once

#include "import/parts.h"

/* What --transposed says of the matrices as they are in the table. Who has looked into a file of
 * MATLAB with other programs sees them turned and says yes: where the file has MATLAB's attributes,
 * and the shapes say that nothing is left to turn, this is "no", and *remark says why. All else is
 * `square` itself. */
enum orientation import_matlab_view(const struct import_table *table,
                                    const struct import_parts *parts, enum orientation square,
                                    const char **remark);
