/* Models to train: a grid of constructions, widths and seeds. */
#include "core/memory.h"
#include "core/named.h"
#include "core/text.h"
#include "kernel/constructions/construction.h"
#include "kernel/recipes/recipe.h"
#include "kernel/training/train.h"
#include "study/study_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One entry of `models`, read. */
struct grid {
    const config_setting_t *entry;
    int task; /* index in the sweep */
    const struct task_ops *task_ops;
    const char **constructions;
    int n_constructions;
    int *hidden;
    int n_hidden;
    int64_t *seeds;
    int n_seeds;
};

static enum status read_task(struct study_reader *reader, struct grid *grid)
{
    const char *const name = config_text(grid->entry, "task", "");
    TRY(study_find_task(reader, name, &grid->task));
    if (grid->task >= 0 && reader->sweep->tasks[grid->task].path == NULL) {
        grid->task_ops = task_find(name);
        return STATUS_OK;
    }
    const char *names[NAMED_MAX];
    const size_t count = named_names(TASKS, names);
    return config_unknown_word(reader->config, config_setting_get_member(grid->entry, "task"),
                               "built-in task", name, names, count, reader->error);
}

static enum status check_constructions(struct study_reader *reader, const struct grid *grid,
                                       const config_setting_t *setting)
{
    const char *names[NAMED_MAX];
    const size_t count = named_names(CONSTRUCTIONS, names);
    for (int i = 0; i < grid->n_constructions; i++) {
        const struct construction_ops *const construction =
            construction_find(grid->constructions[i]);
        if (construction == NULL) {
            return config_unknown_word(reader->config, setting, "construction",
                                       grid->constructions[i], names, count, reader->error);
        }
        for (int j = 0; construction->needs_even && j < grid->n_hidden; j++) {
            if (grid->hidden[j] % 2 != 0) {
                return config_error(reader->config, setting, reader->error,
                                    "construction '%s' needs an even width, hidden has %d",
                                    construction->name, grid->hidden[j]);
            }
        }
    }
    return STATUS_OK;
}

static enum status read_hidden(struct study_reader *reader, struct grid *grid)
{
    const config_setting_t *const setting = config_setting_get_member(grid->entry, "hidden");
    double *values = NULL;
    TRY(config_reals(reader->config, setting, &values, &grid->n_hidden, reader->error));
    enum status status =
        memory_array(&grid->hidden, (size_t)grid->n_hidden, sizeof *grid->hidden, reader->error);
    for (int i = 0; status == STATUS_OK && i < grid->n_hidden; i++) {
        if (values[i] != floor(values[i]) || !(values[i] >= 1 && values[i] <= STUDY_MAX_HIDDEN)) {
            status = config_error(reader->config, setting, reader->error,
                                  "hidden is %.15g, expected an integer from 1 to %d", values[i],
                                  STUDY_MAX_HIDDEN);
        } else {
            grid->hidden[i] = (int)values[i];
        }
    }
    free(values);
    return status;
}

static enum status read_grid(struct study_reader *reader, struct grid *grid)
{
    const config_setting_t *const constructions =
        config_setting_get_member(grid->entry, "construction");
    TRY(config_check(reader->config, grid->entry, &STUDY_GROUPS[GROUP_GRID], reader->error));
    TRY(read_task(reader, grid));
    TRY(config_words(reader->config, constructions, &grid->constructions, &grid->n_constructions,
                     reader->error));
    TRY(read_hidden(reader, grid));
    TRY(check_constructions(reader, grid, constructions));
    const config_setting_t *const seeds = config_setting_get_member(grid->entry, "seeds");
    if (seeds != NULL) {
        TRY(study_read_seeds(reader->config, seeds, &grid->seeds, &grid->n_seeds, reader->error));
    } else {
        grid->n_seeds = 1;
        TRY(memory_array(&grid->seeds, 1, sizeof *grid->seeds, reader->error));
    }
    /* Before the grid is expanded, which takes time and memory. */
    const double count = (double)grid->n_constructions * grid->n_hidden * (double)grid->n_seeds;
    if (count > STUDY_MAX_CASES) {
        return config_error(reader->config, grid->entry, reader->error,
                            "grid has %.6g models, expected at most %d", count, STUDY_MAX_CASES);
    }
    return study_check_job_count(reader, grid->entry, count);
}

