/* What a rollout asks of one vector path in one precision. Arrays typed void hold doubles or
 * floats, as the kernel's precision says. */
#ifndef SCHURSWEEP_KERNEL_DYNAMICS_ROLLOUT_KERNEL_H
#define SCHURSWEEP_KERNEL_DYNAMICS_ROLLOUT_KERNEL_H

#include "core/isa.h"
#include "core/sweep.h"
#include "kernel/dynamics/packed_trials.h"

#include <stdbool.h>
#include <stddef.h>

/* Sums of each trial of a tile over its steps. Counts are doubles so that all of them fill vectors
 * in the same way. */
struct tile_score {
    double squared_error[TILE_MOST];
    double squared_change[TILE_MOST];
    double n_right[TILE_MOST];
    double n_finite[TILE_MOST]; /* steps before the first NaN or Inf */
    double finite[TILE_MOST];   /* 1 until then, 0 after it */
};

/* A network on one tile of trials. Both weight arrays are panels of rows: of each panel first its
 * biases, then its columns one after the other; a panel that is not full is padded with zeros. */
struct tile_job {
    size_t n_hidden;
    size_t n_in;
    size_t n_out;
    size_t n_steps;
    const void *recurrent; /* panels of panel_rows rows: b_h, W_ih, W_hh */
    const void *readout;   /* panels of READOUT_ROWS rows, the last with what is left: b_y, W_hy */
    const void *h0;        /* [n_hidden] */
    const void *inputs;    /* [n_steps, n_in, tile] */
    const double *targets; /* [n_steps, n_out, tile] */
    const double *counted; /* [n_steps, tile] */
    const void *reference; /* [n_steps, n_out, tile] to measure the change from, or NULL */
    void *answers;         /* [n_steps, n_out, tile] to keep the answers in, or NULL */
    void *state;           /* [n_hidden rounded up to whole panels, tile] */
    void *next;            /* the same */
    void *output;          /* [n_out, tile] */
    bool counts_signs;     /* otherwise n_right stays 0 */
    int n_trials;          /* of the tile; the columns after them are not computed */
    struct tile_score *score;
};

enum { READOUT_ROWS = 4 };

struct rollout_kernel {
    size_t panel_rows;
    /* All steps of one tile. */
    void (*run)(const struct tile_job *job);
    /* Answers and sums of one step, from states[n_hidden, >= n_trials] with rows `stride` apart. */
    void (*answer)(const struct tile_job *job, size_t step, const void *states, size_t stride);
    /* In place; count is a multiple of a tile's width. */
    void (*tanh)(void *values, size_t count);
};

/* The kernel of a path that is available. */
const struct rollout_kernel *rollout_kernel_find(enum isa path, enum precision precision);

extern const struct rollout_kernel ROLLOUT_PORTABLE[2]; /* [enum precision] */
extern const struct rollout_kernel ROLLOUT_AVX2[2];
extern const struct rollout_kernel ROLLOUT_AVX512[2];

#endif
