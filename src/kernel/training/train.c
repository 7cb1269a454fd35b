#include "kernel/training/train.h"

#include "core/clock.h"
#include "core/hash.h"
#include "core/memory.h"
#include "kernel/constructions/construction.h"
#include "kernel/dynamics/metric.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/recipes/recipe.h"
#include "kernel/training/bptt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ADAM_DECAY_1 = 0.9;
static const double ADAM_DECAY_2 = 0.999;
static const double ADAM_EPSILON = 1e-8;

/* Streams of a model's key: what a trial or a start is drawn from never overlaps. */
static const uint64_t STREAM_START = 0;
static const uint64_t STREAM_BATCHES = (uint64_t)1 << 62;
static const uint64_t STREAM_VALIDATION = (uint64_t)1 << 63;

/* All trained numbers in one vector: recurrent parameters, weight_ih, weight_hy. */
struct trainer {
    const struct training_spec *spec;
    const struct task_ops *task;
    const struct construction_ops *construction;
    struct rng_key key;
    struct network network;
    struct network gradient;
    struct bptt *bptt;
    size_t n_recurrent;
    size_t n_params;
    double *params;          /* [n_params] */
    double *params_gradient; /* [n_params] */
    double *moment_1;        /* [n_params] */
    double *moment_2;        /* [n_params] */
    double *fixed;           /* [n_hidden] of the construction */
    double task_params[TASK_PARAMS_MAX];
};

static void hash_recipe(struct hasher *hasher, const struct recipe_values *recipe)
{
    const double numbers[] = {recipe->rate, recipe->clip, recipe->target, recipe->input_scale};
    hasher_string(hasher, recipe->base);
    hasher_u64(hasher, (uint64_t)recipe->steps);
    hasher_u64(hasher, (uint64_t)recipe->batch);
    hasher_string(hasher, schedule_name(recipe->schedule));
    hasher_u64(hasher, (uint64_t)recipe->horizon);
    hasher_u64(hasher, recipe->single);
    hasher_doubles(hasher, numbers, sizeof numbers / sizeof numbers[0]);
}

static void hash_task(struct hasher *hasher, const struct task_ops *task, const double *params)
{
    hasher_string(hasher, task->name);
    for (int i = 0; i < task->n_params; i++) {
        const bool is_horizon = task->horizon_param > 0 && i == task->horizon_param;
        if (i != TASK_PARAM_TRIALS_INDEX && !is_horizon) {
            hasher_string(hasher, task->params[i].name);
            hasher_doubles(hasher, &params[i], 1);
        }
    }
}

enum status training_identity(const struct training_spec *spec, int n_hidden,
                              const struct task_ops *task, const double *params, uint64_t key[2],
                              struct error *error)
{
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_string(hasher, "trained model");
    hasher_u64(hasher, TRAINING_NUMERICS_VERSION);
    hash_task(hasher, task, params);
    hasher_string(hasher, spec->construction);
    hasher_u64(hasher, (uint64_t)n_hidden);
    hasher_u64(hasher, (uint64_t)spec->seed);
    hash_recipe(hasher, &spec->recipe);
    const struct hash128 digest = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    key[0] = digest.low;
    key[1] = digest.high;
    return STATUS_OK;
}

static size_t input_count(const struct network *network)
{
    return (size_t)network->n_hidden * (size_t)network->n_in;
}

static size_t readout_count(const struct network *network)
{
    return (size_t)network->n_out * (size_t)network->n_hidden;
}

static enum status allocate(struct trainer *trainer, int n_hidden, struct error *error)
{
    const struct task_shape shape = trainer->task->shape(trainer->task_params);
    TRY(network_create(&trainer->network, n_hidden, shape.n_in, shape.n_out, error));
    TRY(network_create(&trainer->gradient, n_hidden, shape.n_in, shape.n_out, error));
    TRY(bptt_create(&trainer->bptt, trainer->spec->recipe.single, n_hidden, shape.n_in, shape.n_out,
                    error));
    trainer->n_recurrent = trainer->construction->n_params(n_hidden);
    trainer->n_params =
        trainer->n_recurrent + input_count(&trainer->network) + readout_count(&trainer->network);
    TRY(memory_array(&trainer->params, trainer->n_params, sizeof(double), error));
    TRY(memory_array(&trainer->params_gradient, trainer->n_params, sizeof(double), error));
    TRY(memory_array(&trainer->moment_1, trainer->n_params, sizeof(double), error));
    TRY(memory_array(&trainer->moment_2, trainer->n_params, sizeof(double), error));
    return memory_array(&trainer->fixed, (size_t)n_hidden, sizeof(double), error);
}

static void release(struct trainer *trainer)
{
    network_release(&trainer->network);
    network_release(&trainer->gradient);
    bptt_destroy(&trainer->bptt);
    free(trainer->params);
    free(trainer->params_gradient);
    free(trainer->moment_1);
    free(trainer->moment_2);
    free(trainer->fixed);
}

