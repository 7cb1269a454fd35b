#include "kernel/recipes/recipe.h"

#define RECIPE(name) extern const struct recipe_ops RECIPE_##name;
#include <kernel/recipes/recipes.def>
#undef RECIPE

#define RECIPE(name) &RECIPE_##name,
const struct recipe_ops *const RECIPES[] = {
#include <kernel/recipes/recipes.def>
    NULL};
