/* Sine generation: a constant input names one of several frequencies to produce; so in each of
 * several channels. */
#include "kernel/tasks/task.h"

#include "core/elementary.h"

static const double TWO_PI = 6.283185307179586476925;

enum { TRIALS, STEPS, FREQUENCIES, CHANNELS, PARAM_COUNT };

static struct task_shape sine_shape(const double *params)
{
    const int channels = (int)params[CHANNELS];
    return (struct task_shape){(int)params[STEPS], channels, channels};
}

/* x[0], x[stride], ... = sin(2 pi turns t), t = 0 .. steps - 1 */
static void fill_sines(double turns, int steps, double *x, ptrdiff_t stride)
{
    enum { BLOCK = 64 };
    double angles[BLOCK];
    double cosines[BLOCK];
    double sines[BLOCK];
    for (int first = 0; first < steps; first += BLOCK) {
        const int count = steps - first < BLOCK ? steps - first : BLOCK;
        for (int t = 0; t < count; t++) {
            angles[t] = turns * (first + t);
        }
        elementary_circles(angles, cosines, sines, (size_t)count);
        for (int t = 0; t < count; t++) {
            x[(first + t) * stride] = sines[t];
        }
    }
}

static void sine_generate(const double *params, struct rng *rng, const struct task_trial *trial)
{
    const int steps = (int)params[STEPS];
    const int frequencies = (int)params[FREQUENCIES];
    const int channels = (int)params[CHANNELS];
    for (int k = 0; k < channels; k++) {
        const double place = (double)rng_below(rng, (uint64_t)frequencies);
        const double u = frequencies > 1 ? place / (frequencies - 1) : 0.0;
        const double turns = (0.1 + 0.5 * u) / TWO_PI; /* per step, of so many radians */
        for (int t = 0; t < steps; t++) {
            trial->inputs[t * channels + k] = u + 0.25;
        }
        fill_sines(turns, steps, trial->targets + k, channels);
    }
}

const struct task_ops TASK_SINE = {
    .name = "sine",
    .metric = METRIC_FVU,
    .n_params = PARAM_COUNT,
    .params = {[TRIALS] = TASK_PARAM_TRIALS(512),
               [STEPS] = {"steps", true, 64, 2, 1 << 20, 0, false},
               [FREQUENCIES] = {"frequencies", true, 5, 1, 1 << 20, 0, false},
               [CHANNELS] = TASK_PARAM_CHANNELS_LATER},
    .target = 0.008,
    .shape = sine_shape,
    .generate = sine_generate,
};
