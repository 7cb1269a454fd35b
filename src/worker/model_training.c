#include "worker/model_training.h"

#include "core/clock.h"
#include "core/isa.h"
#include "kernel/training/train.h"
#include "store/model_write.h"
#include "store/training_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static const double PROGRESS_INTERVAL = 1.0;
static const double KEEP_INTERVAL = 30.0; /* so much a kill can lose */

struct watch_state {
    const struct work_watcher *watcher;
    double begin;
    double now; /* at the last step */
    double last_told;
    double last_kept;
    char path[PATH_MAX]; /* of the checkpoint */
    char origin[4096];   /* what the bits depend on */
};

static bool go_on(void *context, int step, int steps, double loss)
{
    struct watch_state *const state = context;
    state->now = clock_seconds();
    if (state->watcher != NULL && state->now - state->last_told >= PROGRESS_INTERVAL) {
        state->watcher->tell(state->watcher->context, step + 1, steps, loss);
        state->last_told = state->now;
    }
    return state->watcher == NULL || !stop_is_urgent(&state->watcher->stop);
}

static bool load(void *context, struct training_state *training)
{
    const struct watch_state *const state = context;
    return training_file_read(state->path, state->origin, training);
}

/* A checkpoint that cannot be written costs nothing but the time that it would have saved. */
static void save(void *context, const struct training_state *training, bool is_stopping)
{
    struct watch_state *const state = context;
    const double interval = is_stopping ? PROGRESS_INTERVAL : KEEP_INTERVAL;
    struct training_state kept = *training;
    struct error ignored;
    if (state->now - state->last_kept >= interval) {
        kept.seconds += state->now - state->begin;
        (void)!training_file_write(state->path, state->origin, &kept, &ignored);
        state->last_kept = state->now;
    }
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

static void begin(struct watch_state *state, const struct model_spec *model, const char *versions,
                  const struct work_watcher *watcher)
{
    const double now = clock_seconds();
    *state = (struct watch_state){
        .watcher = watcher, .begin = now, .now = now, .last_told = now, .last_kept = now};
    (void)snprintf(state->path, sizeof state->path, "%s.training", model->path);
    (void)snprintf(state->origin, sizeof state->origin, "%016" PRIx64 "%016" PRIx64 "\n%s\n%s",
                   model->training.key[0], model->training.key[1], isa_name(isa_best()), versions);
}

enum status train_into_file(const struct sweep *sweep, int model, const char *versions,
                            const struct work_watcher *watcher, struct error *error)
{
    const struct model_spec *const spec = &sweep->models[model];
    const struct task_spec *const task = &sweep->tasks[spec->training.task];
    const struct task_ops *ops = NULL;
    struct watch_state state;
    struct training_result result;
    TRY(task_require(task->name, &ops, error));
    begin(&state, spec, versions, watcher);
    const struct training_watcher told = {
        .go_on = go_on, .load = load, .save = save, .context = &state};
    const enum status status =
        train_model(&spec->training, spec->n_hidden, ops, task->params, &told, &result, error);
    if (status != STATUS_OK) {
        return error_prefix(error, status, "%s", spec->label);
    }
    const enum status kept = keep(spec, &result, versions, error);
    training_release(&result);
    if (kept == STATUS_OK) {
        (void)unlink(state.path);
    }
    return kept;
}
