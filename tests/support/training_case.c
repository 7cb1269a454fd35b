#include "support/training_case.h"

#include "kernel/recipes/recipe.h"
#include "support/check.h"
#include "support/netgen.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct error error;

struct task_setting training_case_task(const char *task)
{
    struct task_setting setting = task_setting_defaults(task);
    if (strcmp(task, "copy") == 0) {
        task_setting_change(&setting, "symbols", 2);
        task_setting_change(&setting, "bits", 2);
        task_setting_change(&setting, "replay", 5);
    } else {
        task_setting_change(&setting, "steps", 7);
    }
    task_setting_change(&setting, "trials", 20);
    return setting;
}

struct training_case training_case_begin(const char *task, const char *construction, int steps)
{
    struct training_case training = {.setting = training_case_task(task), .n_hidden = 8};
    const struct construction_ops *const ops = construction_find(construction);
    const struct task_ops *const task_ops = training.setting.task;
    assert_non_null(ops);
    training.spec.recipe = recipe_resolve(recipe_default(task_ops), task_ops, ops);
    training.spec.recipe.steps = steps;
    training.spec.recipe.batch = 8;
    if (task_ops->horizon_param > 0) {
        training.spec.recipe.horizon = 8;
    }
    training.spec.cell = CELL_DEFAULT;
    training.spec.seed = 3;
    (void)snprintf(training.spec.construction, sizeof training.spec.construction, "%s",
                   construction);
    return training;
}

struct rng_key training_case_key(struct training_case *training)
{
    CHECK_OK(training_identity(&training->spec, training->n_hidden, training->setting.task,
                               training->setting.params, training->spec.key, &error));
    return (struct rng_key){{training->spec.key[0], training->spec.key[1]}};
}

struct training_result training_case_run(struct training_case *training)
{
    struct training_result result;
    (void)training_case_key(training);
    CHECK_OK(train_model(&training->spec, training->n_hidden, training->setting.task,
                         training->setting.params, NULL, NULL, &result, &error));
    return result;
}

/* One step of v, which is h of the rate form, and of h = f(v) of the current form. */
static void advance(const struct network *network, const double *x, long double *h, long double *v,
                    long double *next)
{
    const struct cell *const cell = &network->cell;
    const bool is_current = cell->leak_form == LEAK_CURRENT;
    const int n = network->n_hidden;
    for (int i = 0; i < n; i++) {
        next[i] = 0.0L;
        for (int j = 0; j < n; j++) {
            next[i] += network->weight_hh[i * n + j] * h[j];
        }
        for (int k = 0; k < network->n_in; k++) {
            next[i] += (long double)network->weight_ih[i * network->n_in + k] * x[k];
        }
    }
    for (int i = 0; i < n; i++) {
        const long double added =
            is_current ? next[i] : netgen_activation(cell->activation, next[i]);
        v[i] = (1.0L - cell->leak) * v[i] + cell->leak * added;
        h[i] = is_current ? netgen_activation(cell->activation, v[i]) : v[i];
    }
}

static long double squared_difference(const struct network *network, const long double *h,
                                      const double *target)
{
    long double sum = 0.0L;
    for (int k = 0; k < network->n_out; k++) {
        long double y = 0.0L;
        for (int j = 0; j < network->n_hidden; j++) {
            y += network->weight_hy[k * network->n_hidden + j] * h[j];
        }
        sum += (y - target[k]) * (y - target[k]);
    }
    return sum;
}

long double training_case_loss(const struct network *network, const struct trials *batch)
{
    long double sum = 0.0L;
    long counted = 0;
    for (int trial = 0; trial < batch->n_trials; trial++) {
        long double h[64] = {0.0L};
        long double v[64] = {0.0L};
        long double next[64];
        assert_in_range(network->n_hidden, 1, 64);
        for (int i = 0; i < network->n_hidden && network->cell.leak_form == LEAK_CURRENT; i++) {
            h[i] = netgen_activation(network->cell.activation, 0.0L);
        }
        for (int t = 0; t < batch->n_steps; t++) {
            const size_t place = (size_t)(t * batch->n_trials + trial);
            advance(network, batch->inputs + place * (size_t)batch->n_in, h, v, next);
            if (batch->mask[place] != 0) {
                sum +=
                    squared_difference(network, h, batch->targets + place * (size_t)batch->n_out);
                counted++;
            }
        }
    }
    return sum / ((long double)counted * batch->n_out);
}
