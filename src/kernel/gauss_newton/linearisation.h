/* A network linearised along its trajectory, on some trials at a time: states, outputs, and the
 * coefficients of linear_cell.h, in float64 whatever the precision of rollouts. Everything here is
 * local. */
#pragma once

#include "core/isa.h"
#include "core/network.h"
#include "core/trials.h"
#include "kernel/gauss_newton/linear_cell.h"

struct linearisation {
    const struct network *network; /* borrowed, as the trials */
    const struct trials *trials;
    const struct linear_cell *cell;
    void (*activate)(void *values, size_t count, enum activation activation);
    int most;                     /* trials that it has room for */
    int count;                    /* that it holds */
    int *list;                    /* [most] their numbers in trials */
    double *x;                    /* [n_steps + 1, count, n_hidden] row-major, as all that follow */
    double *k;                    /* [2, count, n_hidden]: before and after a step */
    double *sums[CELL_MAX_ROWS];  /* [count, n_hidden] of one step */
    double *inputs;               /* [count, n_in] of one step */
    double *outputs;              /* [n_steps, count, n_out] */
    double *gain[CELL_MAX_GATES]; /* [n_steps, count, n_hidden] each: A */
    double *keep;                 /* likewise K */
    double *shape;                /* likewise B */
};

/* Room for `most` trials, or for as many as `bytes` allow, at least one. Network and trials are
 * borrowed for its life; released by linearisation_release, on failure already. STATUS_INTERNAL
 * without memory. */
MUST_CHECK enum status linearisation_create(struct linearisation *linear,
                                            const struct network *network,
                                            const struct trials *trials, enum isa isa, int most,
                                            size_t bytes, struct error *error);
void linearisation_release(struct linearisation *linear);

/* Goes to the trials first, first + stride, ... of which `count` are left, as many as there is room
 * for, and returns how many these are. */
int linearisation_move(struct linearisation *linear, int first, int stride, int count);
