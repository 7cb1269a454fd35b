/* Seconds per training step: bench_train TASK HIDDEN STEPS, one line "seconds_per_step". */
#include "core/clock.h"
#include "kernel/blas.h"
#include "kernel/recipes/recipe.h"
#include "kernel/training/train.h"

#include <stdio.h>
#include <stdlib.h>

/* Times of the first and of the last step: what comes before and after is no step. */
struct step_times {
    double first;
    double last;
};

static bool note_time(void *context, int step, int steps, double loss)
{
    struct step_times *const times = context;
    (void)steps;
    (void)loss;
    times->last = clock_seconds();
    if (step == 0) {
        times->first = times->last;
    }
    return true;
}

static enum status run(const char *task_name, int hidden, int steps, double *per_step,
                       struct error *error)
{
    const struct task_ops *const task = task_find(task_name);
    const struct construction_ops *const construction = construction_find("dense_orthogonal");
    double params[PARAMS_MAX];
    struct training_result result;
    struct step_times times = {0};
    if (task == NULL || hidden < 1 || steps < 2) {
        return error_set(error, STATUS_USAGE, "usage: bench_train TASK HIDDEN STEPS");
    }
    task_default_params(task, params);
    struct training_spec spec = {
        .cell = CELL_DEFAULT, .recipe = recipe_resolve(recipe_default(task), task, construction)};
    (void)snprintf(spec.construction, sizeof spec.construction, "%s", construction->name);
    spec.recipe.steps = steps;
    TRY(training_identity(&spec, hidden, task, params, spec.key, error));
    const struct training_watcher watcher = {.go_on = note_time, .context = &times};
    TRY(train_model(&spec, hidden, task, params, &watcher, &result, error));
    *per_step = (times.last - times.first) / (steps - 1);
    training_release(&result);
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    struct error error = {""};
    double per_step = 0.0;
    blas_use_one_thread();
    const enum status status =
        run(argc > 1 ? argv[1] : "", argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0,
            argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0, &per_step, &error);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        return (int)status;
    }
    (void)printf("%.9f\n", per_step);
    return 0;
}
