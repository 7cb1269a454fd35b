/* Ordering of a shared real Schur form by the modulus of its eigenvalues. */
#pragma once

#include "core/status.h"
#include "kernel/spectral/schur.h"
#include "team/block_cyclic.h"
#include "team/diagonal.h"

/* Orders t as reorder.h defines it, with q following, and standardises its 2x2 blocks first; in
 * windows on the diagonal (reorder_windows.h), so that no rank holds all of T. t must be finite and
 * quasi-triangular. diagonal is scratch; form, whose arrays are allocated, has its blocks and
 * certificate.n_unswapped overwritten. Moduli may be out of order by what the last pass rounds: the
 * certificate measures it. A rank without memory: STATUS_INTERNAL on all. Collective.
 *
 * Not pdtrord, which brings a selection to the top in no order (docs/known_problems.md). */
MUST_CHECK enum status team_reorder(struct block_cyclic *t, struct block_cyclic *q,
                                    struct diagonal *diagonal, struct schur *form,
                                    struct error *error);
