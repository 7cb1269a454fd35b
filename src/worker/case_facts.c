#include "worker/case_facts.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

static enum status allocate(struct case_facts *facts, size_t n_alphas, size_t n_partitions,
                            struct error *error)
{
    TRY(memory_array(&facts->dims, n_alphas + n_partitions, sizeof *facts->dims, error));
    TRY(memory_array(&facts->gaps, n_alphas, sizeof *facts->gaps, error));
    TRY(memory_matrix(&facts->masses, n_alphas, COUPLING_COUNT, sizeof *facts->masses, error));
    return memory_matrix(&facts->bounds, 2, n_partitions, sizeof *facts->bounds, error);
}

static void fill_splits(struct case_facts *facts, const struct ablation_plan *plan)
{
    for (int a = 0; a < plan->n_alphas; a++) {
        facts->dims[a] = plan->splits[a].leading_dim;
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
        facts->dims[plan->n_alphas + p] = is_there ? plan->partitions[p].leading_dim : -1;
        facts->bounds[p] = is_there ? plan->partitions[p].alpha_low : NAN;
        facts->bounds[n_partitions + p] = is_there ? plan->partitions[p].alpha_high : NAN;
    }
}

static void point_values(struct case_facts *facts, const struct case_data *data)
{
    const struct schur *const schur = &data->decomposition.schur;
    const int n_alphas = data->sweep->n_alphas;
    const int n_partitions = data->sweep->n_partitions;
    facts->values = (struct case_values){.n_hidden = schur->n,
                                         .n_alphas = n_alphas,
                                         .n_partitions = n_partitions,
                                         .spectral_radius = schur->spectral_radius,
                                         .departure = schur_departure(schur),
                                         .schur_residual = schur->certificate.residual,
                                         .orthogonality = schur->certificate.orthogonality,
                                         .modulus_gap = schur_modulus_gap(schur),
                                         .eigenvalue_re = schur->eigenvalue_re,
                                         .eigenvalue_im = schur->eigenvalue_im,
                                         .leading_dim = facts->dims,
                                         .alpha_gap = facts->gaps,
                                         .sector_mass = facts->masses,
                                         .alpha_low = facts->bounds,
                                         .alpha_high = facts->bounds + n_partitions,
                                         .partition_dim = facts->dims + n_alphas,
                                         .schur_route = SCHUR_ROUTE_LOCAL,
                                         .weights_hash = data->weights_hash,
                                         .training = data->training};
}

enum status case_facts_create(struct case_facts *facts, const struct case_data *data,
                              struct error *error)
{
    const struct ablation_plan *const plan = &data->decomposition.plan;
    const int n_partitions = data->sweep->n_partitions;
    *facts = (struct case_facts){.dims = NULL};
    const enum status status = allocate(facts, (size_t)plan->n_alphas, (size_t)n_partitions, error);
    if (status != STATUS_OK) {
        case_facts_release(facts);
        return status;
    }
    fill_splits(facts, plan);
    fill_partitions(facts, plan, n_partitions);
    point_values(facts, data);
    return STATUS_OK;
}

void case_facts_release(struct case_facts *facts)
{
    free(facts->dims);
    free(facts->gaps);
    free(facts->masses);
    free(facts->bounds);
    *facts = (struct case_facts){.dims = NULL};
}
