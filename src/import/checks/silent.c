/* Kinds of files that leave out what their networks usually have: it must be told. */
#include "import/checks/check.h"

#include "core/text.h"

static bool is_of_haiku(const struct import_parts *parts)
{
    size_t length = 0;
    const struct key_rule *const rule =
        import_key_rule(parts->part[IMPORT_RECURRENT].arrays[0]->name, IMPORT_RECURRENT, &length);
    return rule != NULL && text_begins(rule->base, "vanilla_rnn.");
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    const bool has_leak = findings->leak_is_told || findings->leak_is_stated;
    const bool has_activation = findings->activation_is_told || findings->activation_is_stated;
    if (findings->is_of_factors && !has_leak) {
        return error_set(error, STATUS_INPUT,
                         "%s: a network in factors and scales, which does not say its leak (such "
                         "ones usually have --leak 0.2 --leak-form current): say --leak A and "
                         "--leak-form rate or current, or --leak 1 without one",
                         table->path);
    }
    if (is_of_haiku(parts) && !has_activation) {
        return error_set(error, STATUS_INPUT,
                         "%s: a VanillaRNN of Haiku, which does not say its activation (that of "
                         "Haiku itself is relu): say --activation",
                         table->path);
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_SILENT = {
    .name = "files that leave out what their networks usually have", .run = check};
