/* A task that no study needs: the mean of what has been heard so far. */
#include "kernel/tasks/task.h"

enum { STEPS = 1 };

static struct task_shape shape(const double *params)
{
    return (struct task_shape){.n_steps = (int)params[STEPS], .n_in = 1, .n_out = 1};
}

static void generate(const double *params, struct rng *rng, const struct task_trial *trial)
{
    double sum = 0.0;
    for (int t = 0; t < (int)params[STEPS]; t++) {
        trial->inputs[t] = rng_normal(rng);
        sum += trial->inputs[t];
        trial->targets[t] = sum / (t + 1);
    }
}

const struct task_ops TASK_DUMMY = {
    .name = "dummy_mean",
    .metric = METRIC_FVU,
    .n_params = 2,
    .params = {TASK_PARAM_TRIALS(32), {"steps", true, 12, 2, 100, 0, false}},
    .target = 0.1,
    .shape = shape,
    .generate = generate,
};
