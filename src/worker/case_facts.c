#include "worker/case_facts.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

/* The arrays of a case as the file wants them. */
struct case_facts {
    int32_t *dims;  /* [n_alphas + n_partitions] leading dimensions */
    double *gaps;   /* [n_alphas] */
    double *masses; /* [n_alphas, COUPLING_COUNT] */
    double *bounds; /* [2, n_partitions] low, then high */
};

static enum status allocate(struct case_facts *facts, size_t n_alphas, size_t n_partitions,
                            struct error *error)
{
    TRY(memory_array(&facts->dims, n_alphas + n_partitions, sizeof *facts->dims, error));
    TRY(memory_array(&facts->gaps, n_alphas, sizeof *facts->gaps, error));
    TRY(memory_array2(&facts->masses, n_alphas, COUPLING_COUNT, sizeof *facts->masses, error));
    return memory_array2(&facts->bounds, 2, n_partitions, sizeof *facts->bounds, error);
}

static void fill_splits(struct case_facts *facts, const struct ablation_plan *plan)
{
    for (int a = 0; a < plan->n_alphas; a++) {
        facts->dims[a] = plan->splits[a].n_r;
        facts->gaps[a] = plan->splits[a].alpha_gap;
        for (int k = 0; k < COUPLING_COUNT; k++) {
            facts->masses[a * COUPLING_COUNT + k] = plan->splits[a].mass[k];
        }
    }
}

static void fill_partitions(struct case_facts *facts, const struct ablation_plan *plan,
                            int n_partitions)
{
    for (int p = 0; p < n_partitions; p++) {
        const bool is_there = p < plan->n_partitions;
        facts->dims[plan->n_alphas + p] = is_there ? plan->partitions[p].n_r : -1;
        facts->bounds[p] = is_there ? plan->partitions[p].alpha_low : NAN;
        facts->bounds[n_partitions + p] = is_there ? plan->partitions[p].alpha_high : NAN;
    }
}

static struct case_values values_of(const struct case_facts *facts,
                                    const struct case_source *source, const struct sweep *sweep)
{
    const struct schur *const schur = source->schur;
    return (struct case_values){.n_hidden = schur->n,
                                .n_alphas = sweep->n_alphas,
                                .n_partitions = sweep->n_partitions,
                                .spectral_radius = schur->spectral_radius,
                                .nonnormality = source->nonnormality,
                                .schur_residual = schur->certificate.residual,
                                .orthogonality_loss = schur->certificate.orthogonality_loss,
                                .modulus_gap = schur_modulus_gap(schur),
                                .eigenvalue_re = schur->eigenvalue_re,
                                .eigenvalue_im = schur->eigenvalue_im,
                                .n_r = facts->dims,
                                .alpha_gap = facts->gaps,
                                .coupling_mass = facts->masses,
                                .alpha_low = facts->bounds,
                                .alpha_high = facts->bounds + sweep->n_partitions,
                                .partition_dim = facts->dims + sweep->n_alphas,
                                .schur_route = (uint8_t)source->route,
                                .weights_hash = source->weights_hash,
                                .training = source->training};
}

static void release(struct case_facts *facts)
{
    free(facts->dims);
    free(facts->gaps);
    free(facts->masses);
    free(facts->bounds);
}

enum status case_facts_write(const struct case_source *source, const struct sweep *sweep,
                             const struct results *results, int64_t case_index, struct error *error)
{
    struct case_facts facts = {.dims = NULL};
    enum status status =
        allocate(&facts, (size_t)sweep->n_alphas, (size_t)sweep->n_partitions, error);
    if (status == STATUS_OK) {
        fill_splits(&facts, source->plan);
        fill_partitions(&facts, source->plan, sweep->n_partitions);
        const struct case_values values = values_of(&facts, source, sweep);
        status = results_write_case(results, case_index, &values, error);
    }
    release(&facts);
    return status;
}
