/* One rank's cases. Model and trials stay while the next case needs them again. */
#include "cases/case_input.h"
#include "core/memory.h"
#include "kernel/experiment_alone.h"
#include "store/model_file.h"

#include <stdlib.h>

enum { NOTHING_LOADED = -1 };

struct alone_case {
    struct alone alone; /* comes first */
    const struct sweep *sweep;
    int opened;       /* the case whose model and matrix are here, or NOTHING_LOADED */
    int trials_task;  /* task of the loaded trials; CASE_TASK_OWN with trials_model */
    int trials_model; /* model they came from, or NOTHING_LOADED for a task's */
    bool has_trials;
};

static enum status load_model(struct alone_case *loaded, const struct case_spec *spec,
                              struct error *error)
{
    const struct model_spec *const model = &loaded->sweep->models[spec->model];
    struct experiment *const experiment = &loaded->alone.base;
    struct model_labels labels;
    struct network network;
    TRY(model_file_read(model->path, &network, &labels, error));
    enum status status = network_hash(&network, &experiment->weights_hash, error);
    THEN(status, case_check_model(model, experiment->weights_hash, &experiment->training, error));
    THEN(status, case_check_shape(model, &network, error));
    if (status != STATUS_OK) {
        network_release(&network);
        return status;
    }
    return alone_set_network(&loaded->alone, &network, &spec->form, error);
}

static enum status open_model(struct experiment *experiment, int case_index, struct error *error)
{
    struct alone_case *const loaded = (struct alone_case *)experiment;
    const struct case_spec *const spec = &loaded->sweep->cases[case_index];
    if (loaded->opened != NOTHING_LOADED &&
        case_shares_form(spec, &loaded->sweep->cases[loaded->opened])) {
        return STATUS_OK;
    }
    loaded->opened = NOTHING_LOADED;
    TRY(case_as_job_failure(load_model(loaded, spec, error)));
    loaded->opened = case_index;
    return STATUS_OK;
}

static enum status open_trials(struct experiment *experiment, int case_index, struct error *error)
{
    struct alone_case *const loaded = (struct alone_case *)experiment;
    const struct case_spec *const spec = &loaded->sweep->cases[case_index];
    const int owner = spec->task == CASE_TASK_OWN ? spec->model : NOTHING_LOADED;
    experiment->changed = case_changes(loaded->sweep, spec);
    if (!loaded->has_trials || loaded->trials_task != spec->task || loaded->trials_model != owner) {
        struct trials trials;
        loaded->has_trials = false;
        TRY(case_as_job_failure(case_trials_load(loaded->sweep, spec, &trials, error)));
        TRY(case_as_job_failure(alone_set_trials(&loaded->alone, &trials, error)));
        loaded->has_trials = true;
        loaded->trials_task = spec->task;
        loaded->trials_model = owner;
    }
    TRY(case_check_trials(&loaded->alone.network, &loaded->alone.trials, error));
    return case_as_job_failure(alone_run_reference(&loaded->alone, error));
}

static void destroy(struct experiment *experiment)
{
    alone_release((struct alone *)experiment);
    free(experiment);
}

static const struct experiment_ops ALONE_OPS = {.open_model = open_model,
                                                .open_trials = open_trials,
                                                .measure = alone_measure,
                                                .measure_weights = alone_measure_weights,
                                                .source = alone_source,
                                                .add_up = alone_add_up,
                                                .agree = alone_agree,
                                                .destroy = destroy};

enum status cases_alone(struct experiment **out, const struct sweep *sweep, struct error *error)
{
    struct alone_case *made = NULL;
    const struct experiment_settings settings = {.grid = case_grid(sweep),
                                                 .epsilon = sweep->epsilon,
                                                 .seed = sweep->seed,
                                                 .precision = sweep->precision,
                                                 .gauss_newton = sweep->gauss_newton,
                                                 .isa = sweep->isa};
    TRY(memory_array(&made, 1, sizeof *made, error));
    made->alone = alone_begin(&settings, &ALONE_OPS);
    made->sweep = sweep;
    made->opened = NOTHING_LOADED;
    *out = &made->alone.base;
    return STATUS_OK;
}
