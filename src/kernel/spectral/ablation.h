/* Ablated matrices: T~ = T with some couplings zero, W~ = Q T~ Q', and which of them are equal. */
#ifndef SCHURSWEEP_KERNEL_SPECTRAL_ABLATION_H
#define SCHURSWEEP_KERNEL_SPECTRAL_ABLATION_H

#include "core/coupling.h"
#include "core/hash.h"
#include "kernel/spectral/schur.h"
#include "kernel/spectral/sector.h"

/* t_ablated[n, n] (column-major) = T with the couplings of `set` zero. Couplings are the entries
 * strictly above the block diagonal: entries inside a 2x2 block stay. Local. */
void ablation_apply(const struct schur *schur, int n_r, ablation_set set, double *t_ablated);

/* w[n, n] (row-major) = Q t_ablated Q'; work[n, n] is scratch. Local. */
void ablation_weights(const struct schur *schur, const double *t_ablated, double *work, double *w);

/* |T - T~|_F / |T|_F; 0 for T = 0. */
double ablation_removed_mass(const struct schur *schur, const double *t_ablated);

/* One distinct T~ of a plan, and the first job that it stands for. */
struct ablation_variant {
    int n_r;
    ablation_set set;
    double removed_mass;
    bool is_full; /* nothing is removed: T~ = T, bit for bit */
};

/* What is asked for of every model. */
struct ablation_grid {
    const double *alphas; /* [n_alphas] ascending */
    int n_alphas;
    int n_partitions;         /* 0, or rows for the partitions of any model that comes: its width */
    const ablation_set *sets; /* [n_sets] */
    int n_sets;
};

enum { VARIANT_ABSENT = -1 };

/* All jobs of one model: every alpha, then every partition, with every ablation set;
 * job = row * n_sets + set. */
struct ablation_plan {
    int n_alphas;
    int n_rows; /* alphas and rows for partitions */
    int n_sets;
    struct sector_split *splits;         /* [n_alphas] */
    struct sector_partition *partitions; /* [n_partitions] of this model; NULL when not asked for */
    int n_partitions;
    struct ablation_variant *variants; /* [n_variants], variants[0] is the full model */
    int n_variants;
    int *variant_of_job; /* [n_rows * n_sets]; VARIANT_ABSENT beyond the model's partitions */
};

/* Compares the bits of all T~ (128-bit hashes). Released by ablation_plan_release. Local. */
MUST_CHECK enum status ablation_plan_create(struct ablation_plan *plan, const struct schur *schur,
                                            const struct ablation_grid *grid, struct error *error);

/* Where the T~ of a plan come from, for a form that does not lie in one memory. */
struct ablation_source {
    const struct schur *form; /* its blocks; T and Q may be elsewhere */
    enum status (*split)(void *context, double alpha, struct sector_split *split,
                         struct error *error);
    /* Makes T~ and hashes it: equal matrices have equal hashes, others not. */
    enum status (*make)(void *context, int n_r, ablation_set set, struct hash128 *hash,
                        struct error *error);
    /* Removed mass of the T~ made last. */
    enum status (*mass)(void *context, double *removed_mass, struct error *error);
    /* Before the first of these calls: whether all that make the plan have memory for it. */
    enum status (*agree)(void *context, enum status mine, struct error *error);
    void *context;
};

/* The same of any source. */
MUST_CHECK enum status ablation_plan_create_from(struct ablation_plan *plan,
                                                 const struct ablation_source *source,
                                                 const struct ablation_grid *grid,
                                                 struct error *error);
void ablation_plan_release(struct ablation_plan *plan);

#endif
