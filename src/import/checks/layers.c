/* nn.RNN numbers its layers, and marks the backward direction. */
#include "import/checks/check.h"

#include "core/text.h"

#include <string.h>

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    const char *const name = parts->part[IMPORT_RECURRENT].arrays[0]->name;
    const size_t length = parts->prefix_length;
    (void)findings;
    for (size_t i = 0; i < table->n_arrays; i++) {
        const struct import_array *const array = &table->arrays[i];
        if (array->ignored || array->used || strncmp(array->name, name, length) != 0 ||
            !text_begins(array->name + length, "weight_hh_l")) {
            continue;
        }
        if (strstr(array->name + length, "_reverse") != NULL) {
            return error_set(error, STATUS_INPUT,
                             "%s: a bidirectional network (%s), expected one direction",
                             table->path, array->name);
        }
        return error_set(error, STATUS_INPUT, "%s: a network of several layers (%s), expected one",
                         table->path, array->name);
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_LAYERS = {.name = "several layers", .run = check};
