/* Sectors of a shared Schur form and its ablated matrices: what split.h and removal.h do for a
 * form in one memory, equal to it up to rounding. */
#pragma once

#include "core/hash.h"
#include "core/status.h"
#include "kernel/spectral/ablation_plan.h"
#include "kernel/spectral/split.h"
#include "team/matrix_move.h"
#include "team/team_schur.h"

/* One of the forms with the workspace of its ablations. */
struct team_part {
    const struct team_schur *schur; /* borrowed */
    struct block_cyclic t_ablated;
    struct block_cyclic work;
    int *block_of;      /* [n] number of the diagonal block of a row or column */
    const int *numbers; /* [n_blocks] what these blocks are in the form of all, increasing */
};

/* One form, or several that are taken apart together, as schur_join does it in one memory; T and Q
 * of each stay apart. */
struct team_ablation {
    int count;
    struct team_part parts[CELL_MAX_GATES];
    const struct schur *form; /* of all: blocks, eigenvalues and norms */
    struct schur joint;       /* that form, of several */
    int *numbers;             /* [count, n] */
    struct hash128 *hashes;   /* [count, ranks] */
};

/* schur[count], borrowed, of one shape; two matrices of it for each. Must not move; released by
 * team_ablation_release. A rank without memory: STATUS_INTERNAL on all. Collective. */
MUST_CHECK enum status team_ablation_create(struct team_ablation *ablation,
                                            const struct team_schur *schur, int count,
                                            struct error *error);
void team_ablation_release(struct team_ablation *ablation);

/* split_at, the same bits on all ranks. alpha in (0, 1]. Collective. */
MUST_CHECK enum status team_split_at(const struct team_ablation *ablation, double alpha,
                                     struct split *split, struct error *error);

/* removal_apply. Local. */
void team_ablation_apply(struct team_ablation *ablation, const struct removal *removal);

/* |T - T~|_F / |T|_F for t_ablated, of all forms together; the same bits on all ranks. Collective.
 */
MUST_CHECK enum status team_removed_mass(const struct team_ablation *ablation, double *removed_mass,
                                         struct error *error);

/* Rows of Q t_ablated Q' of one of the forms for every rank that passes a taker, as matrix_spread;
 * a rank that passes NULL only computes its part. Overwrites its t_ablated and work. Collective. */
MUST_CHECK enum status team_ablation_weights(struct team_ablation *ablation, int part,
                                             matrix_taker take, void *sink, struct error *error);

/* ablation_plan_create, the same plan on all ranks. Overwrites t_ablated. Collective. */
MUST_CHECK enum status team_ablation_plan(struct ablation_plan *plan,
                                          struct team_ablation *ablation,
                                          const struct ablation_grid *grid, struct error *error);

/* schur_nonnormality; the same bits on all ranks. (schur_modulus_gap reads the blocks alone: it
 * takes the form of all.) Collective. */
MUST_CHECK enum status team_nonnormality(const struct team_ablation *ablation, double *nonnormality,
                                         struct error *error);
