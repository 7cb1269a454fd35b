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
        ablation_plan_create(&decomposition->plan, &decomposition->schur, &settings->grid, error);
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
    const struct packed_trials *packed;
    double epsilon;
    struct rollout *rollout;
    struct trial_score *scores; /* [n_trials] */
    double *t_ablated;          /* [n_hidden, n_hidden] */
    double *product;            /* [n_hidden, n_hidden] */
    double *w_ablated;          /* [n_hidden, n_hidden] row-major */
    double target_variation;
    double full_variation;
    struct trial_score full; /* of the full model, on all trials */
};

static enum status allocate(struct analysis *analysis, struct error *error)
{
    const size_t n = (size_t)analysis->network->n_hidden;
    const size_t n_trials = (size_t)analysis->packed->trials->n_trials;
    TRY(memory_array(&analysis->scores, n_trials, sizeof *analysis->scores, error));
    TRY(memory_matrix(&analysis->t_ablated, n, n, sizeof(double), error));
    TRY(memory_matrix(&analysis->product, n, n, sizeof(double), error));
    return memory_matrix(&analysis->w_ablated, n, n, sizeof(double), error);
}

static enum status find_full_variation(struct analysis *analysis, struct error *error)
{
    const struct trials *const trials = analysis->packed->trials;
    double *outputs = NULL;
    TRY(memory_matrix(&outputs, (size_t)trials->n_steps * (size_t)trials->n_trials,
                      (size_t)trials->n_out, sizeof *outputs, error));
    rollout_reference(analysis->rollout, outputs);
    const enum status status = metric_variation(trials, outputs, &analysis->full_variation, error);
    free(outputs);
    return status;
}

static enum status run_full(struct analysis *analysis, struct error *error)
{
    const struct trials *const trials = analysis->packed->trials;
    TRY(rollout_keep_reference(analysis->rollout, analysis->scores, error));
    analysis->full = trial_scores_sum(analysis->scores, trials->n_trials);
    TRY(trial_score_check(&analysis->full, trials->n_steps, error));
    TRY(metric_variation(trials, trials->targets, &analysis->target_variation, error));
    TRY(find_full_variation(analysis, error));
    if (!isfinite(metric_fvu(&analysis->full, analysis->target_variation))) {
        return error_set(error, STATUS_JOB_ROLLOUT_NONFINITE,
                         "squared error of the full model overflowed");
    }
    return STATUS_OK;
}

enum status analysis_create(struct analysis **out, const struct network *network,
                            const struct decomposition *decomposition,
                            const struct packed_trials *packed,
                            const struct analysis_settings *settings, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct analysis *const analysis = *out;
    analysis->network = network;
    analysis->decomposition = decomposition;
    analysis->packed = packed;
    analysis->epsilon = settings->epsilon;
    enum status status =
        rollout_create(&analysis->rollout, network, packed, settings->vector_path, error);
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
    free(old->scores);
    free(old->t_ablated);
    free(old->product);
    free(old->w_ablated);
    free(old);
    *analysis = NULL;
}

static struct cell measure(const struct analysis *analysis, const struct trial_score *sum,
                           double removed_mass)
{
    struct cell cell = {.removed_mass = removed_mass, .state = CELL_DONE};
    cell.fvu = metric_fvu(sum, analysis->target_variation);
    cell.delta_fvu = cell.fvu - metric_fvu(&analysis->full, analysis->target_variation);
    cell.accuracy = metric_accuracy(analysis->packed->trials, sum);
    cell.distance = metric_distance(sum, analysis->full_variation);
    cell.sensitivity = removed_mass > 0.0 ? cell.delta_fvu / removed_mass : NAN;
    cell.stabilizer = cell.distance <= analysis->epsilon;
    return cell;
}

static struct trial_score run_ablated(struct analysis *analysis,
                                      const struct ablation_variant *variant)
{
    const struct schur *const schur = &analysis->decomposition->schur;
    const struct trial_range all = {0, analysis->packed->trials->n_trials};
    ablation_apply(schur, variant->leading_dim, variant->set, analysis->t_ablated);
    ablation_weights(schur, analysis->t_ablated, analysis->product, analysis->w_ablated);
    rollout_set_weights(analysis->rollout, analysis->w_ablated);
    rollout_score(analysis->rollout, all, analysis->scores);
    return trial_scores_sum(analysis->scores, all.count);
}

struct cell analysis_run_variant(struct analysis *analysis, int variant)
{
    const struct ablation_variant *const ablation =
        &analysis->decomposition->plan.variants[variant];
    if (ablation->is_full) {
        return measure(analysis, &analysis->full, 0.0);
    }
    const struct trial_score sum = run_ablated(analysis, ablation);
    const struct cell cell = measure(analysis, &sum, ablation->removed_mass);
    const bool is_finite = sum.n_finite == analysis->packed->trials->n_steps && isfinite(cell.fvu);
    return is_finite ? cell : cell_failed(STATUS_JOB_ROLLOUT_NONFINITE);
}