static enum status find_recipe(const struct study_reader *reader, const config_setting_t *setting,
                               const char *name, const struct recipe_ops **recipe)
{
    *recipe = recipe_find(name);
    if (*recipe != NULL) {
        return STATUS_OK;
    }
    const char *names[NAMED_MAX];
    const size_t count = named_names(RECIPES, names);
    return config_unknown_word(reader->config, setting, "recipe", name, names, count,
                               reader->error);
}

static enum status read_steps(const struct study_reader *reader, const config_setting_t *group,
                              const struct recipe_ops *base, struct recipe_values *values)
{
    const bool has_product = config_setting_get_member(group, "epochs") != NULL ||
                             config_setting_get_member(group, "batches") != NULL;
    const config_setting_t *const steps = config_setting_get_member(group, "steps");
    if (steps != NULL && has_product) {
        return config_error(reader->config, steps, reader->error,
                            "recipe has steps and epochs or batches, expected one of both");
    }
    const int64_t product = config_integer(group, "epochs", base->epochs) *
                            config_integer(group, "batches", base->batches);
    if (product > STUDY_MAX_STEPS) {
        return config_error(reader->config, group, reader->error,
                            "recipe has %lld steps (epochs x batches), expected at most %d",
                            (long long)product, STUDY_MAX_STEPS);
    }
    values->steps = (int)config_integer(group, "steps", product);
    return STATUS_OK;
}

static enum status read_changes(const struct study_reader *reader, const config_setting_t *group,
                                const struct recipe_ops *base, struct recipe_values *values)
{
    static const char *const dtypes[] = {"float64", "float32"};
    const char *schedules[SCHEDULE_COUNT];
    int schedule = (int)values->schedule;
    int dtype = values->single;
    for (int i = 0; i < SCHEDULE_COUNT; i++) {
        schedules[i] = schedule_name((enum schedule)i);
    }
    TRY(read_steps(reader, group, base, values));
    TRY(config_choice(reader->config, group, "schedule", schedules, SCHEDULE_COUNT, &schedule,
                      reader->error));
    TRY(config_choice(reader->config, group, "dtype", dtypes, 2, &dtype, reader->error));
    values->schedule = (enum schedule)schedule;
    values->single = dtype == 1;
    values->batch = (int)config_integer(group, "batch", values->batch);
    values->rate = config_real(group, "rate", values->rate);
    values->clip = config_real(group, "clip", values->clip);
    values->horizon = (int)config_integer(group, "horizon", values->horizon);
    values->target = config_real(group, "target", values->target);
    return STATUS_OK;
}

static enum status check_horizon(const struct study_reader *reader, const struct grid *grid,
                                 const config_setting_t *setting,
                                 const struct recipe_values *values)
{
    const struct task_ops *const task = grid->task_ops;
    const config_setting_t *const where = setting != NULL ? setting : grid->entry;
    if (task->horizon_param == 0) {
        return values->horizon == 0 ? STATUS_OK
                                    : config_error(reader->config, where, reader->error,
                                                   "task '%s' has no horizon to set", task->name);
    }
    const double shortest = reader->sweep->tasks[grid->task].params[task->horizon_at_least];
    if (values->horizon < shortest) {
        return config_error(reader->config, where, reader->error,
                            "horizon is %d, expected at least %g, the %s of task '%s'",
                            values->horizon, shortest, task->params[task->horizon_at_least].name,
                            task->name);
    }
    return STATUS_OK;
}

