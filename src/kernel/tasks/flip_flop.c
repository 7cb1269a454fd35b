/* Flip-flop: every channel gives the sign of its last pulse (Sussillo and Barak 2013). */
#include "kernel/tasks/task.h"

#include <math.h>
#include <string.h>

static const uint64_t ONE = 0x3ff0000000000000; /* the bits of 1.0 */
static const uint64_t SIGN = (uint64_t)1 << 63;

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
    /* One word has bits for both: the sign on top, below it a uniform number u < probability. */
    const uint64_t bound = (uint64_t)ceil(params[PULSE] * 0x1p53);
    for (int t = 0; t < steps; t++) {
        for (int k = 0; k < bits; k++) {
            const int i = t * bits + k;
            const uint64_t drawn = rng_bits(rng);
            const bool pulse = (drawn << 1 >> 11 < bound) | (t == 0); /* a state from the start */
            uint64_t last = 0;
            if (t > 0) {
                memcpy(&last, &trial->targets[i - bits], sizeof last);
            }
            /* Bits of +-1 or 0: half of all pulses are a surprise, too dear for a branch. */
            const uint64_t kept = (uint64_t)pulse - 1;
            const uint64_t input = (ONE | (~drawn & SIGN)) & ~kept;
            const uint64_t target = input | (last & kept);
            memcpy(&trial->inputs[i], &input, sizeof input);
            memcpy(&trial->targets[i], &target, sizeof target);
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
