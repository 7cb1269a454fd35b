/* What back-propagation through time asks of one isa in one precision. Arrays typed void hold
 * doubles or floats, as the kernel's precision says.
 *
 * Trials lie side by side as in rollouts: a row of an array is one unit, channel or output of
 * `width` trials, and each trial stays in its lane through all steps, forward and back. `width` is
 * one strip of STRIP_BYTES or several; of a strip the lanes are those in which the gradient of a
 * weight is summed up, and strips take turns at two totals: so the order of all sums is the same
 * for every isa. */
#pragma once

#include "core/cell.h"
#include "core/isa.h"
#include "core/network.h"
#include "core/sweep.h"
#include "kernel/tasks/task.h"
#include "kernel/training/bptt.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    STRIP_BYTES = 64, /* of one row: the longest vector */
    STRIP_MOST = STRIP_BYTES / (int)sizeof(float),
    TOTALS = 2,      /* of even and of odd strips */
    TIME_BLOCK = 64, /* most steps whose products are summed before they are added to a total */
};

/* Units in panels of two sizes, so that few are padding: `n_main` panels, then `n_rest` smaller
 * ones. */
struct bptt_panels {
    size_t n_main;
    size_t n_rest;
};

/* Sizes that network, batch and kernel decide. Step t takes h_{t-1} and x_t and is answered by e_t
 * = d loss / d y_t. The rows whose products are the gradients are
 *
 *     A_t = [D_t of sums without units | D_t of the other sums | e_{t-1}]
 *     B_t = [x_t | 1 where biases are trained | h_{t-1}]
 *
 * where D_t = d loss / d sum: the sum of A_t B_t' over steps and trials has them all. Steps follow
 * each other in memory at an odd number of cache lines where rows have an even one: the rows that
 * a tile of the gradient reads at every step then share the sets of the first cache. */
struct bptt_sizes {
    size_t n_steps;
    size_t n_hidden;
    size_t n_in;
    size_t n_out;
    size_t has_bias;
    size_t n_rows;         /* sums of a unit */
    size_t n_inputs_alone; /* of them without units: the first ones */
    struct bptt_panels forward;
    struct bptt_panels backward;
    size_t n_padded;     /* units of all panels, of the longer of both */
    size_t unit_row;     /* of B where h begins */
    size_t step_a;       /* values from A of one step to A of the next */
    size_t step_b;       /* likewise */
    size_t carried_step; /* likewise of c; 0 where one place is enough */
    size_t work_row; /* values from one row of a step's work to the next, and from step to step */
    size_t work_step;
    size_t rows_a; /* rounded up to whole tiles, as rows_b */
    size_t rows_b;
    size_t block_steps; /* of each block of time but the last */
    size_t gradient_stride;
};

struct bptt_job {
    struct bptt_sizes sizes;
    const struct cell *cell;
    void *forward;   /* panels [b | U | W] as in tile_job */
    void *backward;  /* panels of units [W_hy' | W' of the sums with units] */
    void *readout;   /* [n_hidden, n_out], then b_y[n_out] */
    void *inputs;    /* [groups, n_steps, n_in, width]; in a run of one group its own, as below */
    void *targets;   /* [groups, n_steps, n_out, width] */
    void *counted;   /* [groups, n_steps, width] 1 or 0 */
    void *errors;    /* [n_steps, n_out, width] e_t */
    void *rows_a;    /* [TIME_BLOCK] steps of [rows_a, width]: A of a block of time */
    void *rows_b;    /* [n_steps + 1] steps of [unit_row + n_padded, width] or more: B */
    void *work;      /* [n_steps] steps of n_work rows; NULL where sums become the states */
    void *carried;   /* c of an lstm, as the states; v of the current form, one step; or NULL */
    void *kept;      /* [n_padded, width] what a step hands to the one before */
    void *d_state;   /* [n_padded, width] */
    double *totals;  /* [TOTALS, rows_b, gradient_stride] B A' */
    double *losses;  /* [TOTALS * STRIP_MOST] sums of squares of each lane */
    double share;    /* d loss / d (sum of squares) */
    size_t n_strips; /* before this group */
};

struct bptt_kernel {
    size_t width;     /* trials of a group */
    size_t main_rows; /* sums of a panel that stay in registers */
    size_t rest_rows;
    size_t tile_a;
    size_t tile_b;
    /* Units of a main or rest panel of such a cell. */
    size_t (*units)(enum cell_kind kind, bool is_main);
    /* The weights in float64 to panels and read-out. */
    void (*load_weights)(const struct bptt_job *job, const struct network *network);
    /* Trials first .. first + BPTT_TRIALS to their columns, `first` a multiple of it; from
     * n_counting on the columns repeat the last one, or the first, and count nothing. */
    void (*load_trials)(const struct bptt_job *job, size_t first, const struct task_trial *trials,
                        size_t n_counting);
    /* All steps of one group: adds to totals and losses. */
    void (*run)(const struct bptt_job *job);
};

/* The kernel of an isa that is available. All of its functions are local. */
const struct bptt_kernel *bptt_kernel_find(enum isa path, enum precision precision);

extern const struct bptt_kernel BPTT_PORTABLE[2]; /* [enum precision] */
extern const struct bptt_kernel BPTT_AVX2[2];
extern const struct bptt_kernel BPTT_AVX512[2];
