#include "core/memory.h"
#include "core/named.h"
#include "core/text.h"
#include "kernel/tasks/task.h"
#include "study/study_parts.h"

#include <stdlib.h>
#include <string.h>

static enum status add_task(struct study_reader *reader, const char *name, const char *path,
                            int *index)
{
    struct sweep *const sweep = reader->sweep;
    const size_t needed = (size_t)sweep->n_tasks + 1;
    TRY(memory_reserve(&sweep->tasks, &reader->task_capacity, needed, sizeof *sweep->tasks,
                       reader->error));
    TRY(memory_reserve(&reader->task_facts, &reader->facts_capacity, needed,
                       sizeof *reader->task_facts, reader->error));
    *index = sweep->n_tasks;
    struct task_spec *const task = &sweep->tasks[sweep->n_tasks];
    *task = (struct task_spec){0};
    reader->task_facts[*index] = (struct trials_facts){0};
    sweep->n_tasks++;
    TRY(memory_string(&task->name, name, reader->error));
    return path == NULL ? STATUS_OK : memory_string(&task->path, path, reader->error);
}

static int find_listed(const struct study_reader *reader, const char *name)
{
    for (int i = 0; i < reader->sweep->n_tasks; i++) {
        if (strcmp(reader->sweep->tasks[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* A built-in task with these parameters, by its own name or that of a variant. */
static enum status add_built_in(struct study_reader *reader, const char *name,
                                const struct task_ops *ops, const double params[PARAMS_MAX],
                                int *index)
{
    const struct task_shape shape = ops->shape(params);
    TRY(add_task(reader, name, NULL, index));
    memcpy(reader->sweep->tasks[*index].params, params, PARAMS_MAX * sizeof *params);
    reader->task_facts[*index] = (struct trials_facts){.n_in = shape.n_in, .n_out = shape.n_out};
    return STATUS_OK;
}

enum status study_find_task(struct study_reader *reader, const char *name, int *index)
{
    const struct task_ops *const ops = task_find(name);
    double params[PARAMS_MAX];
    *index = find_listed(reader, name);
    if (*index >= 0 || ops == NULL || strcmp(ops->name, name) != 0) { /* variants are listed */
        return STATUS_OK;
    }
    task_default_params(ops, params);
    return add_built_in(reader, name, ops, params, index);
}

enum status study_unknown_task(const struct study_reader *reader, const config_setting_t *setting,
                               const char *word, bool may_be_own)
{
    const struct sweep *const sweep = reader->sweep;
    const char **names = NULL;
    TRY(memory_array(&names, NAMED_MAX + (size_t)sweep->n_tasks + 1, sizeof *names, reader->error));
    names[0] = "own";
    size_t count = may_be_own;
    count += named_names(TASKS, names + count);
    for (int i = 0; i < sweep->n_tasks; i++) {
        if (sweep->tasks[i].path != NULL) {
            names[count++] = sweep->tasks[i].name;
        }
    }
    const enum status status =
        config_unknown_word(reader->config, setting, "task", word, names, count);
    free(names);
    return status;
}

static enum status read_file_task(struct study_reader *reader, const config_setting_t *entry,
                                  const char *name)
{
    const struct config *const config = reader->config;
    int index = -1;
    char *path = NULL;
    TRY(config_check(config, entry, &STUDY_GROUPS[GROUP_FILE_TASK]));
    if (task_find(name) != NULL) {
        return config_error(config, entry,
                            "task '%s' is built in, expected another name for trials from a file",
                            name);
    }
    TRY(path_join(&path, config->directory, config_text(entry, "file", ""), reader->error));
    enum status status = add_task(reader, name, path, &index);
    if (status == STATUS_OK) {
        status = reader->sources->read_trials(path, &reader->task_facts[index], reader->error);
        reader->sweep->tasks[index].trials_hash = reader->task_facts[index].hash;
        reader->sweep->tasks[index].trial_steps = reader->task_facts[index].steps;
    }
    free(path);
    return status;
}

static int count_values(const struct param_spec *param)
{
    return param->n_values > 0 ? param->n_values : 1;
}

static unsigned kinds_of(const struct param_spec *param)
{
    const unsigned kinds = param->is_integer ? KEY_INTEGER : KEY_REAL;
    return param->n_values > 0 ? kinds | KEY_LIST : kinds;
}

/* Up to n_values numbers that ascend, and 0 behind them. */
static enum status read_list(const struct study_reader *reader, const config_setting_t *setting,
                             const struct param_spec *param, double *values)
{
    double *given = NULL;
    int count = 0;
    for (int i = 0; i < param->n_values; i++) {
        values[i] = setting == NULL ? param[i].default_value : 0.0;
    }
    if (setting == NULL) {
        return STATUS_OK;
    }
    TRY(config_reals(reader->config, setting, &given, &count));
    enum status status = STATUS_OK;
    if (count > param->n_values) {
        status = config_error(reader->config, setting, "%s has %d values, expected at most %d",
                              param->name, count, param->n_values);
    }
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        const bool is_in = given[i] >= param->low && given[i] <= param->high;
        if (!is_in || (i > 0 && !(given[i] > given[i - 1]))) {
            status = config_error(reader->config, setting,
                                  "%s has %.15g, expected ascending numbers from %.15g to %.15g",
                                  param->name, given[i], param->low, param->high);
        } else {
            values[i] = given[i];
        }
    }
    free(given);
    return status;
}

enum status study_read_params(struct study_reader *reader, const config_setting_t *entry,
                              const char *name, const struct param_spec *params, int n_params,
                              double *values)
{
    struct key_spec keys[PARAMS_MAX + 1] = {{.name = "name", .kinds = KEY_TEXT}};
    size_t n_keys = 1;
    for (int i = 0; i < n_params; i += count_values(&params[i])) {
        keys[n_keys++] = (struct key_spec){.name = params[i].name,
                                           .kinds = kinds_of(&params[i]),
                                           .default_value = "of its own",
                                           .low = params[i].low,
                                           .high = params[i].high};
    }
    const struct key_group group = {name, keys, n_keys};
    TRY(config_check(reader->config, entry, &group));
    for (int i = 0; i < n_params; i += count_values(&params[i])) {
        if (params[i].n_values > 0) {
            TRY(read_list(reader, config_setting_get_member(entry, params[i].name), &params[i],
                          values + i));
        } else {
            values[i] = config_real(entry, params[i].name, params[i].default_value);
        }
    }
    return STATUS_OK;
}

/* The name stands in the canonical study, whose settings are lines, and in the results. */
static enum status check_name(const struct study_reader *reader, const config_setting_t *setting,
                              const char *name)
{
    char *clean = NULL;
    TRY(memory_string(&clean, name, reader->error));
    text_clean(clean);
    const bool is_clean = strcmp(clean, name) == 0;
    free(clean);
    if (!is_clean) {
        return config_error(reader->config, setting, "task name '%s' is not one line of UTF-8 text",
                            name);
    }
    if (name[0] == '\0' || strcmp(name, "own") == 0) {
        return config_error(reader->config, setting,
                            "task name is '%s', expected a name other than 'own'", name);
    }
    return find_listed(reader, name) < 0
               ? STATUS_OK
               : config_error(reader->config, setting, "task '%s' is listed twice", name);
}

enum status study_read_task(struct study_reader *reader, const config_setting_t *entry)
{
    const config_setting_t *const setting = config_setting_get_member(entry, "name");
    if (setting == NULL || config_setting_type(setting) != CONFIG_TYPE_STRING) {
        return config_error(reader->config, entry, "task has no name, expected name = \"...\"");
    }
    const char *const name = config_setting_get_string(setting);
    TRY(check_name(reader, setting, name));
    if (config_setting_get_member(entry, "file") != NULL) {
        return read_file_task(reader, entry, name);
    }
    const struct task_ops *const ops = task_find(name);
    if (ops == NULL) {
        return study_unknown_task(reader, setting, name, false);
    }
    int index = -1;
    double params[PARAMS_MAX] = {0};
    TRY(study_read_params(reader, entry, name, ops->params, ops->n_params, params));
    return add_built_in(reader, name, ops, params, &index);
}
