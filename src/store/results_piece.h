/* Writing one contiguous piece of a dataset of a results file; for the store alone. */
#ifndef SCHURSWEEP_STORE_RESULTS_PIECE_H
#define SCHURSWEEP_STORE_RESULTS_PIECE_H

#include "store/results_file.h"

struct piece {
    hsize_t start[RESULTS_MAX_AXES];
    hsize_t count[RESULTS_MAX_AXES];
};

/* values of `type`, count[0] * .. * count[rank - 1] of them; `name` is for the message.
 * Independent. */
MUST_CHECK enum status results_write_piece(const struct results *results, hid_t dataset,
                                           const char *name, int rank, const struct piece *piece,
                                           hid_t type, const void *values, struct error *error);

#endif
