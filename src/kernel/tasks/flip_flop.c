/* Flip-flop: every channel gives the sign of its last pulse (Sussillo and Barak 2013). */
#include "kernel/tasks/task.h"

enum { TRIALS, STEPS, PULSE, BITS, PARAM_COUNT };

static struct task_shape flip_flop_shape(const double *params)
{
    const int bits = (int)params[BITS];
    return (struct task_shape){(int)params[STEPS], bits, bits};
}

static void flip_flop_generate(const double *params, struct rng *rng,
                               const struct task_trial *trial)
{
    const int steps = (int)params[STEPS];
    const int bits = (int)params[BITS];
    const double probability = params[PULSE];
    for (int t = 0; t < steps; t++) {
        for (int k = 0; k < bits; k++) {
            const int i = t * bits + k;
            /* One word has bits for both: the sign on top, below it a uniform number. */
            const uint64_t bits_drawn = rng_bits(rng);
            const double sign = bits_drawn >> 63 != 0 ? 1.0 : -1.0;
            const double uniform = (double)(bits_drawn << 1 >> 11) * 0x1p-53;
            const bool pulse = uniform < probability || t == 0; /* a state from the start */
            const double last = t == 0 ? 0.0 : trial->targets[i - bits];
            trial->inputs[i] = pulse ? sign : 0.0;
            trial->targets[i] = pulse ? sign : last;
        }
    }
}

const struct task_ops TASK_FLIP_FLOP = {
    .name = "flip_flop",
    .metric = METRIC_FVU,
    .n_params = PARAM_COUNT,
    .params = {[TRIALS] = TASK_PARAM_TRIALS(512),
               [STEPS] = {"steps", true, 64, 1, 1 << 20, 0, false},
               [PULSE] = {"pulse", false, 0.5, 0.0, 1.0, 0, false},
               [BITS] = {"bits", true, 3, 1, 1024, 0, false}},
    .target = 0.005,
    .shape = flip_flop_shape,
    .generate = flip_flop_generate,
};
