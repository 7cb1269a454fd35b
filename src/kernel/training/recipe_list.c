#include "kernel/training/recipe.h"

extern const struct recipe_ops RECIPE_FLAT;
extern const struct recipe_ops RECIPE_RAMP;
extern const struct recipe_ops RECIPE_TAIL;
extern const struct recipe_ops RECIPE_TAIL_WIDE_INPUT;

const struct recipe_ops *const RECIPES[] = {
    &RECIPE_FLAT, &RECIPE_RAMP, &RECIPE_TAIL, &RECIPE_TAIL_WIDE_INPUT, NULL,
};
