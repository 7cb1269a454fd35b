#include "cli/training_steps.h"

#include "cli/screen.h"
#include "core/memory.h"
#include "store/model_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 0 where the file cannot be read: whoever needs the model says so. */
static int32_t steps_taken(const struct model_spec *model)
{
    struct kept_facts facts;
    struct error ignored;
    return model_file_read_facts(model->path, &facts, &ignored) == STATUS_OK &&
                   facts.training.steps > 0
               ? facts.training.steps
               : 0;
}

static bool may_stop(const struct model_spec *model)
{
    return model->is_trained && model->training.recipe.check > 0;
}

enum status training_steps_begin(struct training_steps *steps, const struct sweep *sweep,
                                 const unsigned char *missing, struct error *error)
{
    *steps = (struct training_steps){.sweep = sweep};
    TRY(memory_array(&steps->taken, (size_t)sweep->n_models, sizeof *steps->taken, error));
    for (int i = 0; i < sweep->n_models; i++) {
        if (missing[i] == 0 && may_stop(&sweep->models[i])) {
            steps->taken[i] = steps_taken(&sweep->models[i]);
        }
    }
    return STATUS_OK;
}

void training_steps_release(struct training_steps *steps)
{
    free(steps->taken);
    *steps = (struct training_steps){0};
}

/* The same in all that decides how soon a training gets to its target, but width, construction and
 * seed. */
static bool is_same_kind(const struct training_spec *a, const struct training_spec *b)
{
    const struct recipe_values *const one = &a->recipe;
    const struct recipe_values *const other = &b->recipe;
    return a->task == b->task && a->cell.kind == b->cell.kind &&
           a->cell.activation == b->cell.activation && a->cell.leak == b->cell.leak &&
           strcmp(one->base, other->base) == 0 && one->steps == other->steps &&
           one->check == other->check && one->batch == other->batch && one->rate == other->rate &&
           one->schedule == other->schedule && one->horizon == other->horizon &&
           one->target == other->target;
}

double training_steps_share(const struct training_steps *steps, int model)
{
    const struct model_spec *const models = steps->sweep->models;
    const struct training_spec *const wanted = &models[model].training;
    double sums[2] = {0.0, 0.0}; /* of any width and construction, and of its own */
    int counts[2] = {0, 0};
    for (int i = 0; i < steps->sweep->n_models; i++) {
        if (steps->taken[i] > 0 && is_same_kind(&models[i].training, wanted)) {
            const double share = (double)steps->taken[i] / wanted->recipe.steps;
            const bool is_alike =
                models[i].n_hidden == models[model].n_hidden &&
                strcmp(models[i].training.construction, wanted->construction) == 0;
            sums[0] += share;
            counts[0]++;
            sums[1] += is_alike ? share : 0.0;
            counts[1] += is_alike;
        }
    }
    const int which = counts[1] > 0 ? 1 : 0;
    return counts[which] > 0 ? sums[which] / counts[which] : NAN;
}

void training_steps_tell(const struct sweep *sweep, const unsigned char *missing)
{
    double taken = 0.0;
    double all = 0.0;
    int n_models = 0;
    int n_short = 0;
    for (int i = 0; i < sweep->n_models; i++) {
        const struct model_spec *const model = &sweep->models[i];
        const int32_t steps = missing[i] != 0 && may_stop(model) ? steps_taken(model) : 0;
        if (steps > 0) {
            taken += steps;
            all += model->training.recipe.steps;
            n_short += steps < model->training.recipe.steps;
            n_models++;
        }
    }
    if (n_models > 0) {
        screen_note("%d of %d trainings ended at their target before their last step: %.0f of %.0f "
                    "steps taken, %.0f %% saved",
                    n_short, n_models, taken, all, 100.0 * (1.0 - taken / all));
    }
}
