/* Trials in the order in which the rollout reads them: tiles of trials side by side, so that a
 * vector holds the same channel of neighbouring trials. Packed once, used by every network that
 * meets the trials. Everything here is local. */
#pragma once

#include "core/sweep.h"
#include "core/trials.h"

enum {
    TILE_BYTES = 192, /* of one row of a tile: three of the longest vectors */
    TILE_FLOAT64 = TILE_BYTES / (int)sizeof(double),
    TILE_FLOAT32 = TILE_BYTES / (int)sizeof(float),
    TILE_MOST = TILE_FLOAT32
};

struct packed_trials {
    const struct trials *trials; /* borrowed */
    enum precision precision;
    int tile_width; /* trials of a tile; the last one may be partly empty */
    int n_tiles;
    void *inputs;    /* [n_tiles, n_steps, n_in, tile_width], of the precision */
    double *targets; /* [n_tiles, n_steps, n_out, tile_width] */
    double *mask;    /* [n_tiles, n_steps, tile_width], 1 counted, 0 ignored */
};

/* Borrows the trials for its life; released by packed_trials_release. STATUS_INTERNAL without
 * memory. */
MUST_CHECK enum status packed_trials_create(struct packed_trials *packed,
                                            const struct trials *trials, enum precision precision,
                                            struct error *error);
void packed_trials_release(struct packed_trials *packed);

/* Bytes that they take. */
size_t packed_trials_memory(const struct trials *trials, enum precision precision);

/* Bytes of an array's element. */
size_t precision_size(enum precision precision);

/* array[index] = value, for an array of the precision. */
void precision_put(void *array, enum precision precision, size_t index, double value);

/* array[index]. */
double precision_get(const void *array, enum precision precision, size_t index);
