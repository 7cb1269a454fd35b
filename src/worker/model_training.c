#include "worker/model_training.h"

#include "core/clock.h"
#include "kernel/training/train.h"
#include "store/model_write.h"

#include <stdio.h>

static const double PROGRESS_INTERVAL = 1.0;

struct watch_state {
    const struct work_watcher *watcher;
    double last_told;
};

static bool watch(void *context, int step, int steps, double loss)
{
    struct watch_state *const state = context;
    const double now = clock_seconds();
    if (state->watcher != NULL && now - state->last_told >= PROGRESS_INTERVAL) {
        state->watcher->tell(state->watcher->context, step + 1, steps, loss);
        state->last_told = now;
    }
    return state->watcher == NULL || !stop_is_urgent(&state->watcher->stop);
}

static enum status keep(const struct model_spec *model, const struct training_result *result,
                        const char *versions, struct error *error)
{
    char text[1024];
    const struct recipe_values *const recipe = &model->training.recipe;
    (void)snprintf(text, sizeof text,
                   "base = %s\nsteps = %d\nbatch = %d\nrate = %.15g\nschedule = %s\nclip = %.15g\n"
                   "horizon = %d\ntarget = %.15g\nstop = %s\ncheck = %d\ndtype = %s\nbias = %s\n"
                   "input_scale = %.15g\n",
                   recipe->base, recipe->steps, recipe->batch, recipe->rate,
                   schedule_name(recipe->schedule), recipe->clip, recipe->horizon, recipe->target,
                   recipe->check > 0 ? "target" : "steps", recipe->check,
                   recipe->single ? "float32" : "float64", recipe->bias ? "true" : "false",
                   recipe->input_scale);
    const struct model_record record = {.task = model->task,
                                        .construction = model->construction,
                                        .seed = model->seed,
                                        .identity = model->identity,
                                        .recipe = text,
                                        .versions = versions,
                                        .loss_history = result->loss_history,
                                        .n_losses = result->steps,
                                        .facts = {.converged = (int8_t)result->converged,
                                                  .metric = result->metric,
                                                  .loss = result->loss,
                                                  .steps = result->steps,
                                                  .seconds = result->seconds}};
    return model_file_write(model->path, &result->network, &record, error);
}

enum status train_into_file(const struct sweep *sweep, int model, const char *versions,
                            const struct work_watcher *watcher, struct error *error)
{
    const struct model_spec *const spec = &sweep->models[model];
    const struct task_spec *const task = &sweep->tasks[spec->training.task];
    const struct task_ops *const ops = task_find(task->name);
    struct watch_state state = {.watcher = watcher, .last_told = clock_seconds()};
    struct training_result result;
    if (ops == NULL) {
        return error_set(error, STATUS_INTERNAL, "no built-in task '%s'", task->name);
    }
    const enum status status = train_model(&spec->training, spec->n_hidden, ops, task->params,
                                           watch, &state, &result, error);
    if (status != STATUS_OK) {
        return error_prefix(error, status, "%s", spec->label);
    }
    const enum status kept = keep(spec, &result, versions, error);
    training_release(&result);
    return kept;
}
