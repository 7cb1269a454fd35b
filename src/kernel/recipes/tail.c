/* A constant rate that falls to zero over the last fifth: the neuroscience tasks. */
#include "kernel/recipes/recipe.h"

const struct recipe_ops RECIPE_TAIL = {
    .name = "tail",
    .epochs = 30,
    .batches = 64,
    .batch = 64,
    .rate = 1e-3,
    .schedule = SCHEDULE_TAIL,
    .clip = 1.0,
    .horizon = 32,
};
