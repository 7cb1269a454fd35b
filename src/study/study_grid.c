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

enum { CHECK_STEPS = 64 }; /* between looks at the metric, where the study does not say */

/* One entry of `models`, read. */
struct grid {
    const config_setting_t *entry;
    int task; /* index in the sweep */
    const struct task_ops *task_ops;
    struct cell cell;
    const char **constructions;
    int n_constructions;
    int *hidden;
    int n_hidden;
    int64_t *seeds;
    int n_seeds;
};

static enum status check_constructions(struct study_reader *reader, const struct grid *grid,
                                       const config_setting_t *setting)
{
    for (int i = 0; i < grid->n_constructions; i++) {
        const char *const name = grid->constructions[i];
        const struct construction_ops *const construction = construction_find(name);
        if (construction == NULL) {
            return config_unknown_name(reader->config, setting, "construction", name,
                                       CONSTRUCTIONS);
        }
        for (int j = 0; construction->needs_even && j < grid->n_hidden; j++) {
            if (grid->hidden[j] % 2 != 0) {
                return config_error(reader->config, setting,
                                    "construction '%s' needs an even width, hidden has %d", name,
                                    grid->hidden[j]);
            }
        }
    }
    return STATUS_OK;
}

static enum status read_hidden(struct study_reader *reader, struct grid *grid)
{
    const config_setting_t *const setting = config_setting_get_member(grid->entry, "hidden");
    double *values = NULL;
    TRY(config_reals(reader->config, setting, &values, &grid->n_hidden));
    enum status status =
        memory_array(&grid->hidden, (size_t)grid->n_hidden, sizeof *grid->hidden, reader->error);
    for (int i = 0; status == STATUS_OK && i < grid->n_hidden; i++) {
        if (values[i] != floor(values[i]) || !(values[i] >= 1 && values[i] <= STUDY_MAX_HIDDEN)) {
            status = config_error(reader->config, setting,
                                  "hidden is %.15g, expected an integer from 1 to %d", values[i],
                                  STUDY_MAX_HIDDEN);
        } else {
            grid->hidden[i] = (int)values[i];
        }
    }
    free(values);
    return status;
}

static enum status read_cell(const struct study_reader *reader, struct grid *grid)
{
    const char *kinds[CELL_KIND_COUNT];
    const char *activations[ACTIVATION_COUNT];
    const char *forms[LEAK_FORM_COUNT];
    int kind = (int)CELL_DEFAULT.kind;
    int activation = (int)CELL_DEFAULT.activation;
    int form = (int)CELL_DEFAULT.leak_form;
    for (int i = 0; i < CELL_KIND_COUNT; i++) {
        kinds[i] = cell_parts((enum cell_kind)i)->name;
    }
    for (int i = 0; i < ACTIVATION_COUNT; i++) {
        activations[i] = activation_name((enum activation)i);
    }
    for (int i = 0; i < LEAK_FORM_COUNT; i++) {
        forms[i] = leak_form_name((enum leak_form)i);
    }
    TRY(config_choice(reader->config, grid->entry, "cell", kinds, CELL_KIND_COUNT, &kind));
    TRY(config_choice(reader->config, grid->entry, "activation", activations, ACTIVATION_COUNT,
                      &activation));
    TRY(config_choice(reader->config, grid->entry, "leak_form", forms, LEAK_FORM_COUNT, &form));
    grid->cell = (struct cell){.kind = (enum cell_kind)kind,
                               .activation = (enum activation)activation,
                               .leak_form = (enum leak_form)form,
                               .leak = config_real(grid->entry, "leak", CELL_DEFAULT.leak)};
    return cell_is_sound(&grid->cell)
               ? STATUS_OK
               : config_error(reader->config, config_setting_get_member(grid->entry, "cell"),
                              "cell is %s with an activation or leak, expected rnn for these",
                              kinds[kind]);
}

