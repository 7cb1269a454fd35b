#include "import/checks/check.h"

#include "store/model_file.h"

#define CHECK(name) extern const struct import_check IMPORT_CHECK_##name;
#include <import/checks/checks.def>
#undef CHECK

#define CHECK(name) &IMPORT_CHECK_##name,
const struct import_check *const IMPORT_CHECKS[] = {
#include <import/checks/checks.def>
    NULL};

enum status import_not_known(const struct import_table *table, const char *name, const char *reason,
                             struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: %s cannot be read (%s): if the network is tanh without leak, say so with "
                     "--assume-tanh, else with --activation and --leak",
                     table->path, name, reason);
}

enum status import_load_few(const struct import_table *table, struct import_array *array,
                            struct error *error)
{
    return array->unreadable != NULL || array->count <= MODEL_MAX_ROWS
               ? import_table_load(table, array, error)
               : error_set(error, STATUS_INPUT,
                           "%s: %s has %zu values, expected at most one for each unit (--ignore %s "
                           "if it means something else)",
                           table->path, array->name, array->count, array->name);
}

enum status import_checks_run(enum import_stage stage, const struct import_table *table,
                              const struct import_parts *parts, struct import_findings *findings,
                              struct error *error)
{
    for (int i = 0; IMPORT_CHECKS[i] != NULL; i++) {
        if (IMPORT_CHECKS[i]->stage == stage) {
            TRY(IMPORT_CHECKS[i]->run(table, parts, findings, error));
        }
    }
    return STATUS_OK;
}
