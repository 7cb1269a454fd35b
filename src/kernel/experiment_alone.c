#include "kernel/experiment_alone.h"

#include "core/clock.h"
#include "core/memory.h"
#include "kernel/gauge.h"
#include "kernel/spectral/schur_join.h"

#include <stdlib.h>

struct alone alone_begin(const struct experiment_settings *settings,
                         const struct experiment_ops *ops)
{
    return (struct alone){.base = {.ops = ops,
                                   .is_root = true,
                                   .n_at_once = 1,
                                   .epsilon = settings->epsilon,
                                   .choice = settings->gauss_newton,
                                   .route = SCHUR_ROUTE_LOCAL},
                          .settings = *settings};
}

static void release_rollout(struct alone *alone)
{
    rollout_destroy(&alone->rollout);
    free(alone->scores);
    free(alone->t_ablated);
    free(alone->product);
    free(alone->w_ablated);
    alone->scores = NULL;
    alone->t_ablated = NULL;
    alone->product = NULL;
    alone->w_ablated = NULL;
}

static void release_trials(struct alone *alone)
{
    release_rollout(alone);
    packed_trials_release(&alone->packed);
    trials_release(&alone->trials);
}

static void release_network(struct alone *alone)
{
    release_rollout(alone);
    ablation_plan_release(&alone->plan);
    schur_release(&alone->schur);
    network_release(&alone->network);
    alone->base.network = NULL;
    alone->base.form = NULL;
    alone->base.plan = NULL;
}

void alone_release(struct alone *alone)
{
    experiment_forget(&alone->base);
    release_trials(alone);
    release_network(alone);
}

/* The form of one matrix, or of several in one. */
static enum status find_form(struct alone *alone, struct error *error)
{
    const struct network *const network = &alone->network;
    struct schur forms[CELL_MAX_GATES];
    const double leak = alone->form.order == ORDER_STEP ? network->cell.leak : 1.0;
    int count = 0;
    enum status status = STATUS_OK;
    for (int gate = 0; gate < CELL_MAX_GATES && status == STATUS_OK; gate++) {
        if ((alone->form.gates >> gate & 1) != 0) {
            status = schur_compute(&forms[count], network_gate(network, gate), network->n_hidden,
                                   leak, error);
            count += status == STATUS_OK;
        }
    }
    if (count == 1) {
        alone->schur = forms[0];
        return status;
    }
    THEN(status, schur_join(&alone->schur, forms, count, error));
    for (int i = 0; i < count; i++) {
        schur_release(&forms[i]);
    }
    return status;
}

enum status alone_set_network(struct alone *alone, struct network *network,
                              const struct network_form *form, struct error *error)
{
    release_network(alone);
    alone->network = *network;
    alone->form = *form;
    *network = (struct network){0};
    enum status status = gauge_bring(&alone->network, form->gauge, error);
    THEN(status, find_form(alone, error));
    THEN(status,
         ablation_plan_create_alone(&alone->plan, &alone->schur, &alone->settings.grid, error));
    if (status != STATUS_OK) {
        release_network(alone);
        return status;
    }
    alone->base.network = &alone->network;
    alone->base.gates = form->gates;
    alone->base.form = &alone->schur;
    alone->base.plan = &alone->plan;
    alone->base.nonnormality = schur_nonnormality(&alone->schur);
    return STATUS_OK;
}

enum status alone_set_trials(struct alone *alone, struct trials *trials, struct error *error)
{
    release_trials(alone);
    alone->trials = *trials;
    *trials = (struct trials){0};
    const enum status status =
        packed_trials_create(&alone->packed, &alone->trials, alone->settings.precision, error);
    if (status != STATUS_OK) {
        release_trials(alone);
    }
    return status;
}

