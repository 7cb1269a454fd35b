/* What a rollout asks of one isa in one precision. Arrays typed void hold doubles or
 * floats, as the kernel's precision says. */
#pragma once

#include "core/cell.h"
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

/* A network of any cell (core/cell.h) on one tile of trials: of an rnn without a leak,
 *
 *     h_t = f(b_h + W_ih x_t + W_hh h_{t-1}),    y_t = b_y + W_hy h_t,    t = 1 .. n_steps.
 *
 * States, inputs and outputs of a step have a row per unit or channel and a column per trial: a
 * vector is LANES neighbouring trials of one row, and each trial stays in its lane from the first
 * step to the last. Weights lie in panels in the order in which they are read,
 *
 *     recurrent: [b | U | W] of units p .. p + units         = rows + n_in input_rows + n_hidden
 *                                                              unit_rows values for each unit
 *     readout:   [b_y | W_hy] of outputs p .. p + rows       = [1 + n_hidden, rows]
 *
 * column after column, so that a panel is one stream and each loaded vector meets the weights of
 * all rows. In a column the rows of the cell (cell_parts: all of them in b, in U those of inputs,
 * in W those of units) follow each other, each with one weight per unit of the panel. A recurrent
 * panel that is not full is padded with zeros. */
struct tile_job {
    const struct cell *cell;
    size_t n_hidden;
    size_t n_in;
    size_t n_out;
    size_t n_steps;
    const void *recurrent; /* panels of CELL_UNITS units */
    const void *readout;   /* panels of READOUT_ROWS rows, the last with what is left */
    const void *h0;        /* [n_hidden]; v_0 of the current form */
    const void *c0;        /* [n_hidden] of an lstm, else NULL */
    const void *initial;   /* [n_hidden, tile] of each trial in the place of h0, or NULL */
    const void *inputs;    /* [n_steps, n_in, tile] */
    const double *targets; /* [n_steps, n_out, tile] */
    const double *mask;    /* [n_steps, tile] 1 where the step counts, 0 elsewhere */
    const void *reference; /* [n_steps, n_out, tile] to measure the change from, or NULL */
    void *outputs;         /* [n_steps, n_out, tile] to keep the outputs in, or NULL */
    void *state;           /* [n_hidden rounded up to whole panels, tile] */
    void *next;            /* the same */
    void *carried;         /* the same: v of the current form, c of an lstm; else NULL */
    void *sums; /* [n_work, n_hidden, tile] where BLAS multiplies for a cell of several rows */
    void *step_output;   /* [n_out, tile] scratch where they are not kept */
    bool counts_signs;   /* n_right counts outputs with the sign of their target */
    bool counts_largest; /* n_right counts steps; otherwise it stays 0 */
    int n_trials;        /* of the tile; the columns after them are not computed */
    struct tile_score *score;
};

enum { READOUT_ROWS = 4 };

/* Units of a panel of so many sums, of a cell with `rows` of them a unit. */
#define CELL_UNITS(panel_rows, rows) ((panel_rows) < (rows) ? 1 : (panel_rows) / (rows))

struct rollout_kernel {
    size_t panel_rows;
    /* All steps of one tile. */
    void (*run)(const struct tile_job *job);
    /* Outputs and sums of one step, from states[n_hidden, tile] with rows `stride` values apart. */
    void (*score_step)(const struct tile_job *job, size_t step, const void *states, size_t stride);
    /* [count] values of neighbouring trials, whole rows of tiles: initial states become what the
     * first product takes, and sums[rows, count] of the cell's rows, `next` itself when it has one,
     * become new states; carried may be NULL where the cell carries nothing. */
    void (*begin)(const struct cell *cell, void *state, void *carried, size_t count);
    void (*update)(const struct cell *cell, void *sums, const void *state, void *next,
                   void *carried, size_t count);
    /* f in place, of any count. Each value depends on itself alone. */
    void (*activate)(void *values, size_t count, enum activation activation);
};

/* The kernel of an isa that is available. All of its functions are local. */
const struct rollout_kernel *rollout_kernel_find(enum isa path, enum precision precision);

extern const struct rollout_kernel ROLLOUT_PORTABLE[2]; /* [enum precision] */
extern const struct rollout_kernel ROLLOUT_AVX2[2];
extern const struct rollout_kernel ROLLOUT_AVX512[2];