/* Parameters to the weights of the network. */
static enum status unfold(struct trainer *trainer, struct error *error)
{
    struct network *const network = &trainer->network;
    const struct construction_ops *const construction = trainer->construction;
    const double *params = trainer->params;
    if (construction->weights != NULL) {
        TRY(construction->weights(network->n_hidden, params, trainer->fixed, network->weight_hh,
                                  error));
    } else {
        memcpy(network->weight_hh, params, trainer->n_recurrent * sizeof *params);
    }
    params += trainer->n_recurrent;
    memcpy(network->weight_ih, params, input_count(network) * sizeof *params);
    params += input_count(network);
    memcpy(network->weight_hy, params, readout_count(network) * sizeof *params);
    return STATUS_OK;
}

/* Gradient of the weights to that of the parameters. */
static enum status fold_gradient(struct trainer *trainer, struct error *error)
{
    const struct network *const gradient = &trainer->gradient;
    const struct construction_ops *const construction = trainer->construction;
    double *out = trainer->params_gradient;
    if (construction->gradient != NULL) {
        TRY(construction->gradient(gradient->n_hidden, trainer->params, trainer->fixed,
                                   trainer->network.weight_hh, gradient->weight_hh, out, error));
    } else {
        memcpy(out, gradient->weight_hh, trainer->n_recurrent * sizeof *out);
    }
    out += trainer->n_recurrent;
    memcpy(out, gradient->weight_ih, input_count(gradient) * sizeof *out);
    out += input_count(gradient);
    memcpy(out, gradient->weight_hy, readout_count(gradient) * sizeof *out);
    return STATUS_OK;
}

static enum status start(struct trainer *trainer, struct error *error)
{
    struct rng rng = rng_stream(trainer->key, STREAM_START, 0);
    const int n_hidden = trainer->network.n_hidden;
    const double bound = 1.0 / sqrt((double)n_hidden);
    const double scale = trainer->spec->recipe.input_scale;
    double *params = trainer->params;
    TRY(trainer->construction->initialise(n_hidden, &rng, params, trainer->fixed, error));
    params += trainer->n_recurrent;
    for (size_t i = 0; i < input_count(&trainer->network); i++) {
        *params++ =
            scale > 0.0 ? scale * rng_normal(&rng) : bound * (2.0 * rng_uniform(&rng) - 1.0);
    }
    for (size_t i = 0; i < readout_count(&trainer->network); i++) {
        *params++ = bound * (2.0 * rng_uniform(&rng) - 1.0);
    }
    return unfold(trainer, error);
}

/* Clips by the global norm. A gradient that is not finite would spoil the weights, and with them
 * every later loss. */
static enum status clip(struct trainer *trainer, int step, struct error *error)
{
    double squares = 0.0;
    for (size_t i = 0; i < trainer->n_params; i++) {
        squares += trainer->params_gradient[i] * trainer->params_gradient[i];
    }
    const double norm = sqrt(squares);
    if (!isfinite(norm)) {
        return error_set(error, STATUS_JOB_TRAINING_DIVERGED,
                         "training diverged: the gradient's norm is %g at step %d", norm, step);
    }
    const double factor =
        norm > trainer->spec->recipe.clip ? trainer->spec->recipe.clip / norm : 1.0;
    for (size_t i = 0; i < trainer->n_params; i++) {
        trainer->params_gradient[i] *= factor;
    }
    return STATUS_OK;
}

static void update(struct trainer *trainer, int step)
{
    const double correction_1 = 1.0 - pow(ADAM_DECAY_1, step + 1);
    const double correction_2 = sqrt(1.0 - pow(ADAM_DECAY_2, step + 1));
    const double rate = recipe_rate(&trainer->spec->recipe, step) / correction_1;
    for (size_t i = 0; i < trainer->n_params; i++) {
        const double g = trainer->params_gradient[i];
        double *const m = &trainer->moment_1[i];
        double *const v = &trainer->moment_2[i];
        *m = ADAM_DECAY_1 * *m + (1.0 - ADAM_DECAY_1) * g;
        *v = ADAM_DECAY_2 * *v + (1.0 - ADAM_DECAY_2) * g * g;
        trainer->params[i] -= rate * *m / (sqrt(*v) / correction_2 + ADAM_EPSILON);
    }
}

static void set_horizon(struct trainer *trainer, int step)
{
    const int param = trainer->task->horizon_param;
    if (param > 0) {
        const int shortest = (int)trainer->task_params[trainer->task->horizon_at_least];
        trainer->task_params[param] = recipe_horizon(&trainer->spec->recipe, step, shortest);
    }
}

static enum status take_step(struct trainer *trainer, int step, double *loss, struct error *error)
{
    struct trials batch;
    const int size = trainer->spec->recipe.batch;
    set_horizon(trainer, step);
    TRY(task_generate(trainer->task, trainer->task_params, trainer->key,
                      STREAM_BATCHES + (uint64_t)step * (uint64_t)size, size, &batch, error));
    const enum status status =
        bptt_gradient(trainer->bptt, &trainer->network, &batch, &trainer->gradient, loss, error);
    trials_release(&batch);
    TRY(status);
    if (!isfinite(*loss)) {
        return error_set(error, STATUS_JOB_TRAINING_DIVERGED,
                         "training diverged: loss is %g at step %d", *loss, step);
    }
    TRY(fold_gradient(trainer, error));
    TRY(clip(trainer, step, error));
    update(trainer, step);
    return unfold(trainer, error);
}

