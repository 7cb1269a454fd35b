/* From the chosen arrays to a network: shapes, orientation, sums. */
#ifndef SCHURSWEEP_IMPORT_WEIGHTS_H
#define SCHURSWEEP_IMPORT_WEIGHTS_H

#include "core/network.h"
#include "import/refusals.h"

/* What was done with a matrix, to be said. */
enum import_turn {
    TURN_NONE,        /* as it is, and there was no other way */
    TURN_BY_SHAPE,    /* transposed: it fits no other way */
    TURN_BY_NAME,     /* transposed: its name means x W */
    TURN_BY_USER,     /* transposed on demand */
    TURN_NONE_ASSUMED /* fits both ways, taken as it is */
};

/* Makes the network. `square` decides about a matrix that fits both ways and whose name does not
 * tell; when it is unknown, such a matrix is taken as it is, but refused beside one that only fits
 * transposed. turns[] is filled for the three matrices. On success *network is released by
 * network_release. STATUS_INPUT names the array, what was found and what was expected. Local. */
MUST_CHECK enum status import_weights(const struct import_table *table,
                                      const struct import_parts *parts,
                                      const struct import_dynamics *dynamics,
                                      enum orientation square, struct network *network,
                                      enum import_turn turns[IMPORT_READOUT + 1],
                                      struct error *error);

#endif
