#include "kernel/recipes/recipe.h"

#include "core/elementary.h"
#include "core/named.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double COSINE_END = 1e-5;
static const double TAIL_START = 0.8;

const struct recipe_ops *recipe_find(const char *name)
{
    return named_find(RECIPES, name);
}

const struct recipe_ops *recipe_default(const struct task_ops *task)
{
    return recipe_find(task->horizon_param > 0 ? "ramp" : "tail");
}

struct recipe_values recipe_resolve(const struct recipe_ops *recipe, const struct task_ops *task,
                                    const struct construction_ops *construction)
{
    struct recipe_values values = {.steps = recipe->epochs * recipe->batches,
                                   .batch = recipe->batch,
                                   .rate = recipe->rate * construction->rate_factor,
                                   .schedule = recipe->schedule,
                                   .clip = recipe->clip,
                                   .horizon = task->horizon_param > 0 ? recipe->horizon : 0,
                                   .target = recipe->target > 0.0 ? recipe->target : task->target,
                                   .single = true,
                                   .input_scale = recipe->input_scale};
    (void)snprintf(values.base, sizeof values.base, "%s", recipe->name);
    return values;
}

double recipe_rate(const struct recipe_values *recipe, int step)
{
    const double done = (double)step / recipe->steps;
    double cosine = 0.0;
    double sine = 0.0;
    switch (recipe->schedule) {
    case SCHEDULE_TAIL:
        return done < TAIL_START ? recipe->rate : recipe->rate * (1.0 - done) / (1.0 - TAIL_START);
    case SCHEDULE_COSINE:
        elementary_circle(0.5 * done, &cosine, &sine);
        return fmin(recipe->rate, COSINE_END) +
               fmax(0.0, recipe->rate - COSINE_END) * 0.5 * (1.0 + cosine);
    case SCHEDULE_CONSTANT:
    case SCHEDULE_COUNT:
        break;
    }
    return recipe->rate;
}

void recipe_set_horizon(const struct recipe_values *recipe, const struct task_ops *task, int step,
                        double *params)
{
    if (task->horizon_param > 0) {
        params[task->horizon_param] =
            recipe_horizon(recipe, step, (int)params[task->horizon_at_least]);
    }
}

struct task_shape recipe_shape(const struct recipe_values *recipe, const struct task_ops *task,
                               const double *params, int step)
{
    double changed[PARAMS_MAX];
    memcpy(changed, params, sizeof changed);
    recipe_set_horizon(recipe, task, step, changed);
    return task->shape(changed);
}

int recipe_stage_end(const struct recipe_values *recipe, int step)
{
    const struct recipe_ops *const base = recipe_find(recipe->base);
    for (int i = 0; base != NULL && i < base->n_stages; i++) {
        const double end = base->stages[i].end * recipe->steps;
        if (step < end) {
            return (int)fmin(ceil(end), recipe->steps);
        }
    }
    return recipe->steps;
}

int recipe_horizon(const struct recipe_values *recipe, int step, int shortest)
{
    const struct recipe_ops *const base = recipe_find(recipe->base);
    double share = 1.0;
    for (int i = 0; base != NULL && i < base->n_stages; i++) {
        if (step < base->stages[i].end * recipe->steps) {
            share = base->stages[i].share;
            break;
        }
    }
    const int horizon = (int)lround(share * recipe->horizon);
    return horizon > shortest ? horizon : shortest;
}
