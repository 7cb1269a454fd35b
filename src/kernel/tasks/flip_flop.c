/* Flip-flop: every channel gives the sign of its last pulse (Sussillo and Barak 2013). */
#include "kernel/tasks/task.h"

#include "core/vector_clones.h"

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

/* Inputs of drawn words: each has bits for both, the sign on top and below it a uniform number,
 * which is a pulse where it is less than `bound`. By the bits of +-1 and 0: half of all pulses are
 * a surprise, too dear for a branch. */
VECTOR_CLONES static void pulses(const uint64_t *drawn, size_t count, uint64_t bound,
                                 double *inputs)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t is_pulse = drawn[i] << 1 >> 11 < bound;
        const uint64_t input = (ONE | (~drawn[i] & SIGN)) & (0 - is_pulse);
        memcpy(&inputs[i], &input, sizeof input);
    }
}

/* Targets of inputs: the last pulse of each channel, of which the first input is one. */
static void keep_last(const double *inputs, size_t count, size_t bits, double *targets)
{
    memcpy(targets, inputs, bits * sizeof *targets);
    for (size_t i = bits; i < count; i++) {
        uint64_t input = 0;
        uint64_t last = 0;
        memcpy(&input, &inputs[i], sizeof input);
        memcpy(&last, &targets[i - bits], sizeof last);
        const uint64_t is_none = input == 0;
        last = input | (last & (0 - is_none));
        memcpy(&targets[i], &last, sizeof last);
    }
}

static void flip_flop_generate(const double *params, struct rng *rng,
                               const struct task_trial *trial)
{
    enum { DRAWN = 256 };
    uint64_t drawn[DRAWN];
    const size_t bits = (size_t)params[BITS];
    const size_t count = (size_t)params[STEPS] * bits;
    const uint64_t bound = (uint64_t)ceil(params[PULSE] * 0x1p53);
    for (size_t first = 0; first < count; first += DRAWN) {
        const size_t n = count - first < DRAWN ? count - first : DRAWN;
        const size_t n_first = first < bits ? bits - first : 0; /* pulses: a state from the start */
        rng_words(rng, drawn, n);
        pulses(drawn, n_first < n ? n_first : n, UINT64_MAX, trial->inputs + first);
        if (n_first < n) {
            pulses(drawn + n_first, n - n_first, bound, trial->inputs + first + n_first);
        }
    }
    keep_last(trial->inputs, count, bits, trial->targets);
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
