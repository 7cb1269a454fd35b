/* The full horizon from the first step; the closest match of the paper's copy models. */
#include "kernel/recipes/recipe.h"

const struct recipe_ops RECIPE_FLAT = {
    .name = "flat",
    .epochs = 35,
    .batches = 100,
    .batch = 64,
    .rate = 3e-3,
    .schedule = SCHEDULE_TAIL,
    .clip = 1.0,
    .horizon = 32,
};
