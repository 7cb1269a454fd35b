/* Delayed discrimination: which of two pulses, shown after each other, was the higher one? After
 * Turner, Dabholkar and Barak, "Charting and navigating the space of solutions for recurrent neural
 * networks" (2021). Nothing tells when to answer: the network times it by the second pulse. */
#include "kernel/tasks/task.h"

enum { TRIALS, DELAY, PULSE, CHANNELS, PARAM_COUNT };
enum { LOWEST = 2, HIGHEST = 10 };                      /* of a pulse, an integer */
enum { FIRST = 5, SECOND = 15, ANSWER = 30, END = 40 }; /* steps, all but the first to be delayed */

static struct task_shape delayed_discrimination_shape(const double *params)
{
    const int channels = (int)params[CHANNELS];
    return (struct task_shape){END + (int)params[DELAY], 2 * channels, channels};
}

static void fill(double *values, int first, int n_steps, int stride, double value)
{
    for (int t = first; t < first + n_steps; t++) {
        values[t * stride] = value;
    }
}

static void delayed_discrimination_generate(const double *params, struct rng *rng,
                                            const struct task_trial *trial)
{
    const int pulse = (int)params[PULSE];
    const int channels = (int)params[CHANNELS];
    for (int k = 0; k < channels; k++) {
        double *const inputs = trial->inputs + 2 * (ptrdiff_t)k;
        const int height = LOWEST + (int)rng_below(rng, HIGHEST - LOWEST + 1);
        const int other = LOWEST + (int)rng_below(rng, HIGHEST - LOWEST);
        const int second = other + (other >= height ? 1 : 0); /* uniform among the other heights */
        const int delay = (int)rng_below(rng, (uint64_t)params[DELAY]);
        fill(inputs, FIRST, pulse, 2 * channels, height);
        fill(inputs + 1, SECOND + delay, pulse, 2 * channels, second);
        fill(trial->targets + k, ANSWER + delay, pulse, channels, height > second ? 1.0 : -1.0);
    }
}

const struct task_ops TASK_DELAYED_DISCRIMINATION = {
    .name = "delayed_discrimination",
    .metric = METRIC_FVU,
    .n_params = PARAM_COUNT,
    .params = {[TRIALS] = TASK_PARAM_TRIALS(512),
               [DELAY] = {"delay", true, 20, 1, 1 << 20, 0, false},
               [PULSE] = {"pulse", true, 5, 1, SECOND - FIRST, 0, false},
               [CHANNELS] = TASK_PARAM_CHANNELS},
    .target = 0.005,
    .shape = delayed_discrimination_shape,
    .generate = delayed_discrimination_generate,
};
