#include "kernel/analysis.h"

#include "core/memory.h"
#include "kernel/dynamics/metric.h"
#include "kernel/dynamics/rollout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum status decomposition_create(struct decomposition *decomposition, const struct network *network,
                                 const struct analysis_settings *settings, struct error *error)
{
    *decomposition = (struct decomposition){0};
    TRY(schur_compute(&decomposition->schur, network->weight_hh, network->n_hidden, error));
    const enum status status =
        ablation_plan_create(&decomposition->plan, &decomposition->schur, settings->alphas,
                             settings->n_alphas, settings->sets, settings->n_sets, error);
    if (status != STATUS_OK) {
        schur_release(&decomposition->schur);
    }
    return status;
}

void decomposition_release(struct decomposition *decomposition)
{
    ablation_plan_release(&decomposition->plan);
    schur_release(&decomposition->schur);
}

struct analysis {
    const struct network *network;
    const struct decomposition *decomposition;
    const struct trials *trials;
    double epsilon;
    struct rollout *rollout;
    double *outputs;      /* [n_steps, n_trials, n_out] of the ablated network */
    double *full_outputs; /* the same of the full one */
    double *t_ablated;    /* [n_hidden, n_hidden] */
    double *product;      /* [n_hidden, n_hidden] */
    double *w_ablated;    /* [n_hidden, n_hidden] row-major */
    double *channel_mean; /* [n_out] */
    double target_variation;
    double full_variation;
    double full_fvu;
};

static enum status allocate(struct analysis *analysis, struct error *error)
{
    const struct trials *const trials = analysis->trials;
    const size_t n = (size_t)analysis->network->n_hidden;
    const size_t steps = (size_t)trials->n_steps * (size_t)trials->n_trials;
    const size_t n_out = (size_t)trials->n_out;
    TRY(memory_matrix(&analysis->outputs, steps, n_out, sizeof(double), error));
    TRY(memory_matrix(&analysis->full_outputs, steps, n_out, sizeof(double), error));
    TRY(memory_matrix(&analysis->t_ablated, n, n, sizeof(double), error));
    TRY(memory_matrix(&analysis->product, n, n, sizeof(double), error));
    TRY(memory_matrix(&analysis->w_ablated, n, n, sizeof(double), error));
    return memory_array(&analysis->channel_mean, n_out, sizeof(double), error);
}

static enum status run_full(struct analysis *analysis, struct error *error)
{
    const struct trials *const trials = analysis->trials;
    double *const mean = analysis->channel_mean;
    TRY(rollout_run(analysis->rollout, analysis->network->weight_hh, analysis->full_outputs,
                    error));
    trials_channel_mean(trials, trials->targets, mean);
    analysis->target_variation = trials_total_variation(trials, trials->targets, mean);
    trials_channel_mean(trials, analysis->full_outputs, mean);
    analysis->full_variation = trials_total_variation(trials, analysis->full_outputs, mean);
    analysis->full_fvu = metric_fvu(trials, analysis->target_variation, analysis->full_outputs);
    if (!isfinite(analysis->full_fvu)) {
        return error_set(error, STATUS_JOB_ROLLOUT_NONFINITE,
                         "squared error of the full model overflowed");
    }
    return STATUS_OK;
}

enum status analysis_create(struct analysis **out, const struct network *network,
                            const struct decomposition *decomposition, const struct trials *trials,
                            const struct analysis_settings *settings, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct analysis *const analysis = *out;
    analysis->network = network;
    analysis->decomposition = decomposition;
    analysis->trials = trials;
    analysis->epsilon = settings->epsilon;
    enum status status =
        rollout_create(&analysis->rollout, network, trials, settings->precision, error);
    if (status == STATUS_OK) {
        status = allocate(analysis, error);
    }
    if (status == STATUS_OK) {
        status = run_full(analysis, error);
    }
    if (status != STATUS_OK) {
        analysis_destroy(out);
    }
    return status;
}

void analysis_destroy(struct analysis **analysis)
{
    struct analysis *const old = *analysis;
    if (old == NULL) {
        return;
    }
    rollout_destroy(&old->rollout);
    free(old->outputs);
    free(old->full_outputs);
    free(old->t_ablated);
    free(old->product);
    free(old->w_ablated);
    free(old->channel_mean);
    free(old);
    *analysis = NULL;
}

static struct cell measure(const struct analysis *analysis, const double *outputs,
                           double removed_mass)
{
    const struct trials *const trials = analysis->trials;
    struct cell cell = {.removed_mass = removed_mass, .state = CELL_DONE};
    cell.fvu = metric_fvu(trials, analysis->target_variation, outputs);
    cell.delta_fvu = cell.fvu - analysis->full_fvu;
    cell.accuracy = metric_accuracy(trials, outputs);
    cell.distance =
        metric_distance(trials, analysis->full_variation, analysis->full_outputs, outputs);
    cell.sensitivity = removed_mass > 0.0 ? cell.delta_fvu / removed_mass : NAN;
    cell.stabilizer = cell.distance <= analysis->epsilon;
    return cell;
}

static enum status run_ablated(struct analysis *analysis, const struct ablation_variant *variant,
                               struct error *error)
{
    const struct schur *const schur = &analysis->decomposition->schur;
    ablation_apply(schur, variant->leading_dim, variant->set, analysis->t_ablated);
    ablation_weights(schur, analysis->t_ablated, analysis->product, analysis->w_ablated);
    return rollout_run(analysis->rollout, analysis->w_ablated, analysis->outputs, error);
}

enum status analysis_run_variant(struct analysis *analysis, int variant, struct cell *cell,
                                 struct error *error)
{
    const struct ablation_variant *const ablation =
        &analysis->decomposition->plan.variants[variant];
    if (ablation->is_full) {
        *cell = measure(analysis, analysis->full_outputs, 0.0);
        return STATUS_OK;
    }
    const enum status status = run_ablated(analysis, ablation, error);
    if (status_is_job_failure(status)) {
        *cell = cell_failed(status);
        return STATUS_OK;
    }
    *cell = measure(analysis, analysis->outputs, ablation->removed_mass);
    if (status == STATUS_OK && !isfinite(cell->fvu)) {
        *cell = cell_failed(STATUS_JOB_ROLLOUT_NONFINITE);
    }
    return status;
}
