#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "study/study_parts.h"

#include <string.h>

/* "couplings", or { name = "couplings"; ... }. One that every study has may be named too, to no
 * effect. */
static enum status read_entry(struct study_reader *reader, const config_setting_t *entry)
{
    struct sweep *const sweep = reader->sweep;
    const bool is_group = config_setting_is_group(entry) == CONFIG_TRUE;
    const config_setting_t *const setting =
        is_group ? config_setting_get_member(entry, "name") : entry;
    if (setting == NULL || config_setting_type(setting) != CONFIG_TYPE_STRING) {
        return config_error(reader->config, entry,
                            is_group ? "diagnostic has no name, expected name = \"...\""
                                     : "a diagnostic is neither a name nor a group { ... }");
    }
    const char *const name = config_setting_get_string(setting);
    const struct diagnostic_ops *const ops = diagnostic_find(name);
    if (ops == NULL) {
        return config_unknown_name(reader->config, setting, "diagnostic", name, DIAGNOSTICS);
    }
    if (ops == &DIAGNOSTIC_OOD) {
        return config_error(reader->config, setting,
                            "diagnostic '%s' is asked for by the key ood, which says of what",
                            name);
    }
    struct diagnostic_spec spec = {0};
    if (is_group) {
        TRY(study_read_params(reader, entry, name, ops->params, ops->n_params, spec.params));
    }
    for (int i = 0; !is_group && i < ops->n_params; i++) {
        spec.params[i] = ops->params[i].default_value;
    }
    if (sweep_find_diagnostic(sweep, name) >= 0) {
        return ops->is_always
                   ? STATUS_OK
                   : config_error(reader->config, entry, "diagnostic '%s' is listed twice", name);
    }
    TRY(memory_string(&spec.name, name, reader->error));
    sweep->diagnostics[sweep->n_diagnostics++] = spec;
    return STATUS_OK;
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
