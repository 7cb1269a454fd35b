/* Windows on the diagonal of a shared Schur form, for reorder_windows.h: the root sorts each of
 * them, and every rank multiplies its part of T and Q. No rank holds more than its part, some rows
 * and columns of a window, and the window. */
#pragma once

#include "core/status.h"
#include "kernel/spectral/reorder_windows.h"
#include "team/block_cyclic.h"

struct team_windows {
    struct block_cyclic *t; /* borrowed */
    struct block_cyclic *q; /* borrowed */
    double *strip;          /* [larger local axis of t and q, REORDER_WINDOW] */
    double *panel;          /* [REORDER_WINDOW, REORDER_WINDOW] */
    double *sums;           /* [REORDER_WINDOW, REORDER_WINDOW] */
};

/* Released by team_windows_release. A rank without memory: STATUS_INTERNAL on all. Collective. */
MUST_CHECK enum status team_windows_create(struct team_windows *windows, struct block_cyclic *t,
                                           struct block_cyclic *q, struct error *error);
void team_windows_release(struct team_windows *windows);

/* How schur_reorder_in_windows sees them; borrows `windows`. Its use is collective. */
struct reorder_matrix team_windows_matrix(struct team_windows *windows);

/* The parts of struct reorder_matrix, for windows that others sort. STATUS_INTERNAL when MPI fails.
 * Collective. */
MUST_CHECK enum status team_windows_load(void *windows, struct reorder_window *window,
                                         struct error *error);
MUST_CHECK enum status team_windows_share(void *windows, struct reorder_window *window,
                                          struct error *error);
MUST_CHECK enum status team_windows_apply(void *windows, const struct reorder_window *window,
                                          struct error *error);
