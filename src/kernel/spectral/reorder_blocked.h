/* Ordering of a real Schur form by blocks: the same order as schur_reorder, in a time that the
 * memory does not bound when the matrix is larger than the cache.
 *
 * Kressner, Block algorithms for reordering standard and generalized Schur forms, ACM TOMS 32(4),
 * 2006. */
#pragma once

#include "kernel/spectral/schur.h"

/* schur_compute takes the blocked way from this width on (docs/performance.md). */
enum { REORDER_BLOCKED_FROM = 129 };

/* Order schur->t, with schur->q following, and describe the result in blocks and n_blocks; any
 * width. certificate.n_unswapped tells how often dtrexc refused a swap. Swaps happen in windows on
 * the diagonal, and the rest of T and Q is multiplied by what they amount to; schur_reorder then
 * finds everything in place, or moves what rounding has changed meanwhile. STATUS_INTERNAL without
 * memory, before anything is changed. Local. */
MUST_CHECK enum status schur_reorder_blocked(struct schur *schur, struct error *error);
