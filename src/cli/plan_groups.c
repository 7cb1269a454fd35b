#include "cli/plan_groups.h"

#include "cli/text_table.h"
#include "core/memory.h"
#include "driver/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct model_spec *model_of(const struct sweep *sweep, int case_index)
{
    return &sweep->models[sweep->cases[case_index].model];
}

void plan_cell_label(const struct sweep *sweep, int case_index, char *text, size_t size)
{
    const struct cell *const cell = &model_of(sweep, case_index)->cell;
    const struct cell_parts *const parts = cell_parts(cell->kind);
    char leak[32] = "";
    if (parts->has_activation && cell->leak < 1.0) {
        (void)snprintf(leak, sizeof leak, ", leak %g", cell->leak);
    }
    if (!parts->has_activation) {
        (void)snprintf(text, size, "%s, %s", parts->name, sweep->cases[case_index].matrix);
    } else if (cell->activation != ACTIVATION_TANH || leak[0] != '\0') {
        (void)snprintf(text, size, "%s%s", activation_name(cell->activation), leak);
    } else {
        text[0] = '\0';
    }
}

static bool is_same_cell(const struct cell *a, const struct cell *b)
{
    return a->kind == b->kind && a->activation == b->activation && a->leak == b->leak &&
           a->leak_form == b->leak_form;
}

static bool is_same_recipe(const struct model_spec *a, const struct model_spec *b)
{
    const struct recipe_values *const first = &a->training.recipe;
    const struct recipe_values *const second = &b->training.recipe;
    return a->is_trained == b->is_trained &&
           (!a->is_trained ||
            (strcmp(first->base, second->base) == 0 && first->steps == second->steps &&
             first->batch == second->batch && first->horizon == second->horizon));
}

static bool is_same(const struct sweep *sweep, int first, int second)
{
    const struct model_spec *const a = model_of(sweep, first);
    const struct model_spec *const b = model_of(sweep, second);
    const struct case_spec *const one = &sweep->cases[first];
    const struct case_spec *const other = &sweep->cases[second];
    return a->n_hidden == b->n_hidden && strcmp(one->task_label, other->task_label) == 0 &&
           strcmp(a->construction, b->construction) == 0 &&
           strcmp(one->matrix, other->matrix) == 0 && is_same_cell(&a->cell, &b->cell) &&
           is_same_recipe(a, b);
}

static struct plan_group *find_group(struct plan_group *groups, int *n, const struct sweep *sweep,
                                     int case_index)
{
    int g = *n - 1;
    while (g >= 0 && !is_same(sweep, groups[g].first_case, case_index)) {
        g--;
    }
    if (g < 0) {
        g = (*n)++;
        groups[g] = (struct plan_group){.first_case = case_index};
    }
    return &groups[g];
}

enum status plan_groups_create(struct plan_group **out, int *n, const struct sweep *sweep,
                               const struct estimate *estimate, const unsigned char *missing,
                               struct error *error)
{
    unsigned char *seen = NULL; /* models: several cases train one */
    *n = 0;
    TRY(memory_array(out, (size_t)sweep->n_cases, sizeof **out, error));
    TRY(memory_array(&seen, (size_t)sweep->n_models, 1, error));
    for (int i = 0; i < sweep->n_cases; i++) {
        struct plan_group *const group = find_group(*out, n, sweep, i);
        const int model = sweep->cases[i].model;
        group->n_cases++;
        group->n_rollouts += estimate->cases[i].n_rollouts;
        group->has_bounds = group->has_bounds || estimate->cases[i].is_bound;
        group->seconds += estimate->cases[i].seconds;
        if (missing[model] != 0 && seen[model] == 0) {
            group->n_missing++;
            group->training_seconds += estimate->model_training_seconds[model];
            seen[model] = 1;
        }
    }
    free(seen);
    return STATUS_OK;
}

/* ---- printing ---- */

static void add_text(struct text_table *table, const char *text)
{
    text_table_add(table, STYLE_PLAIN, text[0] != '\0' ? text : NULL);
}

static void add_seconds(struct text_table *table, double seconds)
{
    char text[32];
    progress_duration(seconds, text, sizeof text);
    text_table_add(table, STYLE_PLAIN, seconds > 0.0 ? text : NULL);
}

static void add_group(struct text_table *table, const struct plan_group *group,
                      const struct sweep *sweep)
{
    const struct model_spec *const model = model_of(sweep, group->first_case);
    char text[64];
    add_text(table, sweep->cases[group->first_case].task_label);
    add_text(table, model->construction);
    text_table_add_count(table, model->n_hidden);
    plan_cell_label(sweep, group->first_case, text, sizeof text);
    add_text(table, text);
    add_text(table, model->is_trained ? model->training.recipe.base : "");
    text_table_add_count(table, group->n_cases);
    (void)snprintf(text, sizeof text, "%d", group->n_missing);
    text_table_add(table, STYLE_PLAIN, group->n_missing > 0 ? text : NULL);
    (void)snprintf(text, sizeof text, "%s%" PRId64, group->has_bounds ? "<" : "",
                   group->n_rollouts);
    text_table_add(table, STYLE_PLAIN, text);
    add_seconds(table, group->training_seconds);
    add_seconds(table, group->seconds);
}

enum status plan_groups_print(const struct plan_group *groups, int n, const struct sweep *sweep,
                              struct error *error)
{
    static const struct text_column columns[] = {
        {"task", true},      {"construction", true}, {"units", false},    {"cell", true},
        {"recipe", true},    {"cases", false},       {"to train", false}, {"rollouts", false},
        {"training", false}, {"sweep", false}};
    const struct screen screen = screen_of(stdout);
    struct text_table *table = NULL;
    TRY(text_table_create(&table, columns, sizeof columns / sizeof columns[0], error));
    for (int g = 0; g < n; g++) {
        add_group(table, &groups[g], sweep);
    }
    const enum status status = text_table_print(table, &screen, 0, error);
    text_table_destroy(&table);
    return status;
}
