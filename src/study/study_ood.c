/* `ood`: tasks of the study with changed parameters, which its networks are not trained on. */
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/tasks/task.h"
#include "study/study_parts.h"

#include <stdio.h>
#include <string.h>

/* A task that cases of the study are evaluated on; NULL: none of that name that is built in. */
static const struct task_spec *find_task(const struct sweep *sweep, const char *name)
{
    for (int i = 0; i < sweep->n_tasks; i++) {
        if (strcmp(sweep->tasks[i].name, name) == 0 && sweep->tasks[i].path == NULL) {
            return &sweep->tasks[i];
        }
    }
    return NULL;
}

/* "flip_flop: pulse = 0.1, steps = 128": what differs from the study's task. */
static enum status write_label(struct study_reader *reader, const config_setting_t *entry,
                               const struct task_ops *ops, const struct task_spec *of,
                               struct ood_spec *ood)
{
    char text[512];
    size_t length = (size_t)snprintf(text, sizeof text, "%s", of->name);
    int n = 0;
    for (int i = 0; i < ops->n_params; i++) {
        if (ood->task.params[i] != of->params[i] && length < sizeof text) {
            length +=
                (size_t)snprintf(text + length, sizeof text - length, "%s%s = %.15g",
                                 n++ == 0 ? ": " : ", ", ops->params[i].name, ood->task.params[i]);
        }
    }
    for (int i = 0; i < reader->sweep->n_oods - 1; i++) {
        n = strcmp(reader->sweep->oods[i].label, text) == 0 ? 0 : n;
    }
    return n > 0 ? memory_string(&ood->label, text, reader->error)
                 : config_error(reader->config, entry,
                                "ood of task '%s' changes nothing, or what another entry does",
                                ops->name);
}

static enum status read_entry(struct study_reader *reader, const config_setting_t *entry)
{
    const config_setting_t *const name = config_is_list(entry) || !config_setting_is_group(entry)
                                             ? NULL
                                             : config_setting_get_member(entry, "name");
    if (name == NULL || config_setting_type(name) != CONFIG_TYPE_STRING) {
        return config_error(reader->config, entry,
                            "entry of ood is not a task with changed parameters, expected "
                            "{ name = \"...\"; ... }");
    }
    const char *const word = config_setting_get_string(name);
    const struct task_spec *const of = find_task(reader->sweep, word);
    const struct task_ops *const ops = task_find(word);
    struct ood_spec *const ood = &reader->sweep->oods[reader->sweep->n_oods++];
    struct param_spec params[PARAMS_MAX];
    if (of == NULL || ops == NULL) {
        return config_error(reader->config, name,
                            "ood of '%s', which is no built-in task of this study", word);
    }
    for (int i = 0; i < ops->n_params; i++) {
        params[i] = ops->params[i];
        params[i].default_value = of->params[i];
    }
    TRY(study_read_params(reader, entry, word, params, ops->n_params, ood->task.params));
    const struct task_shape shape = ops->shape(ood->task.params);
    const struct task_shape own = ops->shape(of->params);
    if (shape.n_in != own.n_in || shape.n_out != own.n_out) {
        return config_error(reader->config, entry,
                            "ood of task '%s' has %d inputs and %d outputs, its networks have %d "
                            "and %d",
                            word, shape.n_in, shape.n_out, own.n_in, own.n_out);
    }
    TRY(memory_string(&ood->task.name, word, reader->error));
    return write_label(reader, entry, ops, of, ood);
}

/* The diagnostic that computes them, once. */
static enum status add_diagnostic(struct study_reader *reader)
{
    struct sweep *const sweep = reader->sweep;
    if (sweep_find_diagnostic(sweep, DIAGNOSTIC_OOD.name) >= 0) {
        return STATUS_OK;
    }
    return memory_string(&sweep->diagnostics[sweep->n_diagnostics++].name, DIAGNOSTIC_OOD.name,
                         reader->error);
}

enum status study_read_ood(struct study_reader *reader, const config_setting_t *setting)
{
    struct sweep *const sweep = reader->sweep;
    const int n = setting != NULL ? config_setting_length(setting) : 0;
    TRY(memory_array(&sweep->oods, (size_t)n, sizeof *sweep->oods, reader->error));
    for (int i = 0; i < n; i++) {
        TRY(read_entry(reader, config_setting_get_elem(setting, (unsigned)i)));
    }
    return n > 0 ? add_diagnostic(reader) : STATUS_OK;
}
