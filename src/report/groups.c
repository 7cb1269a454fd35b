#include "report/groups.h"

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

/* Adds the case to its group, which is the last when it is new. */
static enum status add_case(struct grouping *grouping, const struct study_data *data, int c,
                            struct error *error)
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
    struct group *const group = &grouping->groups[g];
    int *const grown = realloc(group->cases, ((size_t)group->n_cases + 1) * sizeof *grown);
    if (grown == NULL) {
        return error_set(error, STATUS_INTERNAL, "out of memory: cases of a group");
    }
    group->cases = grown;
    group->cases[group->n_cases++] = c;
    return STATUS_OK;
}

enum status grouping_create(struct grouping *grouping, const struct study_data *data,
                            bool converged_only, struct error *error)
{
    *grouping = (struct grouping){0};
    TRY(memory_array(&grouping->groups, (size_t)data->n_cases, sizeof *grouping->groups, error));
    for (int c = 0; c < data->n_cases; c++) {
        if (!ensemble_has(data, c) &&
            (!converged_only || (int)study_integer(data, "converged", c, 0) != 0)) {
            TRY(add_case(grouping, data, c, error));
        }
    }
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
    *grouping = (struct grouping){0};
}
