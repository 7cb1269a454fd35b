#include "kernel/training/train.h"

#include "core/array.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/memory.h"
#include "kernel/constructions/construction.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/measures/measure.h"
#include "kernel/recipes/recipe.h"
#include "kernel/training/bptt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* beta_1, beta_2 and epsilon of Kingma and Ba. */
static const double ADAM_DECAY_1 = 0.9;
static const double ADAM_DECAY_2 = 0.999;
static const double ADAM_EPSILON = 1e-8;

/* Streams of random numbers under a model's key. The start is stream 0; trial b of the batch of a
 * step draws from STREAM_BATCHES + step * batch + b, validation trial i from STREAM_VALIDATION + i:
 * no two draw the same numbers, and a batch can be made without those before it. */
static const uint64_t STREAM_START = 0;
static const uint64_t STREAM_BATCHES = (uint64_t)1 << 62;
static const uint64_t STREAM_VALIDATION = (uint64_t)1 << 63;

/* All trained numbers in one vector: recurrent parameters p, W_ih, W_hy. W_hh is a function of p,
 * the construction; without one of its own p is W_hh. */
struct trainer {
    const struct training_spec *spec;
    const struct task_ops *task;
    const struct construction_ops *construction;
    struct rng_key key;
    struct network network;
    struct network gradient;
    struct bptt *bptt;
    size_t n_recurrent;
    size_t n_input;          /* of W_ih */
    size_t n_readout;        /* of W_hy */
    size_t n_params;         /* their sum */
    double *params;          /* [n_params] */
    double *params_gradient; /* [n_params] */
    double *moment_1;        /* [n_params] */
    double *moment_2;        /* [n_params] */
    double *fixed;           /* [n_hidden] of the construction */
    double task_params[PARAMS_MAX];
};

enum status training_identity(const struct training_spec *spec, int n_hidden,
                              const struct task_ops *task, const double *params, uint64_t key[2],
                              struct error *error)
{
    const struct recipe_values *const recipe = &spec->recipe;
    const double numbers[] = {recipe->rate, recipe->clip, recipe->target, recipe->input_scale};
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_string(hasher, "trained model");
    hasher_u64(hasher, TRAINING_NUMERICS_VERSION);
    hasher_string(hasher, task->name);
    for (int i = 0; i < task->n_params; i++) {
        const bool is_horizon = task->horizon_param > 0 && i == task->horizon_param;
        if (i != TASK_PARAM_TRIALS_INDEX && !is_horizon) {
            hasher_string(hasher, task->params[i].name);
            hasher_doubles(hasher, &params[i], 1);
        }
    }
    hasher_string(hasher, spec->construction);
    hasher_u64(hasher, (uint64_t)n_hidden);
    hasher_u64(hasher, (uint64_t)spec->seed);
    hasher_string(hasher, recipe->base);
    hasher_u64(hasher, (uint64_t)recipe->steps);
    hasher_u64(hasher, (uint64_t)recipe->batch);
    hasher_string(hasher, schedule_name(recipe->schedule));
    hasher_u64(hasher, (uint64_t)recipe->horizon);
    hasher_u64(hasher, recipe->single);
    hasher_doubles(hasher, numbers, sizeof numbers / sizeof numbers[0]);
    if (!cell_is_default(
            &spec->cell)) { /* identities of plain tanh networks are older than cells */
        if (spec->cell.kind != CELL_DEFAULT.kind) {
            hasher_string(hasher, cell_parts(spec->cell.kind)->name);
        }
        hasher_string(hasher, activation_name(spec->cell.activation));
        hasher_string(hasher, leak_form_name(spec->cell.leak_form));
        hasher_doubles(hasher, &spec->cell.leak, 1);
    }
    const struct hash128 digest = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    key[0] = digest.low;
    key[1] = digest.high;
    return STATUS_OK;
}

static enum status allocate(struct trainer *trainer, int n_hidden, struct error *error)
{
    const struct task_shape shape = trainer->task->shape(trainer->task_params);
    double **const arrays[] = {&trainer->params, &trainer->params_gradient, &trainer->moment_1,
                               &trainer->moment_2};
    const struct network_shape sizes = {trainer->spec->cell, n_hidden, shape.n_in, shape.n_out};
    TRY(network_create(&trainer->network, &sizes, error));
    TRY(network_create(&trainer->gradient, &sizes, error));
    TRY(bptt_create(&trainer->bptt, &trainer->network,
                    trainer->spec->recipe.single ? PRECISION_FLOAT32 : PRECISION_FLOAT64,
                    isa_best(), error));
    trainer->n_recurrent = trainer->construction->n_params(n_hidden);
    trainer->n_input = array_count(n_hidden, shape.n_in);
    trainer->n_readout = array_count(shape.n_out, n_hidden);
    trainer->n_params = trainer->n_recurrent + trainer->n_input + trainer->n_readout;
    for (int i = 0; i < 4; i++) {
        TRY(memory_array(arrays[i], trainer->n_params, sizeof(double), error));
    }
    return memory_array(&trainer->fixed, (size_t)n_hidden, sizeof(double), error);
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
    memcpy(network->weight_ih, params, trainer->n_input * sizeof *params);
    params += trainer->n_input;
    memcpy(network->weight_hy, params, trainer->n_readout * sizeof *params);
    return STATUS_OK;
}