static enum status read_grid(struct study_reader *reader, struct grid *grid)
{
    const struct config *const config = reader->config;
    const config_setting_t *const entry = grid->entry;
    const config_setting_t *const constructions = config_setting_get_member(entry, "construction");
    const config_setting_t *const seeds = config_setting_get_member(entry, "seeds");
    TRY(config_check(config, entry, &STUDY_GROUPS[GROUP_GRID]));
    const char *const task = config_text(entry, "task", "");
    TRY(study_find_task(reader, task, &grid->task));
    if (grid->task < 0 || reader->sweep->tasks[grid->task].path != NULL) {
        return config_unknown_name(config, config_setting_get_member(entry, "task"),
                                   "built-in task", task, TASKS);
    }
    grid->task_ops = task_find(task);
    TRY(read_cell(reader, grid));
    TRY(config_words(config, constructions, &grid->constructions, &grid->n_constructions));
    TRY(read_hidden(reader, grid));
    TRY(check_constructions(reader, grid, constructions));
    if (seeds != NULL) {
        TRY(study_read_seeds(reader, seeds, &grid->seeds, &grid->n_seeds));
    } else {
        grid->n_seeds = 1;
        TRY(memory_array(&grid->seeds, 1, sizeof *grid->seeds, reader->error));
    }
    /* Before the grid is expanded, which takes time and memory. */
    const double count = (double)grid->n_constructions * grid->n_hidden * (double)grid->n_seeds;
    if (count > STUDY_MAX_CASES) {
        return config_error(config, entry, "grid has %.6g models, expected at most %d", count,
                            STUDY_MAX_CASES);
    }
    return study_check_job_count(reader, entry, count);
}

static enum status read_changes(const struct study_reader *reader, const config_setting_t *group,
                                const struct recipe_ops *base, struct recipe_values *values)
{
    static const char *const dtypes[] = {"float64", "float32"};
    static const char *const stops[] = {"steps", "target"};
    const struct config *const config = reader->config;
    const config_setting_t *const steps = config_setting_get_member(group, "steps");
    const int64_t product = config_integer(group, "epochs", base->epochs) *
                            config_integer(group, "batches", base->batches);
    const char *schedules[SCHEDULE_COUNT];
    int schedule = (int)values->schedule;
    int dtype = values->single;
    int stop = 0;
    if (steps != NULL && (config_setting_get_member(group, "epochs") != NULL ||
                          config_setting_get_member(group, "batches") != NULL)) {
        return config_error(config, steps,
                            "recipe has steps and epochs or batches, expected one of both");
    }
    if (product > STUDY_MAX_STEPS) {
        return config_error(config, group,
                            "recipe has %lld steps (epochs x batches), expected at most %d",
                            (long long)product, STUDY_MAX_STEPS);
    }
    for (int i = 0; i < SCHEDULE_COUNT; i++) {
        schedules[i] = schedule_name((enum schedule)i);
    }
    TRY(config_choice(config, group, "schedule", schedules, SCHEDULE_COUNT, &schedule));
    TRY(config_choice(config, group, "dtype", dtypes, 2, &dtype));
    TRY(config_choice(config, group, "stop", stops, 2, &stop));
    if (stop == 0 && config_setting_get_member(group, "check") != NULL) {
        return config_error(config, config_setting_get_member(group, "check"),
                            "recipe has check without stop = \"target\"");
    }
    values->steps = (int)config_integer(group, "steps", product);
    values->schedule = (enum schedule)schedule;
    values->single = dtype == 1;
    values->batch = (int)config_integer(group, "batch", values->batch);
    values->rate = config_real(group, "rate", values->rate);
    values->clip = config_real(group, "clip", values->clip);
    values->horizon = (int)config_integer(group, "horizon", values->horizon);
    values->target = config_real(group, "target", values->target);
    values->check = stop == 1 ? (int)config_integer(group, "check", CHECK_STEPS) : 0;
    values->bias = config_bool(group, "bias", values->bias);
    return STATUS_OK;
}

