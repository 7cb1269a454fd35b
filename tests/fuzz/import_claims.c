#include "fuzz/import_claims.h"

#include "fuzz/fuzz.h"
#include "import/import.h"
#include "import/table.h"

#include <math.h>
#include <string.h>

bool all_finite(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

void claim_refusal(enum status status, const struct error *error, const char *path)
{
    FUZZ_DEMAND(status == STATUS_INPUT);
    fuzz_demand_message(error);
    FUZZ_DEMAND(strncmp(error->text, path, strlen(path)) == 0);
}

void claim_table(const char *path)
{
    struct import_table table;
    struct error error = {""};
    enum status status = import_table_open(&table, path, &error);
    if (status != STATUS_OK) {
        claim_refusal(status, &error, path);
        return;
    }
    FUZZ_DEMAND(table.n_arrays + table.n_notes <= IMPORT_MAX_ENTRIES);
    for (size_t i = 0; i < table.n_arrays; i++) {
        struct import_array *const array = &table.arrays[i];
        FUZZ_DEMAND(strlen(array->name) <= IMPORT_NAME_LENGTH);
        FUZZ_DEMAND(import_table_find(&table, array->name) == array);
        status = import_table_load(&table, array, &error);
        if (status != STATUS_OK) {
            claim_refusal(status, &error, path);
        } else {
            FUZZ_DEMAND(array->unreadable == NULL && all_finite(array->values, array->count));
        }
    }
    import_table_release(&table);
}

void claim_import(const char *path)
{
    struct imported imported;
    struct error error = {""};
    int64_t index = 0;
    const struct import_request request = {.path = path, .cell = CELL_DEFAULT};
    const enum status status = import_read(&request, &imported, &error);
    if (status != STATUS_OK) {
        claim_refusal(status, &error, path);
        return;
    }
    FUZZ_DEMAND(network_nonfinite(&imported.network, &index) == NULL);
    imported_release(&imported);
}
