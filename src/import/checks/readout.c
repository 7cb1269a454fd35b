/* A matrix on top of a read-out that the user has not named. */
#include "import/checks/check.h"

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    char below[IMPORT_SHAPE_SIZE];
    char above[IMPORT_SHAPE_SIZE];
    const struct import_part *const part = &parts->part[IMPORT_READOUT];
    const struct import_array *const readout = part->arrays[0];
    const size_t n_hidden = parts->part[IMPORT_RECURRENT].arrays[0]->dims[0];
    (void)findings;
    if (part->named || readout->rank != 2 || readout->dims[0] == n_hidden) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < table->n_arrays; i++) {
        const struct import_array *const array = &table->arrays[i];
        size_t length = 0;
        if (!array->used && !array->ignored && array->rank == 2 &&
            array->dims[1] == readout->dims[0] &&
            import_key_matches(array->name, "weight", &length)) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s (%s) may follow %s (%s), and a read-out of several layers is "
                             "not this model: --readout %s takes that one alone",
                             table->path, array->name, import_array_shape(array, above),
                             readout->name, import_array_shape(readout, below), readout->name);
        }
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_READOUT = {
    .name = "read-outs of several layers", .stage = STAGE_PARTS, .run = check};
