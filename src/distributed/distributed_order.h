/* Ordering of a shared real Schur form by the modulus of its eigenvalues. */
#ifndef SCHURSWEEP_DISTRIBUTED_DISTRIBUTED_ORDER_H
#define SCHURSWEEP_DISTRIBUTED_DISTRIBUTED_ORDER_H

#include "core/status.h"
#include "distributed/block_cyclic.h"

/* Orders t as order.h defines it, with q following, and standardises its 2x2 blocks: T is collected
 * on the root and ordered there, and Q multiplied by what the swaps amount to. work is scratch of
 * the same shape. *n_unswapped tells on all ranks how often dtrexc refused a swap. t must be
 * quasi-triangular. A root without memory: STATUS_INTERNAL on all. Collective. */
MUST_CHECK enum status distributed_order_gathered(struct block_cyclic *t, struct block_cyclic *q,
                                                  struct block_cyclic *work, int *n_unswapped,
                                                  struct error *error);

#endif
