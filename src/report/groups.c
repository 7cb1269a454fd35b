#include "report/groups.h"

#include "core/index_map.h"
#include "core/memory.h"
#include "core/text.h"
#include "report/ensembles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void group_label(const struct group *group, char *text, size_t size)
{
    const bool is_usual = strcmp(group->cell, "tanh") == 0;
    char leak[32] = "";
    if (group->leak > 0.0 && group->leak < 1.0) {
        (void)snprintf(leak, sizeof leak, "leak %g ", group->leak);
    }
    (void)snprintf(text, size, "%s%s%s%s%sn%d", group->construction,
                   group->construction[0] != '\0' ? " " : "", is_usual ? "" : group->cell,
                   is_usual ? "" : " ", leak, group->hidden);
    text_clean(text); /* a long name may have been cut within a character */
}

const char *group_cell(const struct study_data *data, int case_index)
{
    const char *const cell = study_text(data, "cell", case_index);
    const char *const activation = study_text(data, "activation", case_index);
    return strcmp(cell, "rnn") == 0 && activation[0] != '\0' ? activation : cell;
}

static bool is_same(const struct group *a, const struct group *b)
{
    return a->hidden == b->hidden && strcmp(a->task, b->task) == 0 &&
           strcmp(a->construction, b->construction) == 0 && strcmp(a->cell, b->cell) == 0 &&
           strcmp(a->matrix, b->matrix) == 0 && a->gauge == b->gauge &&
           strcmp(a->order, b->order) == 0 && strcmp(a->leak_form, b->leak_form) == 0 &&
           (a->leak == b->leak || (isnan(a->leak) && isnan(b->leak)));
}

/* The group that a case belongs to, which is the last when it is new. */
static int find_group(struct grouping *grouping, const struct study_data *data, int c)
{
    const struct group own = {.task = study_text(data, "task", c),
                              .construction = study_text(data, "construction", c),
                              .hidden = (int)study_integer(data, "hidden", c, 0),
                              .cell = group_cell(data, c),
                              .leak_form = study_text(data, "leak_form", c),
                              .leak = study_real(data, "leak", c, 0),
                              .matrix = study_text(data, "matrix", c),
                              .gauge = (int)study_integer(data, "gauge", c, 0),
                              .order = study_text(data, "order", c)};
    int g = grouping->n_groups - 1;
    while (g >= 0 && !is_same(&grouping->groups[g], &own)) {
        g--;
    }
    if (g < 0) {
        g = grouping->n_groups++;
        grouping->groups[g] = own;
    }
    return g;
}

/* Adds a case to its group, once for equal weights: a network under twelve names is one network. */
static enum status add_case(struct grouping *grouping, const struct study_data *data, int c,
                            struct index_map *known, struct error *error)
{
    const uint64_t weights = study_weights_hash(data, c);
    const int g = find_group(grouping, data, c);
    const struct hash128 key = {.low = weights, .high = (uint64_t)g};
    struct group *const group = &grouping->groups[g];
    grouping->copy_of[c] = weights != 0 ? index_map_find(known, key) : -1;
    if (grouping->copy_of[c] >= 0) {
        group->n_copies++;
        return STATUS_OK;
    }
    size_t capacity = (size_t)group->capacity;
    TRY(memory_reserve(&group->cases, &capacity, (size_t)group->n_cases + 1, sizeof *group->cases,
                       error));
    group->capacity = (int)capacity;
    group->cases[group->n_cases++] = c;
    grouping->group_of[c] = g;
    return weights != 0 ? index_map_put(known, key, c, error) : STATUS_OK;
}

static enum status add_cases(struct grouping *grouping, const struct study_data *data,
                             bool converged_only, struct index_map *known, struct error *error)
{
    for (int c = 0; c < data->n_cases; c++) {
        grouping->group_of[c] = -1;
        grouping->copy_of[c] = -1;
        if (!ensemble_has(data, c) &&
            (!converged_only || (int)study_integer(data, "converged", c, 0) != 0)) {
            TRY(add_case(grouping, data, c, known, error));
        }
    }
    return STATUS_OK;
}

enum status grouping_create(struct grouping *grouping, const struct study_data *data,
                            bool converged_only, struct error *error)
{
    const size_t n_cases = (size_t)data->n_cases;
    struct index_map known = {0};
    *grouping = (struct grouping){0};
    TRY(memory_array(&grouping->groups, n_cases, sizeof *grouping->groups, error));
    TRY(memory_array(&grouping->group_of, n_cases, sizeof *grouping->group_of, error));
    TRY(memory_array(&grouping->copy_of, n_cases, sizeof *grouping->copy_of, error));
    const enum status status = add_cases(grouping, data, converged_only, &known, error);
    index_map_release(&known);
    TRY(status);
    TRY(memory_array(&grouping->tasks, (size_t)grouping->n_groups, sizeof *grouping->tasks, error));
    for (int g = 0; g < grouping->n_groups; g++) {
        int *const task = &grouping->groups[g].task_index;
        while (*task < grouping->n_tasks &&
               strcmp(grouping->tasks[*task].task, grouping->groups[g].task) != 0) {
            ++*task;
        }
        struct task_pool *const pool = &grouping->tasks[*task];
        if (*task == grouping->n_tasks) { /* the first group of its task */
            grouping->n_tasks++;
            pool->task = grouping->groups[g].task;
            TRY(memory_array(&pool->groups, (size_t)grouping->n_groups, sizeof(int), error));
        }
        pool->groups[pool->n_groups++] = g;
    }
    return STATUS_OK;
}

void grouping_release(struct grouping *grouping)
{
    for (int i = 0; i < grouping->n_groups; i++) {
        free(grouping->groups[i].cases);
    }
    for (int i = 0; i < grouping->n_tasks; i++) {
        free(grouping->tasks[i].groups);
    }
    free(grouping->groups);
    free(grouping->tasks);
    free(grouping->group_of);
    free(grouping->copy_of);
    *grouping = (struct grouping){0};
}
