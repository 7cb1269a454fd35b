/* All removals of one model, and which of them give the same matrix: each T~ is rolled out once. */
#pragma once

#include "core/hash.h"
#include "kernel/spectral/removal.h"
#include "kernel/spectral/split.h"

/* What is asked for of every model. */
struct ablation_grid {
    const double *alphas; /* [n_alphas] ascending */
    int n_alphas;
    int n_partitions;         /* 0, or rows for the partitions of any model that comes: its width */
    const ablation_set *sets; /* [n_sets] */
    int n_sets;
};

enum { VARIANT_ABSENT = -1 };

/* The removals of one model: every alpha, then every partition, with every ablation set;
 * job = row * n_sets + set. */
struct ablation_plan {
    int n_alphas;
    int n_rows; /* alphas and rows for partitions */
    int n_sets;
    ablation_set sets[ABLATION_SET_COUNT];
    struct split *splits;         /* [n_alphas] */
    struct partition *partitions; /* [n_partitions] of this model; NULL when not asked for */
    int n_partitions;
    struct removal
        *variants; /* [n_variants] one for each distinct T~; variants[0] removes nothing */
    int n_variants;
    int *variant_of_job; /* [n_rows * n_sets]; VARIANT_ABSENT beyond the model's partitions */
};

/* Where the T~ of a plan come from: a form in one memory, or one that ranks share. */
struct ablation_source {
    const struct schur *form; /* its blocks; T and Q may be elsewhere */
    enum status (*split)(void *context, double alpha, struct split *split, struct error *error);
    /* Makes T~ and hashes it: equal matrices have equal hashes, others not. */
    enum status (*make)(void *context, const struct removal *removal, struct hash128 *hash,
                        struct error *error);
    /* Before the first of these calls: whether all ranks have memory for the plan. NULL for one. */
    enum status (*agree)(void *context, enum status mine, struct error *error);
    void *context;
};

/* Compares the bits of all T~ (128-bit hashes). Released by ablation_plan_release. Local, or
 * collective like the source. */
MUST_CHECK enum status ablation_plan_create(struct ablation_plan *plan,
                                            const struct ablation_source *source,
                                            const struct ablation_grid *grid, struct error *error);
/* The first job that has a matrix. */
int ablation_plan_job(const struct ablation_plan *plan, int variant);
void ablation_plan_release(struct ablation_plan *plan);

/* The same of a form in one memory. Local. */
MUST_CHECK enum status ablation_plan_create_alone(struct ablation_plan *plan,
                                                  const struct schur *schur,
                                                  const struct ablation_grid *grid,
                                                  struct error *error);
