#include "worker/case_data.h"

#include "store/model_file.h"
#include "worker/case_input.h"

struct case_data case_data_begin(const struct sweep *sweep)
{
    return (struct case_data){.sweep = sweep,
                              .settings = {.grid = case_grid(sweep),
                                           .epsilon = sweep->epsilon,
                                           .precision = sweep->precision,
                                           .isa = sweep->isa},
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

static enum status check_model(struct case_data *data, const struct model_spec *model,
                               struct error *error)
{
    TRY(network_hash(&data->network, &data->weights_hash, error));
    return case_check_model(model, data->weights_hash, &data->training, error);
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
    TRY(case_as_job_failure(load_model(data, &data->sweep->models[model], error)));
    data->model = model;
    return STATUS_OK;
}

static enum status load_packed(struct case_data *data, const struct case_spec *item,
                               struct error *error)
{
    TRY(case_trials_load(data->sweep, item, &data->trials, error));
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
    TRY(case_as_job_failure(load_packed(data, item, error)));
    data->has_trials = true;
    data->trials_task = item->task;
    data->trials_model = owner;
    return STATUS_OK;
}
