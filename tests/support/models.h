/* Small random model files, and sweeps over them as a study would make them. */
#pragma once

#include "core/network.h"
#include "core/sweep.h"

#include <stdbool.h>
#include <stdint.h>

/* One input and one output, so that they fit the task `sine`. */
struct model_recipe {
    int n_hidden;
    uint64_t seed; /* 0 stands for 1 */
    double scale;  /* factor on weight_hh; 0 stands for 1 */
    double output; /* every entry of weight_hy; 0 for random ones */
    bool without_trials;
};

/* Writes or replaces a model file, with /trials of its own unless told otherwise. */
void put_model(const char *path, const struct model_recipe *recipe);

/* The file has these weights, bit for bit, is of task `sine` with that construction and seed, and
 * has no trials of its own. */
void check_model_file(const char *path, const struct network *network, const char *construction,
                      int64_t seed);

/* Removes /trials from a model file. */
void drop_trials(const char *path);

/* Jobs of a case: its removals, then the diagnostics of every study. */
enum {
    MODEL_SWEEP_ALPHAS = 4,
    MODEL_SWEEP_REMOVALS = MODEL_SWEEP_ALPHAS * ABLATION_SET_COUNT,
    MODEL_SWEEP_DIAGNOSTICS = 3,
    MODEL_SWEEP_JOBS = MODEL_SWEEP_REMOVALS + MODEL_SWEEP_DIAGNOSTICS
};

/* A sweep over model files "m0.h5", "m1.h5", ... of the scratch directory, which it writes: case
 * 2 i is model i on `sine`, case 2 i + 1 on its own trials. Model i has 5 + i units. The alphas
 * 0.5, 0.99, 0.995, 1 make some jobs share an ablated matrix. */
struct sweep model_sweep(int n_models);

/* Path of model i of such a sweep. */
const char *model_path(const struct sweep *sweep, int i);

/* A file of two units as a training leaves it, of that identity; `bias` is that of the first unit.
 */
void model_write_trained(const char *path, const char *identity, double bias);
