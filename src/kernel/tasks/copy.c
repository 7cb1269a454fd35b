/* Copy: see `symbols` words of `bits` signs, then repeat them over and over without input. */
#include "kernel/tasks/task.h"

#include <string.h>

enum { TRIALS, SYMBOLS, BITS, REPLAY, PARAM_COUNT };

static struct task_shape copy_shape(const double *params)
{
    const int bits = (int)params[BITS];
    return (struct task_shape){(int)params[SYMBOLS] + (int)params[REPLAY], bits, bits};
}

static void copy_generate(const double *params, struct rng *rng, const struct task_trial *trial)
{
    const int symbols = (int)params[SYMBOLS];
    const int bits = (int)params[BITS];
    const int replay = (int)params[REPLAY];
    rng_signs(rng, trial->inputs, (size_t)(symbols * bits));
    for (int t = 0; t < symbols; t++) {
        trial->mask[t] = 0;
    }
    for (int t = 0; t < replay; t += symbols) {
        const int count = replay - t < symbols ? replay - t : symbols;
        memcpy(trial->targets + (symbols + t) * bits, trial->inputs,
               (size_t)(count * bits) * sizeof(double));
    }
}

const struct task_ops TASK_COPY = {
    .name = "copy",
    .metric = METRIC_ACCURACY,
    .n_params = PARAM_COUNT,
    .params = {[TRIALS] = TASK_PARAM_TRIALS(256),
               [SYMBOLS] = {"symbols", true, 8, 1, 1024, 0, false},
               [BITS] = {"bits", true, 8, 1, 1024, 0, false},
               [REPLAY] = {"replay", true, 128, 1, 1 << 20, 0, false}},
    .horizon_param = REPLAY,
    .horizon_at_least = SYMBOLS,
    .target = 0.995,
    .shape = copy_shape,
    .generate = copy_generate,
};
