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

enum status baseline_create(struct baseline *baseline, const struct trials *trials,
                            const struct trial_score *full, const double *outputs, double epsilon,
                            struct error *error)
{
    *baseline = (struct baseline){.trials = trials, .epsilon = epsilon, .full = *full};
    TRY(trial_score_check(full, trials->n_steps, error));
    TRY(metric_variation(trials, trials->targets, &baseline->target_variation, error));
    TRY(metric_variation(trials, outputs, &baseline->full_variation, error));
    if (!isfinite(metric_fvu(full, baseline->target_variation))) {
        return error_set(error, STATUS_JOB_ROLLOUT_NONFINITE,
                         "squared error of the full model overflowed");
    }
    return STATUS_OK;
}

static struct job_result measure(const struct baseline *baseline, const struct trial_score *sum,
                                 double removed_mass)
{
    struct job_result result = {.removed_mass = removed_mass, .state = JOB_DONE};
    result.fvu = metric_fvu(sum, baseline->target_variation);
    result.delta_fvu = result.fvu - metric_fvu(&baseline->full, baseline->target_variation);
    result.accuracy = metric_accuracy(baseline->trials, sum);
    result.distance = metric_distance(sum, baseline->full_variation);
    result.sensitivity = removed_mass > 0.0 ? result.delta_fvu / removed_mass : NAN;
    result.stabilizer = result.distance <= baseline->epsilon;
    return result;
}

struct job_result baseline_measure(const struct baseline *baseline, const struct trial_score *sum,
                                   double removed_mass)
{
    const struct job_result result = measure(baseline, sum, removed_mass);
    const bool is_finite = sum->n_finite == baseline->trials->n_steps && isfinite(result.fvu);
    return is_finite ? result : job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
}

struct job_result baseline_full_result(const struct baseline *baseline)
{
    return measure(baseline, &baseline->full, 0.0);
}

struct analysis {
    const struct network *network;
    const struct decomposition *decomposition;
    const struct packed_trials *packed;
    struct baseline baseline;
    struct rollout *rollout;
    struct trial_score *scores; /* [n_trials] */
    double *t_ablated;          /* [n_hidden, n_hidden] */
    double *product;            /* [n_hidden, n_hidden] */
    double *w_ablated;          /* [n_hidden, n_hidden] row-major */
};

static enum status allocate(struct analysis *analysis, struct error *error)
{
    const size_t n = (size_t)analysis->network->n_hidden;
    const size_t n_trials = (size_t)analysis->packed->trials->n_trials;
    TRY(memory_array(&analysis->scores, n_trials, sizeof *analysis->scores, error));
    TRY(memory_array2(&analysis->t_ablated, n, n, sizeof(double), error));
    TRY(memory_array2(&analysis->product, n, n, sizeof(double), error));
    return memory_array2(&analysis->w_ablated, n, n, sizeof(double), error);
}

static enum status run_full(struct analysis *analysis, double epsilon, struct error *error)
{
    const struct trials *const trials = analysis->packed->trials;
    double *outputs = NULL;
    TRY(rollout_keep_reference(analysis->rollout, analysis->scores, error));
    const struct trial_score full = trial_scores_sum(analysis->scores, trials->n_trials);
    TRY(memory_array2(&outputs, (size_t)trials->n_steps * (size_t)trials->n_trials,
                      (size_t)trials->n_out, sizeof *outputs, error));
    rollout_reference(analysis->rollout, outputs);
    const enum status status =
        baseline_create(&analysis->baseline, trials, &full, outputs, epsilon, error);
    free(outputs);
    return status;
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
    enum status status = rollout_create(&analysis->rollout, network, packed, settings->isa, error);
    if (status == STATUS_OK) {
        status = allocate(analysis, error);
    }
    if (status == STATUS_OK) {
        status = run_full(analysis, settings->epsilon, error);
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

static struct trial_score run_ablated(struct analysis *analysis,
                                      const struct ablation_variant *variant)
{
    const struct schur *const schur = &analysis->decomposition->schur;
    const struct trial_range all = {0, analysis->packed->trials->n_trials};
    ablation_apply(schur, variant->n_r, variant->set, analysis->t_ablated);
    ablation_weights(schur, analysis->t_ablated, analysis->product, analysis->w_ablated);
    rollout_set_weights(analysis->rollout, analysis->w_ablated);
    rollout_score(analysis->rollout, all, analysis->scores);
    return trial_scores_sum(analysis->scores, all.count);
}

struct job_result analysis_run_variant(struct analysis *analysis, int variant)
{
    const struct ablation_variant *const ablation =
        &analysis->decomposition->plan.variants[variant];
    if (ablation->is_full) {
        return baseline_full_result(&analysis->baseline);
    }
    const struct trial_score sum = run_ablated(analysis, ablation);
    return baseline_measure(&analysis->baseline, &sum, ablation->removed_mass);
}
