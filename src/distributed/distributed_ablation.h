/* Sectors of a shared Schur form and its ablated matrices: what sector.h and ablation.h do for a
 * form in one memory, equal to it up to rounding. */
#ifndef SCHURSWEEP_DISTRIBUTED_DISTRIBUTED_ABLATION_H
#define SCHURSWEEP_DISTRIBUTED_DISTRIBUTED_ABLATION_H

#include "core/coupling.h"
#include "core/hash.h"
#include "core/status.h"
#include "distributed/distributed_schur.h"
#include "distributed/matrix_move.h"
#include "kernel/spectral/ablation.h"
#include "kernel/spectral/sector.h"

/* A form with the workspace of its ablations. */
struct distributed_ablation {
    const struct distributed_schur *schur; /* borrowed */
    struct block_cyclic t_ablated;
    struct block_cyclic work;
    int *block_start;       /* [n] by column: first row of its diagonal block */
    struct hash128 *hashes; /* [ranks] */
};

/* Two matrices of the form's shape; released by distributed_ablation_release. A rank without
 * memory: STATUS_INTERNAL on all. Collective. */
MUST_CHECK enum status distributed_ablation_create(struct distributed_ablation *ablation,
                                                   const struct distributed_schur *schur,
                                                   struct error *error);
void distributed_ablation_release(struct distributed_ablation *ablation);

/* sector_split_at, the same bits on all ranks. alpha in (0, 1]. Collective. */
MUST_CHECK enum status distributed_split_at(const struct distributed_ablation *ablation,
                                            double alpha, struct sector_split *split,
                                            struct error *error);

/* ablation_apply: t_ablated = T with the couplings of `set` zero. Local. */
void distributed_ablation_apply(struct distributed_ablation *ablation, int leading_dim,
                                ablation_set set);

/* |T - T~|_F / |T|_F for t_ablated; the same bits on all ranks. Collective. */
MUST_CHECK enum status distributed_removed_mass(const struct distributed_ablation *ablation,
                                                double *removed_mass, struct error *error);

/* Rows of Q t_ablated Q' for every rank that passes a taker, as matrix_spread; a rank that passes
 * NULL only computes its part. Overwrites t_ablated and work. Collective. */
MUST_CHECK enum status distributed_ablation_weights(struct distributed_ablation *ablation,
                                                    matrix_taker take, void *sink,
                                                    struct error *error);

/* ablation_plan_create, the same plan on all ranks. Overwrites t_ablated. Collective. */
MUST_CHECK enum status distributed_ablation_plan(struct ablation_plan *plan,
                                                 struct distributed_ablation *ablation,
                                                 const struct ablation_grid *grid,
                                                 struct error *error);

/* schur_departure; the same bits on all ranks. (schur_modulus_gap reads the blocks alone: it takes
 * schur->form.) Collective. */
MUST_CHECK enum status distributed_departure(const struct distributed_ablation *ablation,
                                             double *departure, struct error *error);

#endif
