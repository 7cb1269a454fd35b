/* The full network on changed trials: longer ones, noisier ones, others than it was trained on. How
 * far equally good solutions differ there is what the degeneracy of behaviour is told by. On a team
 * the root alone rolls out. */
#include "core/axes.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/tasks/task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("ood_fvu", "fvu of the full network on trials with changed parameters",
                  &AXIS_OOD),
    {.name = NULL}};

/* Infinite where outputs leave the numbers. */
static enum status score(const struct gauss_newton_source *source, const struct trials *trials,
                         enum precision precision, double *fvu, struct error *error)
{
    const struct trial_range all = {0, trials->n_trials};
    struct packed_trials packed;
    struct rollout *rollout = NULL;
    struct trial_score *scores = NULL;
    double variation = 0.0;
    TRY(packed_trials_create(&packed, trials, precision, error));
    enum status status = rollout_create(&rollout, source->network, &packed, source->isa, error);
    THEN(status, memory_array(&scores, (size_t)trials->n_trials, sizeof *scores, error));
    THEN(status, trials_variation(trials, trials->targets, &variation, error));
    if (status == STATUS_OK) {
        rollout_score(rollout, all, scores);
        const struct trial_score sum = trial_scores_sum(scores, all.count);
        *fvu = sum.n_finite == trials->n_steps ? sum.squared_error / variation : INFINITY;
    }
    free(scores);
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    return status;
}

static enum status measure(const struct changed_trials *changed, const struct ood_spec *ood,
                           const struct gauss_newton_source *source, double *fvu,
                           struct error *error)
{
    const struct task_ops *ops = NULL;
    const double *const params = ood->task.params;
    struct rng_key key;
    struct trials trials;
    TRY(task_require(ood->task.name, &ops, error));
    TRY(task_held_out_key(ops, params, changed->seed, &key, error));
    TRY(task_generate(ops, params, key, 0, (int)params[TASK_PARAM_TRIALS_INDEX], &trials, error));
    const bool fits =
        trials.n_in == source->network->n_in && trials.n_out == source->network->n_out;
    const enum status status =
        fits ? score(source, &trials, changed->precision, fvu, error)
             : error_set(error, STATUS_INPUT, "changed trials of task %s do not fit the model",
                         ops->name);
    trials_release(&trials);
    return status;
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const struct changed_trials *const changed = &experiment->changed;
    struct gauss_newton_source source;
    (void)params;
    TRY(experiment->ops->source(experiment, &source, error));
    for (int i = 0; i < changed->n_oods; i++) {
        const struct ood_spec *const ood = &changed->oods[i];
        const bool is_of_task = changed->task != NULL && strcmp(ood->task.name, changed->task) == 0;
        enum status status = STATUS_OK;
        TRY(experiment_go_on(experiment, error));
        if (is_of_task && experiment->is_root) {
            status = measure(changed, ood, &source, &record_f64(record, "ood_fvu")[i], error);
        }
        TRY(experiment->ops->agree(experiment, status, error));
    }
    return STATUS_OK;
}

/* Each as long as it is, of the task that has most of them: what a study says of another task is
 * dear to no case of this one. */
static double rollouts(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params)
{
    double dearest = 0.0;
    (void)width;
    (void)params;
    for (int i = 0; i < sweep->n_oods; i++) {
        double steps = 0.0;
        for (int k = 0; k < sweep->n_oods; k++) {
            const struct task_spec *const task = &sweep->oods[k].task;
            const struct task_ops *const ops = task_find(task->name);
            if (ops != NULL && strcmp(task->name, sweep->oods[i].task.name) == 0) {
                steps += ops->shape(task->params).n_steps * task->params[TASK_PARAM_TRIALS_INDEX];
            }
        }
        dearest = fmax(dearest, steps / ((double)trials->n_steps * trials->n_trials));
    }
    return dearest;
}

const struct diagnostic_ops DIAGNOSTIC_OOD = {
    .name = "ood",
    .long_name = "the full network on changed trials",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .variables = VARIABLES,
    .rollouts = rollouts,
    .run = run,
};
