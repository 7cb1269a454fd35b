#include "kernel/training/train.h"

#include "core/array.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/vector_clones.h"
#include "kernel/constructions/construction.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/measures/measure.h"
#include "kernel/recipes/recipe.h"
#include "kernel/training/bptt.h"
#include "kernel/training/param_vector.h"

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

/* The task as it is evaluated, with its own horizon, on trials that no batch has seen. */
struct validation {
    struct trials trials;
    struct baseline baseline;
    struct packed_trials packed;
    struct trial_score *scores; /* [n_trials] */
};

struct trainer {
    const struct training_spec *spec;
    const struct task_ops *task;
    struct rng_key key;
    struct param_vector params;
    struct bptt *bptt;
    double *moment_1; /* [params.size] */
    double *moment_2; /* likewise */
    double *mean;     /* likewise: what is looked at where training stops at the target */
    double task_params[PARAMS_MAX];
    struct task_trial trials[BPTT_TRIALS]; /* with room for the full horizon */
    struct validation validation;
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
        if (i != TASK_PARAM_TRIALS_INDEX && !is_horizon && task_param_counts(task, i, params[i])) {
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
    if (recipe->bias) { /* likewise */
        hasher_string(hasher, "bias");
    }
    if (recipe->check > 0) { /* likewise */
        hasher_string(hasher, "stop where the mean meets the target");
        hasher_u64(hasher, (uint64_t)recipe->check);
    }
    const struct hash128 digest = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    key[0] = digest.low;
    key[1] = digest.high;
    return STATUS_OK;
}

static enum status allocate(struct trainer *trainer, int n_hidden, struct error *error)
{
    const struct training_spec *const spec = trainer->spec;
    const struct task_shape longest = /* no batch has longer trials than the last */
        recipe_shape(&spec->recipe, trainer->task, trainer->task_params, spec->recipe.steps - 1);
    const struct construction_ops *const construction = construction_find(spec->construction);
    const struct network_shape shape = {spec->cell, n_hidden, longest.n_in, longest.n_out};
    if (construction == NULL) {
        return error_set(error, STATUS_INTERNAL, "no construction '%s'", spec->construction);
    }
    TRY(param_vector_create(&trainer->params, &shape, construction, spec->recipe.bias, error));
    TRY(bptt_create(&trainer->bptt, &trainer->params.network, spec->recipe.bias,
                    spec->recipe.single ? PRECISION_FLOAT32 : PRECISION_FLOAT64, isa_best(),
                    error));
    for (int i = 0; i < BPTT_TRIALS; i++) {
        TRY(task_trial_create(&trainer->trials[i], longest, error));
    }
    TRY(memory_array(&trainer->moment_1, trainer->params.size, sizeof(double), error));
    TRY(memory_array(&trainer->moment_2, trainer->params.size, sizeof(double), error));
    return memory_array(&trainer->mean, trainer->params.size, sizeof(double), error);
}

static enum status start(struct trainer *trainer, struct error *error)
{
    struct rng rng = rng_stream(trainer->key, STREAM_START, 0);
    return param_vector_start(&trainer->params, &rng, trainer->spec->recipe.input_scale, error);
}

/* g <- g min(1, clip / |g|_2), over all parameters at once (Pascanu, Mikolov and Bengio 2013). A
 * gradient that is not finite would spoil the weights, and with them every later loss. */
static enum status clip(struct trainer *trainer, int step, struct error *error)
{
    double squares = 0.0;
    for (size_t i = 0; i < trainer->params.size; i++) {
        squares += trainer->params.values_change[i] * trainer->params.values_change[i];
    }
    const double norm = sqrt(squares);
    if (!isfinite(norm)) {
        return error_set(error, STATUS_JOB_TRAINING_DIVERGED,
                         "training diverged: the gradient's norm is %g at step %d", norm, step);
    }
    const double factor =
        norm > trainer->spec->recipe.clip ? trainer->spec->recipe.clip / norm : 1.0;
    for (size_t i = 0; i < trainer->params.size; i++) {
        trainer->params.values_change[i] *= factor;
    }
    return STATUS_OK;
}

/* base^exponent by squares, which round the same everywhere. */
static double power(double base, int exponent)
{
    double result = 1.0;
    for (; exponent > 0; exponent /= 2, base *= base) {
        result *= exponent % 2 != 0 ? base : 1.0;
    }
    return result;
}

/* Adam (Kingma and Ba 2015), with k = step + 1 and the schedule's rate eta:
 *
 *     m <- beta_1 m + (1 - beta_1) g,    v <- beta_2 v + (1 - beta_2) g^2,
 *     p <- p - eta m / (1 - beta_1^k) / (sqrt(v / (1 - beta_2^k)) + epsilon). */
VECTOR_CLONES static void update(const struct trainer *trainer, int step)
{
    const double correction_1 = 1.0 - power(ADAM_DECAY_1, step + 1);
    const double correction_2 = 1.0 / sqrt(1.0 - power(ADAM_DECAY_2, step + 1));
    const double rate = recipe_rate(&trainer->spec->recipe, step) / correction_1;
    const double *const gradient = trainer->params.values_change;
    double *restrict const values = trainer->params.values;
    double *restrict const m = trainer->moment_1;
    double *restrict const v = trainer->moment_2;
    for (size_t i = 0; i < trainer->params.size; i++) {
        const double g = gradient[i];
        m[i] = ADAM_DECAY_1 * m[i] + (1.0 - ADAM_DECAY_1) * g;
        v[i] = ADAM_DECAY_2 * v[i] + (1.0 - ADAM_DECAY_2) * g * g;
        values[i] -= rate * m[i] / (sqrt(v[i]) * correction_2 + ADAM_EPSILON);
    }
}

/* While the rate is high, the values of single steps scatter about a network that is better than
 * all of them; their mean is close to what a falling rate would reach (Polyak and Juditsky 1992;
 * Izmailov et al. 2018). Of the steps from one look to the next it takes the later half, p_1, p_2,
 * ...:
 *
 *     mean <- mean + (p_n - mean) / n. */
VECTOR_CLONES static void average(const struct trainer *trainer, int step)
{
    const int check = trainer->spec->recipe.check;
    const int n = check > 0 ? step % check + 1 - check / 2 : 0;
    if (n <= 0) {
        return;
    }
    const double share = 1.0 / n;
    const double *const values = trainer->params.values;
    double *restrict const mean = trainer->mean;
    for (size_t i = 0; i < trainer->params.size; i++) {
        mean[i] = (1.0 - share) * mean[i] + share * values[i];
    }
}

/* A fresh batch, with the horizon that the recipe has for this step. */
static enum status make_batch(struct trainer *trainer, int step, struct error *error)
{
    const int size = trainer->spec->recipe.batch;
    const uint64_t first = STREAM_BATCHES + (uint64_t)step * (uint64_t)size;
    double *const params = trainer->task_params;
    recipe_set_horizon(&trainer->spec->recipe, trainer->task, step, params);
    const struct task_shape shape = trainer->task->shape(params);
    TRY(bptt_begin(trainer->bptt, shape.n_steps, size, error));
    for (int i = 0; i < size; i += BPTT_TRIALS) {
        const int count = size - i < BPTT_TRIALS ? size - i : BPTT_TRIALS;
        for (int k = 0; k < count; k++) {
            task_trial_generate(trainer->task, params, shape, trainer->key,
                                first + (uint64_t)(i + k), &trainer->trials[k]);
        }
        bptt_load(trainer->bptt, i, trainer->trials, count);
    }
    return STATUS_OK;
}

static enum status take_step(struct trainer *trainer, int step, double *loss, struct error *error)
{
    TRY(make_batch(trainer, step, error));
    bptt_gradient(trainer->bptt, &trainer->params.network, &trainer->params.gradient, loss);
    if (!isfinite(*loss)) {
        return error_set(error, STATUS_JOB_TRAINING_DIVERGED,
                         "training diverged: loss is %g at step %d", *loss, step);
    }
    TRY(param_vector_fold(&trainer->params, error));
    TRY(clip(trainer, step, error));
    update(trainer, step);
    average(trainer, step);
    return param_vector_unfold(&trainer->params, error);
}

static enum status validation_begin(struct trainer *trainer, const double *params,
                                    struct error *error)
{
    struct validation *const validation = &trainer->validation;
    struct trials *const trials = &validation->trials;
    const int n_trials = (int)trainer->task->params[TASK_PARAM_TRIALS_INDEX].default_value;
    TRY(task_generate(trainer->task, params, trainer->key, STREAM_VALIDATION, n_trials, trials,
                      error));
    TRY(memory_array(&validation->scores, (size_t)n_trials, sizeof *validation->scores, error));
    TRY(baseline_begin(&validation->baseline, trials, error));
    return packed_trials_create(&validation->packed, trials, PRECISION_FLOAT64, error);
}

static void validation_release(struct validation *validation)
{
    packed_trials_release(&validation->packed);
    free(validation->scores);
    trials_release(&validation->trials);
}

static enum status validate(struct trainer *trainer, double *metric, struct error *error)
{
    struct validation *const validation = &trainer->validation;
    const struct trials *const trials = &validation->trials;
    struct rollout *rollout = NULL;
    TRY(rollout_create(&rollout, &trainer->params.network, &validation->packed, isa_best(), error));
    rollout_score(rollout, (struct trial_range){0, trials->n_trials}, validation->scores);
    rollout_destroy(&rollout);
    const struct trial_score sum = trial_scores_sum(validation->scores, trials->n_trials);
    *metric = measure_of_metric(trials->metric)->of(&sum, &validation->baseline, 0.0);
    return trial_score_check(&sum, trials->n_steps, error);
}

static bool meets_target(const struct trainer *trainer, double metric)
{
    const double target = trainer->spec->recipe.target;
    return measure_of_metric(trainer->task->metric)->higher_is_better ? metric >= target
                                                                      : metric <= target;
}

/* The metric of the trainer's network, and whether it meets the target. Outputs that overflow on
 * the way may become good: they only do not meet it. */
static enum status look(struct trainer *trainer, struct training_result *result,
                        struct error *error)
{
    const enum status status = validate(trainer, &result->metric, error);
    result->converged = status == STATUS_OK && meets_target(trainer, result->metric);
    return status_is_job_failure(status) ? STATUS_OK : status;
}

static enum status exchange_with_mean(struct trainer *trainer, struct error *error)
{
    for (size_t i = 0; i < trainer->params.size; i++) {
        const double value = trainer->params.values[i];
        trainer->params.values[i] = trainer->mean[i];
        trainer->mean[i] = value;
    }
    return param_vector_unfold(&trainer->params, error);
}

/* Whether the training has taken all steps, or so many that a look at the mean is due and finds it
 * good enough: then the mean is the network. A training that goes on after a stop looks again, and
 * sees the same. */
static enum status is_at_end(struct trainer *trainer, int step, struct training_result *result,
                             bool *is_end, struct error *error)
{
    const struct recipe_values *const recipe = &trainer->spec->recipe;
    *is_end = step == recipe->steps;
    if (recipe->check > 0 && step > 0 && step % recipe->check == 0) {
        TRY(exchange_with_mean(trainer, error));
        TRY(look(trainer, result, error));
        if (result->converged) {
            *is_end = true;
            return STATUS_OK;
        }
        TRY(exchange_with_mean(trainer, error));
    }
    if (*is_end) {
        TRY(validate(trainer, &result->metric, error));
        result->converged = meets_target(trainer, result->metric);
    }
    return STATUS_OK;
}

static enum status take_steps(struct trainer *trainer, const struct training_watcher *watcher,
                              struct training_result *result, struct training_state *state,
                              struct error *error)
{
    const int steps = trainer->spec->recipe.steps;
    bool is_end = false;
    if (watcher != NULL && watcher->load != NULL && watcher->load(watcher->context, state)) {
        TRY(param_vector_unfold(&trainer->params, error));
    }
    TRY(is_at_end(trainer, state->step, result, &is_end, error));
    while (!is_end) {
        const int step = state->step++;
        double *const loss = &result->loss_history[step];
        TRY(take_step(trainer, step, loss, error));
        const bool goes_on =
            watcher == NULL || watcher->go_on(watcher->context, step, steps, *loss);
        if (watcher != NULL && watcher->save != NULL) {
            watcher->save(watcher->context, state, !goes_on);
        }
        if (!goes_on) {
            return error_set(error, STATUS_STOPPED, "training stopped at step %d", step);
        }
        TRY(is_at_end(trainer, state->step, result, &is_end, error));
    }
    result->steps = state->step;
    return STATUS_OK;
}

static enum status train_in(struct trainer *trainer, int n_hidden, const double *params,
                            const struct training_watcher *watcher, struct training_result *result,
                            struct error *error)
{
    const double begin = clock_seconds();
    TRY(allocate(trainer, n_hidden, error));
    TRY(start(trainer, error));
    TRY(validation_begin(trainer, params, error));
    struct training_state state = {.n_steps = result->steps,
                                   .n_values = trainer->params.size,
                                   .values = trainer->params.values,
                                   .moment_1 = trainer->moment_1,
                                   .moment_2 = trainer->moment_2,
                                   .mean = trainer->mean,
                                   .losses = result->loss_history};
    TRY(take_steps(trainer, watcher, result, &state, error));
    const int last = result->steps >= 100 ? result->steps / 100 : 1;
    for (int i = result->steps - last; i < result->steps; i++) {
        result->loss += result->loss_history[i];
    }
    result->loss /= last;
    result->seconds = state.seconds + (clock_seconds() - begin);
    result->network = trainer->params.network;
    trainer->params.network = (struct network){0};
    return STATUS_OK;
}

enum status train_model(const struct training_spec *spec, int n_hidden, const struct task_ops *task,
                        const double *params, const struct training_watcher *watcher,
                        struct training_result *result, struct error *error)
{
    struct trainer trainer = {.spec = spec, .task = task, .key = {{spec->key[0], spec->key[1]}}};
    *result = (struct training_result){.steps = spec->recipe.steps};
    memcpy(trainer.task_params, params, sizeof trainer.task_params);
    TRY(memory_array(&result->loss_history, (size_t)spec->recipe.steps, sizeof(double), error));
    const enum status status = train_in(&trainer, n_hidden, params, watcher, result, error);
    param_vector_release(&trainer.params);
    bptt_destroy(&trainer.bptt);
    for (int i = 0; i < BPTT_TRIALS; i++) {
        task_trial_release(&trainer.trials[i]);
    }
    validation_release(&trainer.validation);
    free(trainer.moment_1);
    free(trainer.moment_2);
    free(trainer.mean);
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
