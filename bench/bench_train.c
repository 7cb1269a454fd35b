/* A training step beside the single-precision rollout of its batch, in turn:
 *
 *     bench_train TASK HIDDEN STEPS [CELL]
 *
 * One line "step rollout gradient share", seconds of this thread on a processor, each the 5th
 * percentile over the steps: the whole step, the rollout of a batch of the task with the best isa,
 * and loss and gradient alone; and the share of the last that its multiply-adds and tanh would take
 * at their peaks. The batch has the horizon of the recipe's last. */
#include "bench_case.h"
#include "bench_peaks.h"
#include "kernel/blas.h"
#include "kernel/recipes/recipe.h"
#include "kernel/training/bptt.h"
#include "kernel/training/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MOST = 100000 };

struct turns {
    struct bench_case bench; /* of the shape of a batch */
    struct bptt *bptt;
    struct network gradient;
    double last; /* when the step began */
    double *times[3];
};

static bool take_turn(void *context, int step, int steps, double loss)
{
    struct turns *const turns = context;
    const double end = bench_clock();
    (void)steps;
    bench_case_run(&turns->bench);
    const double rolled_out = bench_clock();
    bptt_gradient(turns->bptt, &turns->bench.network, &turns->gradient, &loss);
    turns->times[0][step] = end - turns->last;
    turns->times[1][step] = rolled_out - end;
    turns->last = bench_clock();
    turns->times[2][step] = turns->last - rolled_out;
    return true;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double low(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[count / 20];
}

/* Three products of every sum with units, and those of the inputs and of the read-out. */
static double peak_seconds(const struct turns *turns)
{
    const struct network *const network = &turns->bench.network;
    const struct trials *const trials = &turns->bench.trials;
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    const double n_tanh = parts->n_gates + parts->has_c0;
    const double states =
        (double)network->n_hidden * (double)trials->n_trials * (double)trials->n_steps;
    const double products = 3.0 * parts->n_gates * network->n_hidden +
                            2.0 * parts->n_gates * network->n_in + 3.0 * network->n_out;
    double fma = bench_fma_seconds(isa_best(), PRECISION_FLOAT32);
    double of_tanh = bench_tanh_seconds(isa_best(), PRECISION_FLOAT32);
    for (int i = 0; i < 20; i++) {
        fma = fmin(fma, bench_fma_seconds(isa_best(), PRECISION_FLOAT32));
        of_tanh = fmin(of_tanh, bench_tanh_seconds(isa_best(), PRECISION_FLOAT32));
    }
    return states * (products * fma + n_tanh * of_tanh);
}

static enum status begin(struct turns *turns, const struct training_spec *spec, int hidden,
                         struct task_shape shape, struct error *error)
{
    const struct bench_sizes sizes = {.n_hidden = hidden,
                                      .n_trials = spec->recipe.batch,
                                      .n_steps = shape.n_steps,
                                      .n_channels = shape.n_in,
                                      .precision = PRECISION_FLOAT32,
                                      .path = isa_best(),
                                      .kind = spec->cell.kind};
    const struct network_shape network = {spec->cell, hidden, shape.n_in, shape.n_in};
    bench_case_create(&turns->bench, &sizes);
    TRY(network_create(&turns->gradient, &network, error));
    TRY(bptt_create(&turns->bptt, &turns->bench.network, spec->recipe.bias, PRECISION_FLOAT32,
                    isa_best(), error));
    struct task_trial trial;
    shape.n_out = shape.n_in; /* as the network's */
    TRY(task_trial_create(&trial, shape, error));
    memset(trial.mask, 1, (size_t)shape.n_steps);
    TRY(bptt_begin(turns->bptt, shape.n_steps, spec->recipe.batch, error));
    const struct task_trial trials[BPTT_TRIALS] = {trial, trial, trial, trial};
    for (int i = 0; i < spec->recipe.batch; i += BPTT_TRIALS) {
        bptt_load(turns->bptt, i, trials, BPTT_TRIALS);
    }
    task_trial_release(&trial);
    turns->last = bench_clock();
    return STATUS_OK;
}

static enum status run(int argc, char **argv, struct error *error)
{
    const struct task_ops *const task = argc > 1 ? task_find(argv[1]) : NULL;
    const struct construction_ops *const construction = construction_find("dense_orthogonal");
    const int hidden = bench_number(argc, argv, 2);
    const int steps = bench_number(argc, argv, 3);
    double params[PARAMS_MAX];
    static double times[3][STEPS_MOST];
    static struct turns turns = {.times = {times[0], times[1], times[2]}};
    struct training_result result;
    struct training_spec spec = {.cell = CELL_DEFAULT};
    if (task == NULL || hidden < 1 || steps < 2 || steps > STEPS_MOST ||
        (argc > 4 && !cell_kind_from_name(argv[4], &spec.cell.kind))) {
        return error_set(error, STATUS_USAGE, "usage: bench_train TASK HIDDEN STEPS [CELL]");
    }
    task_default_params(task, params);
    spec.recipe =
        recipe_resolve(recipe_find(task->horizon_param > 0 ? "flat" : "tail"), task, construction);
    if (task->horizon_param > 0) {
        params[task->horizon_param] = spec.recipe.horizon;
    }
    (void)snprintf(spec.construction, sizeof spec.construction, "%s", construction->name);
    spec.recipe.steps = steps;
    TRY(training_identity(&spec, hidden, task, params, spec.key, error));
    TRY(begin(&turns, &spec, hidden, task->shape(params), error));
    const struct training_watcher watcher = {.go_on = take_turn, .context = &turns};
    TRY(train_model(&spec, hidden, task, params, &watcher, &result, error));
    training_release(&result);
    const double step_seconds = low(times[0], steps);
    const double rollout_seconds = low(times[1], steps);
    const double gradient_seconds = low(times[2], steps);
    (void)printf("%.9f %.9f %.9f %.3f\n", step_seconds, rollout_seconds, gradient_seconds,
                 peak_seconds(&turns) / gradient_seconds);
    bptt_destroy(&turns.bptt);
    network_release(&turns.gradient);
    bench_case_release(&turns.bench);
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    struct error error = {""};
    blas_use_one_thread();
    const enum status status = run(argc, argv, &error);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        return (int)status;
    }
    return 0;
}
