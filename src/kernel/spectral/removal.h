/* Removals: what is taken out of T, and the matrix W~ = Q T~ Q' that is left. */
#pragma once

#include "core/coupling.h"
#include "kernel/spectral/schur.h"

#include <stddef.h>

/* The couplings of a set at a split, or any set of pairs of diagonal blocks (I, J), I < J. Entries
 * inside a diagonal block always stay. */
struct removal {
    int n_blocks; /* of sector R, the first ones; all n of them: no C */
    ablation_set set;
    const unsigned char *pairs; /* bit pair_number(I, J), borrowed; NULL: the set at the split */
    double strength; /* part of each entry that goes, above 0; 1 leaves zeros, more turns signs */
};

/* The whole of the couplings of a set at a split. */
static inline struct removal removal_of_set(int n_blocks, ablation_set set)
{
    return (struct removal){.n_blocks = n_blocks, .set = set, .strength = 1.0};
}

/* Pairs are numbered column after column of blocks: (0, 1), (0, 2), (1, 2), (0, 3), ... */
static inline size_t pair_number(int row_block, int col_block)
{
    return (size_t)col_block * (size_t)(col_block - 1) / 2 + (size_t)row_block;
}

static inline bool removal_takes(const struct removal *removal, int row_block, int col_block)
{
    if (removal->pairs != NULL) {
        const size_t pair = pair_number(row_block, col_block);
        return (removal->pairs[pair / 8] >> (pair % 8) & 1) != 0;
    }
    const enum coupling coupling = col_block < removal->n_blocks   ? COUPLING_RR
                                   : row_block < removal->n_blocks ? COUPLING_CR
                                                                   : COUPLING_CC;
    return ablation_has(removal->set, coupling);
}

/* What is left of an entry that a removal takes; never a negative zero, which adding 0 makes of
 * what underflows. */
static inline double removal_rest(const struct removal *removal, double entry)
{
    return removal->strength == 1.0 ? 0.0 : (1.0 - removal->strength) * entry + 0.0;
}

/* t_ablated[n, n] (column-major) = T without what the removal takes. Local. */
void removal_apply(const struct removal *removal, const struct schur *schur, double *t_ablated);

/* w[n, n] (row-major) = Q t_ablated Q'; work[n, n] is scratch. Local. */
void removal_weights(const struct schur *schur, const double *t_ablated, double *work, double *w);

/* |T - T~|_F / |T|_F; 0 for T = 0. Local. */
double removal_mass(const struct schur *schur, const double *t_ablated);
