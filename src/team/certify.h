/* How well a shared Schur form fits its matrix, as schur.h defines it. The statuses are those of
 * block_cyclic_norm. */
#ifndef SCHURSWEEP_TEAM_CERTIFY_H
#define SCHURSWEEP_TEAM_CERTIFY_H

#include "core/status.h"
#include "team/block_cyclic.h"

/* |W - Q T Q'|_F / |W|_F; 0 for W = 0. product holds W and is overwritten; work is scratch.
 * Collective. */
MUST_CHECK enum status measure_residual(const struct block_cyclic *t, const struct block_cyclic *q,
                                        struct block_cyclic *work, struct block_cyclic *product,
                                        double *residual, struct error *error);

/* |Q'Q - I|_F / sqrt(n); work is scratch. Collective. */
MUST_CHECK enum status measure_orthogonality_loss(const struct block_cyclic *q,
                                                  struct block_cyclic *work,
                                                  double *orthogonality_loss, struct error *error);

#endif
