#include "worker/case_data.h"

#include "kernel/dynamics/task.h"
#include "store/model_file.h"
#include "store/model_write.h"

#include <string.h>

struct case_data case_data_begin(const struct sweep *sweep)
{
    return (struct case_data){.sweep = sweep,
                              .settings = {.grid = {.alphas = sweep->alphas,
                                                    .n_alphas = sweep->n_alphas,
                                                    .n_partitions = sweep->n_partitions,
                                                    .sets = sweep->ablations,
                                                    .n_sets = sweep->n_ablations},
                                           .epsilon = sweep->epsilon,
                                           .precision = sweep->precision,
                                           .vector_path = sweep->vector_path},
                              .model = NOTHING_LOADED};
}

static void release_model(struct case_data *data)
{
    if (data->model != NOTHING_LOADED) {
        decomposition_release(&data->decomposition);
        network_release(&data->network);
        data->model = NOTHING_LOADED;
    }
}

static void release_trials(struct case_data *data)
{
    if (data->has_trials) {
        packed_trials_release(&data->packed);
        trials_release(&data->trials);
        data->has_trials = false;
    }
}

void case_data_release(struct case_data *data)
{
    release_model(data);
    release_trials(data);
}

/* The study has checked every file before the first job, so whatever is wrong now has changed. */
static enum status as_job_failure(enum status status)
{
    if (status == STATUS_OK || status_is_job_failure(status)) {
        return status;
    }
    return status == STATUS_INPUT ? STATUS_JOB_MODEL : STATUS_JOB_MEMORY;
}

static enum status check_hash(const char *path, uint64_t found, uint64_t expected,
                              struct error *error)
{
    return found == expected ? STATUS_OK
                             : error_set(error, STATUS_JOB_MODEL,
                                         "%s: content has changed since the study began", path);
}

/* A file from elsewhere must have the weights that the study saw, a trained one the identity that
 * the study asked for. */
static enum status check_model(struct case_data *data, const struct model_spec *model,
                               struct error *error)
{
    char identity[17];
    TRY(network_hash(&data->network, &data->weights_hash, error));
    TRY(model_file_read_facts(model->path, &data->training, identity, error));
    if (model->is_trained) {
        return strcmp(identity, model->identity) == 0
                   ? STATUS_OK
                   : error_set(error, STATUS_JOB_MODEL, "%s: identity is '%s', expected '%s'",
                               model->path, identity, model->identity);
    }
    return check_hash(model->path, data->weights_hash, model->weights_hash, error);
}

static enum status load_model(struct case_data *data, const struct model_spec *model,
                              struct error *error)
{
    struct model_labels labels;
    TRY(model_file_read(model->path, &data->network, &labels, error));
    enum status status = check_model(data, model, error);
    if (status == STATUS_OK) {
        status = decomposition_create(&data->decomposition, &data->network, &data->settings, error);
    }
    if (status != STATUS_OK) {
        network_release(&data->network);
    }
    return status;
}

enum status case_data_load_model(struct case_data *data, int case_index, struct error *error)
{
    const int model = data->sweep->cases[case_index].model;
    if (data->model == model) {
        return STATUS_OK;
    }
    release_model(data);
    TRY(as_job_failure(load_model(data, &data->sweep->models[model], error)));
    data->model = model;
    return STATUS_OK;
}

static enum status generate(const struct sweep *sweep, const struct task_spec *spec,
                            struct trials *trials, struct error *error)
{
    const struct task_ops *const task = task_find(spec->name);
    struct rng_key key;
    if (task == NULL) {
        return error_set(error, STATUS_INTERNAL, "no built-in task '%s'", spec->name);
    }
    TRY(task_held_out_key(task, spec->params, sweep->seed, &key, error));
    return task_generate(task, spec->params, key, 0, (int)spec->params[TASK_PARAM_TRIALS_INDEX],
                         trials, error);
}

static enum status read_checked(const char *path, uint64_t expected, struct trials *trials,
                                struct error *error)
{
    uint64_t hash = 0;
    TRY(trials_file_read(path, trials, error));
    enum status status = trials_hash(trials, &hash, error);
    if (status == STATUS_OK) {
        status = check_hash(path, hash, expected, error);
    }
    if (status != STATUS_OK) {
        trials_release(trials);
    }
    return status;
}

static enum status load_trials(const struct sweep *sweep, const struct case_spec *item,
                               struct trials *trials, struct error *error)
{
    if (item->task == CASE_TASK_OWN) {
        const struct model_spec *const model = &sweep->models[item->model];
        return read_checked(model->path, model->trials_hash, trials, error);
    }
    const struct task_spec *const task = &sweep->tasks[item->task];
    return task->path != NULL ? read_checked(task->path, task->trials_hash, trials, error)
                              : generate(sweep, task, trials, error);
}

static enum status load_packed(struct case_data *data, const struct case_spec *item,
                               struct error *error)
{
    TRY(load_trials(data->sweep, item, &data->trials, error));
    const enum status status =
        packed_trials_create(&data->packed, &data->trials, data->settings.precision, error);
    if (status != STATUS_OK) {
        trials_release(&data->trials);
    }
    return status;
}

enum status case_data_load_trials(struct case_data *data, int case_index, struct error *error)
{
    const struct case_spec *const item = &data->sweep->cases[case_index];
    const int owner = item->task == CASE_TASK_OWN ? item->model : NOTHING_LOADED;
    if (data->has_trials && data->trials_task == item->task && data->trials_model == owner) {
        return STATUS_OK;
    }
    release_trials(data);
    TRY(as_job_failure(load_packed(data, item, error)));
    data->has_trials = true;
    data->trials_task = item->task;
    data->trials_model = owner;
    return STATUS_OK;
}
