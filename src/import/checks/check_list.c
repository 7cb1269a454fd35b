#include "import/checks/check.h"

#define CHECK(name) extern const struct import_check IMPORT_CHECK_##name;
#include <import/checks/checks.def>
#undef CHECK

#define CHECK(name) &IMPORT_CHECK_##name,
const struct import_check *const IMPORT_CHECKS[] = {
#include <import/checks/checks.def>
    NULL};

enum status import_checks_run(bool needs_parts, const struct import_table *table,
                              const struct import_parts *parts, struct import_findings *findings,
                              struct error *error)
{
    for (int i = 0; IMPORT_CHECKS[i] != NULL; i++) {
        if (IMPORT_CHECKS[i]->needs_parts == needs_parts) {
            TRY(IMPORT_CHECKS[i]->run(table, parts, findings, error));
        }
    }
    return STATUS_OK;
}
