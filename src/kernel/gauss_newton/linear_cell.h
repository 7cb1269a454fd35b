/* The update of a cell with its derivative (core/cell.h has the equations). Let x be what the
 * recurrent weights multiply and outputs are read from, h or f(v), and k what units carry from step
 * to step, h, v or c. For small changes dx, dk and dW_g of the weights of each gate g, with
 * s_g = W_g dx_{t-1} + dW_g x_{t-1},
 *
 *     dk_t = K_t dk_{t-1} + sum over g of A_gt s_g,    dx_t = B_t dk_t
 *
 * entry by entry; the gate that is `direct` adds A_gt s_g to dx_t and not to dk_t. Every cell is
 * four arrays of that kind, and whoever follows changes need not know which cell it is:
 *
 *     rnn, rate       k = x = h    K = 1 - a    A = a f'          B = 1
 *     rnn, current    k = v        K = 1 - a    A = a             B = f'(v)
 *     gru             k = x = h    K = z        A of r, z, n      B = 1
 *     lstm            k = c        K = f        A of i, f, g, o   B = o (1 - tanh^2 c), o is direct
 */
#pragma once

#include "core/cell.h"

#include <stddef.h>

/* One step of `count` values, units of trials; every array has that many. */
struct linear_step {
    const struct cell *cell;
    void (*activate)(void *values, size_t count, enum activation activation);
    size_t count;
    double *sums[CELL_MAX_ROWS]; /* of the rows of cell_parts; overwritten */
    const double *x;             /* before the step */
    const double *k;
    double *next_x; /* what it makes */
    double *next_k;
    double *gain[CELL_MAX_GATES]; /* A_g */
    double *keep;                 /* K */
    double *shape;                /* B */
};

struct linear_cell {
    int direct; /* a gate, or -1 */
    void (*step)(const struct linear_step *step);
};

/* Those of all kinds, in files of their own: LINEAR_CELL_<KIND>. */
#define CELL(id) extern const struct linear_cell LINEAR_CELL_##id;
#include "core/cells/cells.def"
#undef CELL