enum status alone_run_reference(struct alone *alone, struct error *error)
{
    const double start = clock_seconds();
    const struct trials *const trials = &alone->trials;
    const size_t n = (size_t)alone->schur.n;
    const size_t n_trials = (size_t)trials->n_trials;
    double *outputs = NULL;
    release_rollout(alone);
    enum status status = rollout_create(&alone->rollout, &alone->network, &alone->packed,
                                        alone->settings.isa, error);
    THEN(status, memory_array(&alone->scores, n_trials, sizeof *alone->scores, error));
    THEN(status, memory_array2(&alone->t_ablated, n, n, sizeof(double), error));
    THEN(status, memory_array2(&alone->product, n, n, sizeof(double), error));
    THEN(status, memory_array2(&alone->w_ablated, n, n, sizeof(double), error));
    THEN(status, memory_array2(&outputs, (size_t)trials->n_steps * n_trials, (size_t)trials->n_out,
                               sizeof *outputs, error));
    THEN(status, rollout_keep_reference(alone->rollout, alone->scores, error));
    if (status == STATUS_OK) {
        const struct trial_score full = trial_scores_sum(alone->scores, trials->n_trials);
        rollout_reference(alone->rollout, outputs);
        alone->base.scores = alone->scores;
        status = experiment_set_baseline(&alone->base, trials, &full, outputs, error);
    }
    free(outputs);
    alone->base.reference_seconds = clock_seconds() - start;
    if (status != STATUS_OK) {
        release_rollout(alone);
    }
    return status;
}

void alone_set_weights(const struct alone *alone, struct rollout *rollout, const double *weights)
{
    const size_t n = (size_t)alone->network.n_hidden;
    const size_t width = (size_t)alone->schur.n;
    for (int gate = 0; gate < CELL_MAX_GATES; gate++) {
        if ((alone->form.gates >> gate & 1) != 0) {
            rollout_set_gate(rollout, gate, weights, width);
            weights += n * width + n; /* the next block of the diagonal */
        }
    }
}

enum status alone_measure_weights(struct experiment *experiment, const double *weights,
                                  double removed_mass, struct job_result *result,
                                  struct error *error)
{
    struct alone *const alone = (struct alone *)experiment;
    const struct trial_range all = {0, alone->trials.n_trials};
    (void)error;
    alone_set_weights(alone, alone->rollout, weights);
    rollout_score(alone->rollout, all, alone->scores);
    const struct trial_score sum = trial_scores_sum(alone->scores, all.count);
    *result = experiment_result(experiment, &sum, removed_mass);
    return STATUS_OK;
}

/* T~, its mass, W~ = Q T~ Q', and its rollout. */
enum status alone_measure(struct experiment *experiment, const struct removal *removals, int count,
                          struct job_result *results, struct error *error)
{
    struct alone *const alone = (struct alone *)experiment;
    enum status status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        removal_apply(&removals[i], &alone->schur, alone->t_ablated);
        const double mass = removal_mass(&alone->schur, alone->t_ablated);
        removal_weights(&alone->schur, alone->t_ablated, alone->product, alone->w_ablated);
        status = alone_measure_weights(experiment, alone->w_ablated, mass, &results[i], error);
    }
    return status;
}

enum status alone_source(struct experiment *experiment, struct gauss_newton_source *source,
                         struct error *error)
{
    const struct alone *const alone = (const struct alone *)experiment;
    (void)error;
    *source = (struct gauss_newton_source){
        .network = &alone->network,
        .form = &alone->schur,
        .gates = alone->form.gates,
        .trials = &alone->trials,
        .isa = alone->settings.isa,
        .key = {{(uint64_t)alone->settings.seed, experiment->weights_hash}},
        .full_variation = experiment->baseline.full_variation,
        .target_variation = experiment->baseline.target_variation};
    return STATUS_OK;
}

enum status alone_add_up(const struct experiment *experiment, double *values, size_t count,
                         struct error *error)
{
    (void)experiment;
    (void)values;
    (void)count;
    (void)error;
    return STATUS_OK;
}

enum status alone_agree(const struct experiment *experiment, enum status mine, struct error *error)
{
    (void)experiment;
    (void)error;
    return mine;
}
