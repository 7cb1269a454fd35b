/* Context-dependent integration: sum up the one of two noisy streams that the cue names
 * (after Mante, Sussillo, Shenoy, Newsome 2013). */
#include "kernel/tasks/task.h"

enum { TRIALS, STEPS, NOISE, MEAN, GAIN, PARAM_COUNT };
enum { STREAMS = 2, CHANNELS = 2 * STREAMS };

static struct task_shape context_integration_shape(const double *params)
{
    return (struct task_shape){(int)params[STEPS], CHANNELS, 1};
}

static void context_integration_generate(const double *params, struct rng *rng,
                                         const struct task_trial *trial)
{
    const int steps = (int)params[STEPS];
    const int context = (int)rng_below(rng, STREAMS);
    double mean[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        mean[i] = params[MEAN] * (2.0 * rng_uniform(rng) - 1.0);
    }
    double integral = 0.0;
    for (int t = 0; t < steps; t++) {
        double *const x = trial->inputs + (ptrdiff_t)t * CHANNELS;
        for (int i = 0; i < STREAMS; i++) {
            x[i] = mean[i] + params[NOISE] * rng_normal(rng);
        }
        x[STREAMS + context] = 1.0;
        integral += x[context];
        trial->targets[t] = params[GAIN] * integral;
    }
}

const struct task_ops TASK_CONTEXT_INTEGRATION = {
    .name = "context_integration",
    .metric = METRIC_FVU,
    .n_params = PARAM_COUNT,
    .params = {[TRIALS] = TASK_PARAM_TRIALS(512),
               [STEPS] = {"steps", true, 40, 1, 1 << 20},
               [NOISE] = {"noise", false, 1.0, 0.0, 1e6},
               [MEAN] = {"mean", false, 0.5, 0.0, 1e6},
               [GAIN] = {"gain", false, 0.15, 1e-12, 1e6}},
    .target = 0.012,
    .shape = context_integration_shape,
    .generate = context_integration_generate,
};
