/* Real Schur form of a shared matrix by ScaLAPACK, as it leaves it: in no order. */
#pragma once

#include "core/status.h"
#include "team/block_cyclic.h"

/* t holds the matrix and becomes T, q becomes Q: pdgehrd, pdormhr on the identity, pdhseqr. Entries
 * below the subdiagonal are zero, blocks may not be standardised, and nothing says that the result
 * is right: INFO = 0 proves little. STATUS_JOB_SCHUR_FAILED when INFO is not 0 on some rank. The
 * entries must be finite. Collective; fails on all ranks alike. */
MUST_CHECK enum status team_factor(struct block_cyclic *t, struct block_cyclic *q,
                                   struct error *error);
