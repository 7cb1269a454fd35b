#include "report/groups.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void group_label(const struct group *group, char *text, size_t size)
{
    (void)snprintf(text, size, "%s%sn%d", group->construction,
                   group->construction[0] != '\0' ? " " : "", group->hidden);
    text_clean(text); /* a long name may have been cut within a character */
}

static int find_group(const struct grouping *grouping, const struct study_data *data,
                      int case_index)
{
    for (int i = grouping->n_groups - 1; i >= 0; i--) {
        const struct group *const group = &grouping->groups[i];
        if (group->hidden == (int)study_integer(data, "hidden", case_index, 0) &&
            strcmp(group->task, study_text(data, "task", case_index)) == 0 &&
            strcmp(group->construction, study_text(data, "construction", case_index)) == 0) {
            return i;
        }
    }
    return -1;
}

static enum status add_to_group(struct grouping *grouping, const struct study_data *data,
                                int case_index, struct error *error)
{
    int index = find_group(grouping, data, case_index);
    if (index < 0) {
        index = grouping->n_groups++;
        grouping->groups[index] =
            (struct group){.task = study_text(data, "task", case_index),
                           .construction = study_text(data, "construction", case_index),
                           .hidden = (int)study_integer(data, "hidden", case_index, 0)};
    }
    struct group *const group = &grouping->groups[index];
    int *const grown = realloc(group->cases, ((size_t)group->n_cases + 1) * sizeof *grown);
    if (grown == NULL) {
        return error_set(error, STATUS_INTERNAL, "out of memory: cases of a group");
    }
    group->cases = grown;
    group->cases[group->n_cases++] = case_index;
    group->n_unconverged += (int)study_integer(data, "converged", case_index, 0) == 0;
    return STATUS_OK;
}

static struct task_pool *find_task(struct grouping *grouping, const char *task)
{
    for (int i = 0; i < grouping->n_tasks; i++) {
        if (strcmp(grouping->tasks[i].task, task) == 0) {
            return &grouping->tasks[i];
        }
    }
    struct task_pool *const added = &grouping->tasks[grouping->n_tasks++];
    added->task = task;
    return added;
}

static enum status pool_tasks(struct grouping *grouping, struct error *error)
{
    const size_t n_groups = (size_t)grouping->n_groups;
    TRY(memory_array(&grouping->tasks, n_groups, sizeof *grouping->tasks, error));
    for (int i = 0; i < grouping->n_groups; i++) {
        struct task_pool *const pool = find_task(grouping, grouping->groups[i].task);
        if (pool->groups == NULL) {
            TRY(memory_array(&pool->groups, n_groups, sizeof *pool->groups, error));
        }
        pool->groups[pool->n_groups++] = i;
        grouping->groups[i].task_index = (int)(pool - grouping->tasks);
    }
    return STATUS_OK;
}

static enum status fill(struct grouping *grouping, const struct study_data *data,
                        bool converged_only, struct error *error)
{
    TRY(memory_array(&grouping->groups, (size_t)data->n_cases, sizeof *grouping->groups, error));
    for (int i = 0; i < data->n_cases; i++) {
        if (!converged_only || (int)study_integer(data, "converged", i, 0) != 0) {
            TRY(add_to_group(grouping, data, i, error));
        }
    }
    return pool_tasks(grouping, error);
}

enum status grouping_create(struct grouping *grouping, const struct study_data *data,
                            bool converged_only, struct error *error)
{
    *grouping = (struct grouping){0};
    const enum status status = fill(grouping, data, converged_only, error);
    if (status != STATUS_OK) {
        grouping_release(grouping);
    }
    return status;
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
