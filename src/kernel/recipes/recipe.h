/* Training recipes: values and curriculum. A recipe is one const struct in one file; recipe_list.c
 * names them all. */
#pragma once

#include "core/training_spec.h"
#include "kernel/constructions/construction.h"
#include "kernel/tasks/task.h"

enum { RECIPE_MAX_STAGES = 4 };

/* Part of a curriculum: until `end` of all steps the horizon is `share` of the full one. */
struct recipe_stage {
    double end;
    double share;
};

struct recipe_ops {
    const char *name;
    int epochs;  /* steps = epochs * batches */
    int batches; /* per epoch */
    int batch;
    double rate;
    enum schedule schedule;
    double clip;
    int horizon;        /* of tasks that have one */
    double target;      /* 0: the task's own */
    double input_scale; /* see recipe_values */
    int n_stages;
    struct recipe_stage stages[RECIPE_MAX_STAGES];
};

/* All recipes, NULL at the end. */
extern const struct recipe_ops *const RECIPES[];

/* The recipe of that name, or NULL. */
const struct recipe_ops *recipe_find(const char *name);

/* The recipe that a task is trained with when the study names none. */
const struct recipe_ops *recipe_default(const struct task_ops *task);

/* Values of a recipe for a task and a construction. */
struct recipe_values recipe_resolve(const struct recipe_ops *recipe, const struct task_ops *task,
                                    const struct construction_ops *construction);

/* Learning rate at a step, 0 <= step < recipe->steps. */
double recipe_rate(const struct recipe_values *recipe, int step);

/* Of a task that has a horizon, its parameters at a step: those of the task but for the horizon. */
void recipe_set_horizon(const struct recipe_values *recipe, const struct task_ops *task, int step,
                        double *params);

/* Shape of the trials of a batch at that step, of a task with these parameters. */
struct task_shape recipe_shape(const struct recipe_values *recipe, const struct task_ops *task,
                               const double *params, int step);

/* The first step after this one at which the horizon may be another; at most recipe->steps. */
int recipe_stage_end(const struct recipe_values *recipe, int step);

/* Horizon at a step: stages of the base recipe times the full horizon, at least `shortest`. */
int recipe_horizon(const struct recipe_values *recipe, int step, int shortest);
