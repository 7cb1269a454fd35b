/* Context-dependent integration: sum up the one of two noisy streams that the cue names
 * (after Mante, Sussillo, Shenoy, Newsome 2013); so in each of several channels. */
#include "kernel/tasks/task.h"

enum { TRIALS, STEPS, NOISE, MEAN, GAIN, CHANNELS, PARAM_COUNT };
enum { STREAMS = 2, INPUTS = 2 * STREAMS }; /* of a channel */
enum { DRAWN = 16 };                        /* steps whose noise is drawn at once */

static struct task_shape context_integration_shape(const double *params)
{
    const int channels = (int)params[CHANNELS];
    return (struct task_shape){(int)params[STEPS], INPUTS * channels, channels};
}

static void generate_channel(const double *params, struct rng *rng, const struct task_trial *trial,
                             int channel)
{
    const int steps = (int)params[STEPS];
    const int channels = (int)params[CHANNELS];
    const int context = (int)rng_below(rng, STREAMS);
    double mean[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        mean[i] = params[MEAN] * (2.0 * rng_uniform(rng) - 1.0);
    }
    double integral = 0.0;
    double noise[DRAWN * STREAMS];
    for (int t = 0; t < steps; t++) {
        const ptrdiff_t place = (ptrdiff_t)t * channels + channel;
        double *const x = trial->inputs + place * INPUTS;
        if (t % DRAWN == 0) {
            const int count = steps - t < DRAWN ? steps - t : DRAWN;
            rng_normals(rng, noise, (size_t)(count * STREAMS));
        }
        for (int i = 0; i < STREAMS; i++) {
            x[i] = mean[i] + params[NOISE] * noise[t % DRAWN * STREAMS + i];
        }
        x[STREAMS + context] = 1.0;
        integral += x[context];
        trial->targets[place] = params[GAIN] * integral;
    }
}

static void context_integration_generate(const double *params, struct rng *rng,
                                         const struct task_trial *trial)
{
    for (int k = 0; k < (int)params[CHANNELS]; k++) {
        generate_channel(params, rng, trial, k);
    }
}

const struct task_ops TASK_CONTEXT_INTEGRATION = {
    .name = "context_integration",
    .metric = METRIC_FVU,
    .n_params = PARAM_COUNT,
    .params = {[TRIALS] = TASK_PARAM_TRIALS(512),
               [STEPS] = {"steps", true, 40, 1, 1 << 20, 0, false},
               [NOISE] = {"noise", false, 1.0, 0.0, 1e6, 0, false},
               [MEAN] = {"mean", false, 0.5, 0.0, 1e6, 0, false},
               [GAIN] = {"gain", false, 0.15, 1e-12, 1e6, 0, false},
               [CHANNELS] = TASK_PARAM_CHANNELS_LATER},
    .target = 0.012,
    .shape = context_integration_shape,
    .generate = context_integration_generate,
};