/* Recipe of one construction: the task's default, a name, or a group of changes. */
static enum status read_recipe(const struct study_reader *reader, const struct grid *grid,
                               const struct construction_ops *construction,
                               struct recipe_values *values)
{
    const config_setting_t *const setting = config_setting_get_member(grid->entry, "recipe");
    const struct recipe_ops *base = recipe_default(grid->task_ops);
    const bool is_group = setting != NULL && config_setting_type(setting) == CONFIG_TYPE_GROUP;
    if (is_group) {
        TRY(config_check(reader->config, setting, &STUDY_GROUPS[GROUP_RECIPE], reader->error));
        TRY(find_recipe(reader, setting, config_text(setting, "base", base->name), &base));
    } else if (setting != NULL) {
        TRY(find_recipe(reader, setting, config_setting_get_string(setting), &base));
    }
    *values = recipe_resolve(base, grid->task_ops, construction);
    if (is_group) {
        TRY(read_changes(reader, setting, base, values));
    }
    return check_horizon(reader, grid, setting, values);
}

static enum status name_model(const struct study_reader *reader, const struct grid *grid,
                              struct model_spec *model)
{
    char name[256];
    char file[300];
    const struct training_spec *const training = &model->training;
    (void)snprintf(name, sizeof name, "%s-%s-n%d-s%" PRId64 "-%s", grid->task_ops->name,
                   training->construction, model->n_hidden, training->seed, training->recipe.base);
    (void)snprintf(file, sizeof file, "%s-%016" PRIx64 ".h5", name, training->key[0]);
    TRY(path_join(&model->path, reader->models_dir, file, reader->error));
    (void)snprintf(file, sizeof file, "%016" PRIx64, training->key[0]);
    TRY(memory_string(&model->identity, file, reader->error));
    (void)snprintf(file, sizeof file, "%s-%08" PRIx64, name, training->key[0] >> 32);
    TRY(memory_string(&model->label, file, reader->error));
    TRY(memory_string(&model->task, grid->task_ops->name, reader->error));
    return memory_string(&model->construction, training->construction, reader->error);
}

static enum status add_model(struct study_reader *reader, const struct grid *grid, int n_hidden,
                             const struct training_spec *training)
{
    struct model_spec model = {.n_hidden = n_hidden,
                               .n_in = reader->task_facts[grid->task].n_in,
                               .n_out = reader->task_facts[grid->task].n_out,
                               .seed = training->seed,
                               .is_trained = true,
                               .training = *training};
    int index = -1;
    TRY(training_identity(training, n_hidden, grid->task_ops,
                          reader->sweep->tasks[grid->task].params, model.training.key,
                          reader->error));
    const enum status status = name_model(reader, grid, &model);
    TRY(study_add_model(reader, status, &model, &index));
    return study_add_case(reader, index, grid->task, grid->task_ops->name);
}

static enum status expand(struct study_reader *reader, const struct grid *grid)
{
    for (int c = 0; c < grid->n_constructions; c++) {
        struct training_spec training = {.task = grid->task};
        const struct construction_ops *const construction =
            construction_find(grid->constructions[c]);
        (void)snprintf(training.construction, sizeof training.construction, "%s",
                       construction->name);
        TRY(read_recipe(reader, grid, construction, &training.recipe));
        for (int h = 0; h < grid->n_hidden; h++) {
            for (int s = 0; s < grid->n_seeds; s++) {
                training.seed = grid->seeds[s];
                TRY(add_model(reader, grid, grid->hidden[h], &training));
            }
        }
    }
    return STATUS_OK;
}

enum status study_read_grid(struct study_reader *reader, const config_setting_t *entry)
{
    struct grid grid = {.entry = entry};
    enum status status = read_grid(reader, &grid);
    if (status == STATUS_OK) {
        status = expand(reader, &grid);
    }
    free(grid.constructions);
    free(grid.hidden);
    free(grid.seeds);
    return status;
}