/* The portable path is fast enough for one rollout, and gives the same bits on every processor. */
static enum status score_on(struct trainer *trainer, const struct packed_trials *packed,
                            struct trial_score *scores, struct trial_score *sum,
                            struct error *error)
{
    const struct trial_range all = {0, packed->trials->n_trials};
    struct rollout *rollout = NULL;
    TRY(rollout_create(&rollout, &trainer->network, packed, ISA_PORTABLE, error));
    rollout_score(rollout, all, scores);
    rollout_destroy(&rollout);
    *sum = trial_scores_sum(scores, all.count);
    return trial_score_check(sum, packed->trials->n_steps, error);
}

static enum status measure_on(struct trainer *trainer, const struct packed_trials *packed,
                              double *metric, struct error *error)
{
    const struct trials *const trials = packed->trials;
    struct trial_score *scores = NULL;
    struct trial_score sum = {0};
    double variation = 0.0;
    TRY(memory_array(&scores, (size_t)trials->n_trials, sizeof *scores, error));
    const enum status status = score_on(trainer, packed, scores, &sum, error);
    free(scores);
    TRY(status);
    TRY(metric_variation(trials, trials->targets, &variation, error));
    *metric = trials->metric == METRIC_ACCURACY ? metric_accuracy(trials, &sum)
                                                : metric_fvu(&sum, variation);
    return STATUS_OK;
}

/* The task as it is evaluated, with its own horizon, on trials that no batch has seen. */
static enum status validate(struct trainer *trainer, const double *params, double *metric,
                            struct error *error)
{
    struct trials trials;
    struct packed_trials packed;
    const int n_trials = (int)trainer->task->params[TASK_PARAM_TRIALS_INDEX].default_value;
    TRY(task_generate(trainer->task, params, trainer->key, STREAM_VALIDATION, n_trials, &trials,
                      error));
    enum status status = packed_trials_create(&packed, &trials, PRECISION_FLOAT64, error);
    if (status == STATUS_OK) {
        status = measure_on(trainer, &packed, metric, error);
        packed_trials_release(&packed);
    }
    trials_release(&trials);
    return status;
}

static enum status run_steps(struct trainer *trainer, training_watch watch, void *context,
                             double *loss_history, struct error *error)
{
    const int steps = trainer->spec->recipe.steps;
    TRY(start(trainer, error));
    for (int step = 0; step < steps; step++) {
        TRY(take_step(trainer, step, &loss_history[step], error));
        if (watch != NULL && !watch(context, step, steps, loss_history[step])) {
            return error_set(error, STATUS_STOPPED, "training stopped at step %d", step);
        }
    }
    return STATUS_OK;
}

static double last_loss(const double *loss_history, int steps)
{
    const int count = steps >= 100 ? steps / 100 : 1;
    double sum = 0.0;
    for (int i = steps - count; i < steps; i++) {
        sum += loss_history[i];
    }
    return sum / count;
}

static enum status train_in(struct trainer *trainer, int n_hidden, const double *params,
                            training_watch watch, void *context, struct training_result *result,
                            struct error *error)
{
    const double begin = clock_seconds();
    const double target = trainer->spec->recipe.target;
    TRY(allocate(trainer, n_hidden, error));
    TRY(run_steps(trainer, watch, context, result->loss_history, error));
    TRY(validate(trainer, params, &result->metric, error));
    result->loss = last_loss(result->loss_history, result->steps);
    result->converged = trainer->task->metric == METRIC_ACCURACY ? result->metric >= target
                                                                 : result->metric <= target;
    result->seconds = clock_seconds() - begin;
    result->network = trainer->network;
    trainer->network = (struct network){0};
    return STATUS_OK;
}

enum status train_model(const struct training_spec *spec, int n_hidden, const struct task_ops *task,
                        const double *params, training_watch watch, void *context,
                        struct training_result *result, struct error *error)
{
    struct trainer trainer = {.spec = spec,
                              .task = task,
                              .construction = construction_find(spec->construction),
                              .key = {{spec->key[0], spec->key[1]}}};
    *result = (struct training_result){.steps = spec->recipe.steps};
    if (trainer.construction == NULL) {
        return error_set(error, STATUS_INTERNAL, "no construction '%s'", spec->construction);
    }
    memcpy(trainer.task_params, params, sizeof trainer.task_params);
    TRY(memory_array(&result->loss_history, (size_t)spec->recipe.steps, sizeof(double), error));
    const enum status status = train_in(&trainer, n_hidden, params, watch, context, result, error);
    release(&trainer);
    if (status != STATUS_OK) {
        training_release(result);
    }
    return status;
}

void training_release(struct training_result *result)
{
    network_release(&result->network);
    free(result->loss_history);
    *result = (struct training_result){0};
}