/* dL/dW_hh to dL/dp by the construction's chain rule; the others as they are. */
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
    memcpy(out, gradient->weight_ih, trainer->n_input * sizeof *out);
    out += trainer->n_input;
    memcpy(out, gradient->weight_hy, trainer->n_readout * sizeof *out);
    return STATUS_OK;
}

/* p as the construction starts; W_ih normal with the recipe's scale, or like W_hy uniform in
 * +-1/sqrt(n_hidden), as PyTorch does. */
static enum status start(struct trainer *trainer, struct error *error)
{
    struct rng rng = rng_stream(trainer->key, STREAM_START, 0);
    const int n_hidden = trainer->network.n_hidden;
    const double bound = 1.0 / sqrt((double)n_hidden);
    const double scale = trainer->spec->recipe.input_scale;
    double *params = trainer->params;
    TRY(trainer->construction->initialise(n_hidden, &rng, params, trainer->fixed, error));
    params += trainer->n_recurrent;
    for (size_t i = 0; i < trainer->n_input; i++) {
        *params++ =
            scale > 0.0 ? scale * rng_normal(&rng) : bound * (2.0 * rng_uniform(&rng) - 1.0);
    }
    for (size_t i = 0; i < trainer->n_readout; i++) {
        *params++ = bound * (2.0 * rng_uniform(&rng) - 1.0);
    }
    return unfold(trainer, error);
}

/* g <- g min(1, clip / |g|_2), over all parameters at once (Pascanu, Mikolov and Bengio 2013). A
 * gradient that is not finite would spoil the weights, and with them every later loss. */
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

/* Adam (Kingma and Ba 2015), with k = step + 1 and the schedule's rate eta:
 *
 *     m <- beta_1 m + (1 - beta_1) g,    v <- beta_2 v + (1 - beta_2) g^2,
 *     p <- p - eta m / (1 - beta_1^k) / (sqrt(v / (1 - beta_2^k)) + epsilon). */
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

/* A fresh batch, with the horizon that the recipe has for this step; loss and gradient; update. */
static enum status take_step(struct trainer *trainer, int step, double *loss, struct error *error)
{
    struct trials batch;
    const int size = trainer->spec->recipe.batch;
    const int horizon = trainer->task->horizon_param;
    if (horizon > 0) {
        const int shortest = (int)trainer->task_params[trainer->task->horizon_at_least];
        trainer->task_params[horizon] = recipe_horizon(&trainer->spec->recipe, step, shortest);
    }
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

/* The task as it is evaluated, with its own horizon, on trials that no batch has seen. The portable
 * path is fast enough for one rollout, and gives the same bits on every processor. */
static enum status validate(struct trainer *trainer, const double *params, double *metric,
                            struct error *error)
{
    struct trials trials;
    struct baseline baseline;
    struct packed_trials packed = {0};
    struct rollout *rollout = NULL;
    struct trial_score *scores = NULL;
    const int n_trials = (int)trainer->task->params[TASK_PARAM_TRIALS_INDEX].default_value;
    TRY(task_generate(trainer->task, params, trainer->key, STREAM_VALIDATION, n_trials, &trials,
                      error));
    enum status status = memory_array(&scores, (size_t)n_trials, sizeof *scores, error);
    THEN(status, baseline_begin(&baseline, &trials, error));
    THEN(status, packed_trials_create(&packed, &trials, PRECISION_FLOAT64, error));
    THEN(status, rollout_create(&rollout, &trainer->network, &packed, ISA_PORTABLE, error));
    if (status == STATUS_OK) {
        rollout_score(rollout, (struct trial_range){0, n_trials}, scores);
        const struct trial_score sum = trial_scores_sum(scores, n_trials);
        status = trial_score_check(&sum, trials.n_steps, error);
        *metric = measure_of_metric(trials.metric)->of(&sum, &baseline, 0.0);
    }
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    free(scores);
    trials_release(&trials);
    return status;
}

static enum status train_in(struct trainer *trainer, int n_hidden, const double *params,
                            training_watch watch, void *context, struct training_result *result,
                            struct error *error)
{
    const double begin = clock_seconds();
    const double target = trainer->spec->recipe.target;
    TRY(allocate(trainer, n_hidden, error));
    TRY(start(trainer, error));
    for (int step = 0; step < result->steps; step++) {
        double *const loss = &result->loss_history[step];
        TRY(take_step(trainer, step, loss, error));
        if (watch != NULL && !watch(context, step, result->steps, *loss)) {
            return error_set(error, STATUS_STOPPED, "training stopped at step %d", step);
        }
    }
    TRY(validate(trainer, params, &result->metric, error));
    const int last = result->steps >= 100 ? result->steps / 100 : 1;
    for (int i = result->steps - last; i < result->steps; i++) {
        result->loss += result->loss_history[i];
    }
    result->loss /= last;
    result->converged = measure_of_metric(trainer->task->metric)->higher_is_better
                            ? result->metric >= target
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
    network_release(&trainer.network);
    network_release(&trainer.gradient);
    bptt_destroy(&trainer.bptt);
    free(trainer.params);
    free(trainer.params_gradient);
    free(trainer.moment_1);
    free(trainer.moment_2);
    free(trainer.fixed);
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
