/* Gates make the recurrent matrix 3 or 4 times as long as it is wide; a pickled module also says of
 * which class it is. */
#include "import/checks/check.h"
#include "store/model_file.h"

#include <string.h>

/* What torch.nn has beside the plain RNN and RNNCell. */
static enum status check_class(const struct import_table *table, const struct import_parts *parts,
                               struct error *error)
{
    static const char MODULE[] = "torch.nn.modules.rnn.";
    const char *const name = parts->part[IMPORT_RECURRENT].arrays[0]->name;
    const size_t length = parts->prefix_length;
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        if (!note->ignored && strncmp(note->key, name, length) == 0 &&
            strcmp(note->key + length, "class") == 0 &&
            strncmp(note->text, MODULE, strlen(MODULE)) == 0 &&
            strncmp(note->text + strlen(MODULE), "RNN", 3) != 0) {
            return error_set(error, STATUS_INPUT, "%s: %s is %s, expected a plain RNN", table->path,
                             note->key, note->text);
        }
    }
    return STATUS_OK;
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    static const char *const CELLS[] = {[3] = "a GRU", [4] = "an LSTM"};
    char shape[IMPORT_SHAPE_SIZE];
    struct import_array *const array = parts->part[IMPORT_RECURRENT].arrays[0];
    const size_t rows = array->dims[0];
    const size_t columns = array->dims[1];
    (void)findings;
    if (array->unreadable != NULL) {
        return import_table_load(table, array, error);
    }
    TRY(check_class(table, parts, error));
    for (size_t gates = 3; gates <= 4 && array->rank == 2 && rows > 0; gates++) {
        if (rows == gates * columns || columns == gates * rows) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s is %s, %zu gates: %s, expected a square matrix of a plain RNN",
                             table->path, array->name, import_array_shape(array, shape), gates,
                             CELLS[gates]);
        }
    }
    if (array->rank != 2 || rows != columns || rows < 1 || rows > MODEL_MAX_HIDDEN) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s is %s, expected a square matrix of 1 to %d units", table->path,
                         array->name, import_array_shape(array, shape), MODEL_MAX_HIDDEN);
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_GATES = {.name = "gated cells", .run = check};
