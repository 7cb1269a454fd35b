/* Gated cells of Flax keep a kernel for each gate, none of which is the network's matrix alone. */
#include "import/checks/check.h"

#include <stdio.h>

/* An array that only such a cell has beside the other. */
static const struct {
    const char *candidate;
    const char *gate;
    const char *class;
} CELLS[] = {
    {"hn.kernel", "hr.kernel", "a GRUCell"},
    {"hn.kernel", "hz.kernel", "a GRUCell"},
    {"hg.kernel", "hf.kernel", "an LSTMCell"},
};

static bool has_beside(const struct import_table *table, const char *name, size_t prefix,
                       const char *base)
{
    char other[IMPORT_NAME_LENGTH + 16];
    (void)snprintf(other, sizeof other, "%.*s%s", (int)prefix, name, base);
    return import_table_find(table, other) != NULL;
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    (void)parts;
    (void)findings;
    for (size_t i = 0; i < table->n_arrays; i++) {
        const struct import_array *const array = &table->arrays[i];
        for (size_t k = 0; k < sizeof CELLS / sizeof CELLS[0]; k++) {
            size_t prefix = 0;
            if (!array->ignored && import_key_matches(array->name, CELLS[k].candidate, &prefix) &&
                has_beside(table, array->name, prefix, CELLS[k].gate)) {
                return error_set(error, STATUS_INPUT,
                                 "%s: %s is a gate of %s of Flax, expected a SimpleCell: put the "
                                 "gates together in PyTorch's order and save them as weight_hh, "
                                 "weight_ih, bias_hh and bias_ih",
                                 table->path, array->name, CELLS[k].class);
            }
        }
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_FLAX = {
    .name = "gates in arrays of their own", .stage = STAGE_NAMES, .run = check};
