/* From the chosen arrays to a network: shapes, orientation, sums. */
#pragma once

#include "core/network.h"
#include "import/checks/check.h"

/* Makes the network, zeroed before. `square` decides about a matrix that fits both ways and whose
 * name does not tell; when it is unknown, such a matrix is taken as it is, but refused beside one
 * that only fits transposed. The turn of each matrix is noted in its part. On failure too *network
 * is released by network_release. STATUS_INPUT names the array, what was found and what was
 * expected. Local. */
MUST_CHECK enum status import_weights(const struct import_table *table,
                                      const struct import_findings *findings,
                                      enum orientation square, struct import_parts *parts,
                                      struct network *network, struct error *error);
