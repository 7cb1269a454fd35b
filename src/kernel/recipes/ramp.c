/* A horizon that grows in three stages: every construction learns copy with it. */
#include "kernel/recipes/recipe.h"

const struct recipe_ops RECIPE_RAMP = {
    .name = "ramp",
    .epochs = 25,
    .batches = 100,
    .batch = 64,
    .rate = 5e-3,
    .schedule = SCHEDULE_COSINE,
    .clip = 1.0,
    .horizon = 32,
    .n_stages = 3,
    .stages = {{0.3, 0.25}, {0.6, 0.5}, {1.0, 1.0}},
};
