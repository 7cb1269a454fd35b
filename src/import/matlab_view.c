#include "import/matlab_view.h"

#include <stdio.h>
#include <string.h>

static bool is_of_matlab(const struct import_table *table, const struct import_array *array)
{
    char key[IMPORT_NAME_LENGTH + 16];
    (void)snprintf(key, sizeof key, "%s.MATLAB_class", array->name);
    for (size_t i = 0; i < table->n_notes; i++) {
        if (strcmp(table->notes[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

enum orientation import_matlab_view(const struct import_table *table,
                                    const struct import_parts *parts, enum orientation square,
                                    const char **remark)
{
    const struct import_array *const recurrent = parts->part[IMPORT_RECURRENT].arrays[0];
    const size_t rows = recurrent->dims[0];
    const size_t units = rows < recurrent->dims[1] ? rows : recurrent->dims[1];
    const size_t *const in = parts->part[IMPORT_INPUT].arrays[0]->dims;
    const size_t *const out = parts->part[IMPORT_READOUT].arrays[0]->dims;
    const bool is_turned = in[0] != rows || out[1] != units;
    const bool tells = in[1] != rows || out[0] != units;
    if (square != ORIENTATION_FROM_TO || is_turned || !tells || !is_of_matlab(table, recurrent)) {
        return square;
    }
    *remark = "MATLAB: its matrices are as MATLAB shows them, which --transposed yes has asked for";
    return ORIENTATION_TO_FROM;
}
