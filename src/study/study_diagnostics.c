#include "core/memory.h"
#include "core/named.h"
#include "kernel/diagnostics/diagnostic.h"
#include "study/study_parts.h"

#include <string.h>

static enum status unknown(const struct study_reader *reader, const config_setting_t *setting,
                           const char *name)
{
    const char *names[NAMED_MAX];
    const size_t count = named_names(DIAGNOSTICS, names);
    return config_unknown_word(reader->config, setting, "diagnostic", name, names, count,
                               reader->error);
}

/* One that every study has may be named too, to no effect. */
static enum status add(struct study_reader *reader, const config_setting_t *setting,
                       const struct diagnostic_ops *ops, const double *params)
{
    struct sweep *const sweep = reader->sweep;
    for (int i = 0; i < sweep->n_diagnostics; i++) {
        if (strcmp(sweep->diagnostics[i].name, ops->name) == 0) {
            return ops->is_always ? STATUS_OK
                                  : config_error(reader->config, setting, reader->error,
                                                 "diagnostic '%s' is listed twice", ops->name);
        }
    }
    struct diagnostic_spec *const added = &sweep->diagnostics[sweep->n_diagnostics];
    TRY(memory_string(&added->name, ops->name, reader->error));
    memcpy(added->params, params, sizeof added->params);
    sweep->n_diagnostics++;
    return STATUS_OK;
}

/* "couplings" */
static enum status read_word(struct study_reader *reader, const config_setting_t *setting)
{
    const char *const name = config_setting_get_string(setting);
    const struct diagnostic_ops *const ops = diagnostic_find(name);
    double params[PARAMS_MAX] = {0};
    if (ops == NULL) {
        return unknown(reader, setting, name);
    }
    for (int i = 0; i < ops->n_params; i++) {
        params[i] = ops->params[i].default_value;
    }
    return add(reader, setting, ops, params);
}

/* { name = "couplings"; ... } */
static enum status read_group(struct study_reader *reader, const config_setting_t *setting)
{
    const config_setting_t *const name = config_setting_get_member(setting, "name");
    double params[PARAMS_MAX] = {0};
    if (name == NULL || config_setting_type(name) != CONFIG_TYPE_STRING) {
        return config_error(reader->config, setting, reader->error,
                            "diagnostic has no name, expected name = \"...\"");
    }
    const struct diagnostic_ops *const ops = diagnostic_find(config_setting_get_string(name));
    if (ops == NULL) {
        return unknown(reader, name, config_setting_get_string(name));
    }
    TRY(study_read_params(reader, setting, ops->name, ops->params, ops->n_params, params));
    return add(reader, setting, ops, params);
}

static enum status read_entry(struct study_reader *reader, const config_setting_t *entry)
{
    if (config_setting_type(entry) == CONFIG_TYPE_STRING) {
        return read_word(reader, entry);
    }
    return config_setting_is_group(entry)
               ? read_group(reader, entry)
               : config_error(reader->config, entry, reader->error,
                              "a diagnostic is neither a name nor a group { ... }");
}

enum status study_read_diagnostics(struct study_reader *reader, const config_setting_t *setting)
{
    TRY(diagnostics_add_always(reader->sweep, reader->error));
    if (setting == NULL || !config_is_list(setting)) {
        return setting == NULL ? STATUS_OK : read_entry(reader, setting);
    }
    for (int i = 0; i < config_setting_length(setting); i++) {
        TRY(read_entry(reader, config_setting_get_elem(setting, (unsigned)i)));
    }
    return STATUS_OK;
}
