/* As tail with input weights N(0, 1) and fewer batches: the flip-flop closest to the paper's. */
#include "kernel/recipes/recipe.h"

const struct recipe_ops RECIPE_TAIL_WIDE_INPUT = {
    .name = "tail_wide_input",
    .epochs = 30,
    .batches = 20,
    .batch = 64,
    .rate = 1e-3,
    .schedule = SCHEDULE_TAIL,
    .clip = 1.0,
    .horizon = 32,
    .target = 0.01,
    .input_scale = 1.0,
};
