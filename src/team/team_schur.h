/* Ordered real Schur form W = Q T Q' of a matrix that the ranks of a grid share, with the same
 * contract and the same certificate as schur.h.
 *
 * Hessenberg reduction and QR iteration by ScaLAPACK (pdgehrd, pdormhr, pdhseqr; Granat, Kagstrom,
 * Kressner and Shao, Parallel library software for the multishift QR algorithm, ACM TOMS 41(4),
 * 2015). Its INFO proves nothing, so that every result is measured: one that fails is computed
 * again by schur_compute on the root, and says so. */
#pragma once

#include "core/status.h"
#include "kernel/experiment.h"
#include "kernel/spectral/schur.h"
#include "team/block_cyclic.h"

#include <stdbool.h>

/* Rows and columns that every process row and column of a grid should have of a matrix. */
enum { TEAM_LEAST_ROWS = 256 };

/* SCHUR_ROUTE_SCALAPACK where pdhseqr can be trusted to end, otherwise SCHUR_ROUTE_LOCAL: on one
 * row or column of three or more ranks, and with less than TEAM_LEAST_ROWS
 * (docs/known_problems.md). Pure. */
enum schur_route schur_route_planned(int n, int n_rows, int n_cols);

/* The largest usual grid of at most `size` ranks that can share a matrix of width n; 1 x 1 when
 * none can. Pure. */
void schur_team_grid(int n, int size, int *n_rows, int *n_cols);

struct team_schur {
    struct schur form; /* t and q NULL; all else on all ranks, with the same bits */
    struct block_cyclic t;
    struct block_cyclic q;
    enum schur_route route;
};

/* What tests change. */
struct team_schur_hook {
    bool share_small; /* ScaLAPACK whatever schur_route_planned says, if there are several ranks */
    /* Comes between ScaLAPACK and the certificate; collective like its caller. NULL for none. */
    enum status (*after_factor)(void *context, struct block_cyclic *t, struct block_cyclic *q,
                                struct error *error);
    void *context;
};

/* Factor, order and certify w, of a network with that leak; w's grid is borrowed for the life of
 * the result; released by team_schur_release. On failure nothing is left to release. Statuses are
 * those of schur_compute, the same on all ranks. w must be finite on all ranks: a NaN on one is
 * refused by all before ScaLAPACK sees it. The same grid and block give the same bits. Collective.
 */
MUST_CHECK enum status team_schur_compute(struct team_schur *schur, const struct block_cyclic *w,
                                          double leak, struct error *error);

/* The same with a hook, which may be NULL. Collective. */
MUST_CHECK enum status team_schur_compute_hooked(struct team_schur *schur,
                                                 const struct block_cyclic *w, double leak,
                                                 const struct team_schur_hook *hook,
                                                 struct error *error);

void team_schur_release(struct team_schur *schur);

/* "local", "scalapack" or "fallback". */
const char *schur_route_name(enum schur_route route);