/* Recipe of one construction: the task's default, a name, or a group of changes. */
static enum status read_recipe(const struct study_reader *reader, const struct grid *grid,
                               const struct construction_ops *construction,
                               struct recipe_values *values)
{
    const config_setting_t *const setting = config_setting_get_member(grid->entry, "recipe");
    const bool is_group = setting != NULL && config_setting_is_group(setting);
    const char *name = recipe_default(grid->task_ops)->name;
    if (is_group) {
        TRY(config_check(reader->config, setting, &STUDY_GROUPS[GROUP_RECIPE]));
        name = config_text(setting, "base", name);
    } else if (setting != NULL) {
        name = config_setting_get_string(setting);
    }
    const struct recipe_ops *const base = recipe_find(name);
    if (base == NULL) {
        return config_unknown_name(reader->config, setting, "recipe", name, RECIPES);
    }
    *values = recipe_resolve(base, grid->task_ops, construction);
    values->bias = !cell_parts(grid->cell.kind)->has_activation; /* as those cells are used */
    if (is_group) {
        TRY(read_changes(reader, setting, base, values));
    }
    const struct task_ops *const task = grid->task_ops;
    const config_setting_t *const where = setting != NULL ? setting : grid->entry;
    if (task->horizon_param == 0) {
        return values->horizon == 0 ? STATUS_OK
                                    : config_error(reader->config, where,
                                                   "task '%s' has no horizon to set", task->name);
    }
    const double shortest = reader->sweep->tasks[grid->task].params[task->horizon_at_least];
    return values->horizon >= shortest
               ? STATUS_OK
               : config_error(reader->config, where,
                              "horizon is %d, expected at least %g, the %s of task '%s'",
                              values->horizon, shortest, task->params[task->horizon_at_least].name,
                              task->name);
}

static enum status add_model(struct study_reader *reader, const struct grid *grid, int n_hidden,
                             const struct training_spec *training)
{
    struct model_spec model = {.cell = training->cell,
                               .n_hidden = n_hidden,
                               .n_in = reader->task_facts[grid->task].n_in,
                               .n_out = reader->task_facts[grid->task].n_out,
                               .seed = training->seed,
                               .is_trained = true,
                               .training = *training};
    const char *const task = reader->sweep->tasks[grid->task].name;
    uint64_t *const key = model.training.key;
    char name[256];
    char file[300];
    char label[300];
    char identity[17];
    char cell[32] = "";
    char *path = NULL;
    int index = -1;
    TRY(training_identity(training, n_hidden, grid->task_ops,
                          reader->sweep->tasks[grid->task].params, key, reader->error));
    if (!cell_is_default(&training->cell)) {
        const struct cell_parts *const parts = cell_parts(training->cell.kind);
        (void)snprintf(cell, sizeof cell, "-%s%s",
                       parts->has_activation ? activation_name(training->cell.activation)
                                             : parts->name,
                       training->cell.leak != 1.0 ? "-leaky" : "");
    }
    (void)snprintf(name, sizeof name, "%s-%s%s-n%d-s%" PRId64 "-%s", task, training->construction,
                   cell, n_hidden, training->seed, training->recipe.base);
    (void)snprintf(file, sizeof file, "%s-%016" PRIx64 ".h5", name, key[0]);
    (void)snprintf(label, sizeof label, "%s-%08" PRIx64, name, key[0] >> 32);
    (void)snprintf(identity, sizeof identity, "%016" PRIx64, key[0]);
    TRY(path_join(&path, reader->models_dir, file, reader->error));
    const struct model_names names = {path, label, task, training->construction, identity};
    const enum status status = study_add_model(reader, &model, &names, &index);
    free(path);
    TRY(status);
    return study_add_cases(reader, grid->entry, index, grid->task, task);
}

static enum status expand(struct study_reader *reader, const struct grid *grid)
{
    for (int c = 0; c < grid->n_constructions; c++) {
        struct training_spec training = {.cell = grid->cell, .task = grid->task};
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
    THEN(status, expand(reader, &grid));
    free(grid.constructions);
    free(grid.hidden);
    free(grid.seeds);
    return status;
}
