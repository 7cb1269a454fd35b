#include "kernel/tasks/task.h"

#include "core/array.h"
#include "core/hash.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

const struct task_ops *task_find(const char *name)
{
    const size_t length = strcspn(name, ".");
    for (int i = 0; TASKS[i] != NULL; i++) {
        if (strlen(TASKS[i]->name) == length && strncmp(TASKS[i]->name, name, length) == 0) {
            return TASKS[i];
        }
    }
    return NULL;
}

enum status task_require(const char *name, const struct task_ops **task, struct error *error)
{
    *task = task_find(name);
    return *task != NULL ? STATUS_OK
                         : error_set(error, STATUS_INPUT, "no task '%s' in this program", name);
}

void task_default_params(const struct task_ops *task, double *params)
{
    for (int i = 0; i < PARAMS_MAX; i++) {
        params[i] = i < task->n_params ? task->params[i].default_value : 0.0;
    }
}

void task_complete_params(const struct task_ops *task, const double *stored, double *params)
{
    for (int i = 0; i < PARAMS_MAX; i++) {
        const bool is_missing = i < task->n_params && task->params[i].is_later && stored[i] == 0.0;
        params[i] = is_missing ? task->params[i].default_value : stored[i];
    }
}

bool task_param_counts(const struct task_ops *task, int i, double value)
{
    return !task->params[i].is_later || value != task->params[i].default_value;
}

enum status task_held_out_key(const struct task_ops *task, const double *params, int64_t study_seed,
                              struct rng_key *key, struct error *error)
{
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_string(hasher, "held-out trials");
    hasher_u64(hasher, (uint64_t)study_seed);
    hasher_string(hasher, task->name);
    for (int i = 0; i < task->n_params; i++) {
        if (i != TASK_PARAM_TRIALS_INDEX && task_param_counts(task, i, params[i])) {
            hasher_string(hasher, task->params[i].name);
            hasher_doubles(hasher, &params[i], 1);
        }
    }
    const struct hash128 digest = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    *key = (struct rng_key){{digest.low, digest.high}};
    return STATUS_OK;
}

enum status task_identity(const struct task_spec *task, int64_t study_seed, uint64_t *identity,
                          struct error *error)
{
    const struct task_ops *const ops = task->path == NULL ? task_find(task->name) : NULL;
    double params[PARAMS_MAX];
    struct rng_key key;
    if (ops == NULL) { /* from a file, of which the name does not matter */
        *identity = task->trials_hash;
        return STATUS_OK;
    }
    task_complete_params(ops, task->params, params);
    TRY(task_held_out_key(ops, params, study_seed, &key, error));
    const uint64_t parts[3] = {key.word[0], key.word[1], (uint64_t)params[TASK_PARAM_TRIALS_INDEX]};
    *identity = hash_bytes64(parts, sizeof parts);
    return STATUS_OK;
}

static void scatter_trial(const struct task_trial *trial, struct trials *trials, int index)
{
    const size_t n_in = (size_t)trials->n_in;
    const size_t n_out = (size_t)trials->n_out;
    for (size_t t = 0; t < (size_t)trials->n_steps; t++) {
        const size_t place = t * (size_t)trials->n_trials + (size_t)index;
        memcpy(trials->inputs + place * n_in, trial->inputs + t * n_in, n_in * sizeof(double));
        memcpy(trials->targets + place * n_out, trial->targets + t * n_out, n_out * sizeof(double));
        trials->mask[place] = trial->mask[t];
    }
}

enum status task_trial_create(struct task_trial *trial, struct task_shape shape,
                              struct error *error)
{
    const size_t n_steps = (size_t)shape.n_steps;
    *trial = (struct task_trial){0};
    enum status status =
        memory_array2(&trial->inputs, n_steps, (size_t)shape.n_in, sizeof(double), error);
    THEN(status,
         memory_array2(&trial->targets, n_steps, (size_t)shape.n_out, sizeof(double), error));
    THEN(status, memory_array(&trial->mask, n_steps, 1, error));
    if (status != STATUS_OK) {
        task_trial_release(trial);
    }
    return status;
}

void task_trial_release(struct task_trial *trial)
{
    free(trial->inputs);
    free(trial->targets);
    free(trial->mask);
    *trial = (struct task_trial){0};
}

void task_trial_generate(const struct task_ops *task, const double *params, struct task_shape shape,
                         struct rng_key key, uint64_t stream, const struct task_trial *trial)
{
    struct rng rng = rng_stream(key, stream, 0);
    memset(trial->inputs, 0, array_count(shape.n_steps, shape.n_in) * sizeof(double));
    memset(trial->targets, 0, array_count(shape.n_steps, shape.n_out) * sizeof(double));
    memset(trial->mask, 1, (size_t)shape.n_steps);
    task->generate(params, &rng, trial);
}

static enum status check_params(const struct task_ops *task, const double *params,
                                struct error *error)
{
    const int refused = params_refused(task->params, params, task->n_params);
    if (refused < 0) {
        return STATUS_OK;
    }
    const struct param_spec *const param = &task->params[refused];
    return error_set(error, STATUS_INPUT, "task %s: %s is %.15g, expected %s%.15g to %.15g",
                     task->name, param->name, params[refused],
                     param->is_integer ? "a whole number from " : "", param->low, param->high);
}

enum status task_generate(const struct task_ops *task, const double *params, struct rng_key key,
                          uint64_t first_stream, int n_trials, struct trials *trials,
                          struct error *error)
{
    TRY(check_params(task, params, error));
    const struct task_shape shape = task->shape(params);
    struct task_trial trial;
    TRY(trials_create(trials, shape.n_steps, n_trials, shape.n_in, shape.n_out, error));
    trials->metric = task->metric;
    const enum status status = task_trial_create(&trial, shape, error);
    for (int i = 0; i < n_trials && status == STATUS_OK; i++) {
        task_trial_generate(task, params, shape, key, first_stream + (uint64_t)i, &trial);
        scatter_trial(&trial, trials, i);
    }
    if (status != STATUS_OK) {
        trials_release(trials);
    }
    task_trial_release(&trial);
    return status;
}
