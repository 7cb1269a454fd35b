/* Gates make the recurrent matrix 3 or 4 times as long as it is wide. That alone does not say in
 * which order they stand: the names of PyTorch and Keras do, or the user; a pickled module also
 * says of which class it is. */
#include "import/checks/check.h"

#include "core/text.h"
#include "store/model_file.h"

#include <string.h>

/* What torch.nn has beside the plain RNN and RNNCell, without "Cell". */
static enum status check_class(const struct import_table *table, const struct import_parts *parts,
                               enum cell_kind kind, struct error *error)
{
    static const char MODULE[] = "torch.nn.modules.rnn.";
    static const char *const CLASSES[] = {
        [CELL_RNN] = "RNN", [CELL_GRU] = "GRU", [CELL_LSTM] = "LSTM"};
    const char *const name = parts->part[IMPORT_RECURRENT].arrays[0]->name;
    const char *const class = CLASSES[kind];
    const size_t length = parts->prefix_length;
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        if (!note->ignored && strncmp(note->key, name, length) == 0 &&
            strcmp(note->key + length, "class") == 0 && text_begins(note->text, MODULE) &&
            !text_begins(note->text + strlen(MODULE), class)) {
            return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %s by the shape of %s",
                             table->path, note->key, note->text, class, name);
        }
    }
    return STATUS_OK;
}

/* Whose order of gates a name tells. */
static bool is_named(const char *name, const char *base)
{
    size_t prefix = 0;
    const struct key_rule *const rule = import_key_rule(name, IMPORT_RECURRENT, &prefix);
    return rule != NULL && text_begins(rule->base, base);
}

/* The kind of so many gates, by the user or by the name. */
static enum status find_kind(const struct import_table *table, const struct import_array *array,
                             size_t gates, struct import_findings *findings, struct error *error)
{
    const enum cell_kind by_shape = gates == 1 ? CELL_RNN : gates == 3 ? CELL_GRU : CELL_LSTM;
    const bool is_keras = is_named(array->name, "recurrent_kernel");
    char shape[IMPORT_SHAPE_SIZE];
    if (findings->cell_is_told && findings->cell.kind != by_shape) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s is %s, %zu gates, expected a %s as --cell says", table->path,
                         array->name, import_array_shape(array, shape), gates,
                         cell_parts(findings->cell.kind)->name);
    }
    if (gates > 1 && !findings->cell_is_told && !is_keras && !is_named(array->name, "weight_hh")) {
        return error_set(
            error, STATUS_INPUT,
            "%s: %s is %s, %zu gates, whose kind and order its name does not tell: say "
            "--cell %s if they are those of PyTorch's",
            table->path, array->name, import_array_shape(array, shape), gates,
            cell_parts(by_shape)->name);
    }
    findings->cell.kind = by_shape;
    for (int gate = 0; gate < CELL_MAX_GATES; gate++) {
        findings->gate_in_file[gate] = gate;
    }
    if (by_shape == CELL_GRU && is_keras) { /* z, r, h */
        findings->gate_in_file[0] = 1;
        findings->gate_in_file[1] = 0;
    }
    return STATUS_OK;
}

/* Cells of other equations, by an array that only they have. */
static enum status check_others(const struct import_table *table, struct error *error)
{
    static const struct {
        const char *word; /* in a name */
        const char *cell;
    } OTHERS[] = {{"weight_hr_l", "an lstm with a projection (proj_size)"},
                  {"peephole", "an lstm with peepholes"},
                  {"gru/w_h", "a GRU of Haiku, which resets the state before the product"},
                  {"gru.w_h", "a GRU of Haiku, which resets the state before the product"},
                  {"layer_norm", "a cell with layer norm"},
                  {"layernorm", "a cell with layer norm"},
                  {"Lambda_re", "a diagonal state-space model, normal: nothing to remove"},
                  {"nu_log", "a diagonal state-space model, normal: nothing to remove"}};
    for (size_t i = 0; i < table->n_arrays; i++) {
        const struct import_array *const array = &table->arrays[i];
        for (size_t k = 0; k < sizeof OTHERS / sizeof OTHERS[0] && !array->ignored; k++) {
            if (strstr(array->name, OTHERS[k].word) != NULL) {
                return error_set(
                    error, STATUS_INPUT,
                    "%s: %s: %s, expected an rnn, gru or lstm as docs/models.md has it",
                    table->path, array->name, OTHERS[k].cell);
            }
        }
    }
    return STATUS_OK;
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    struct import_array *const array = parts->part[IMPORT_RECURRENT].arrays[0];
    const size_t rows = array->dims[0];
    const size_t columns = array->dims[1];
    const size_t width = rows < columns ? rows : columns;
    const size_t length = rows < columns ? columns : rows;
    if (array->unreadable != NULL) {
        return import_table_load(table, array, error);
    }
    TRY(check_others(table, error));
    for (size_t gates = 1; gates <= 4 && array->rank == 2; gates += gates == 1 ? 2 : 1) {
        if (width >= 1 && width <= MODEL_MAX_HIDDEN && length == gates * width) {
            TRY(find_kind(table, array, gates, findings, error));
            if (!cell_is_sound(&findings->cell)) {
                return error_set(
                    error, STATUS_INPUT,
                    "%s: %s is that of a %s, which has no activation or leak to choose",
                    table->path, array->name, cell_parts(findings->cell.kind)->name);
            }
            return check_class(table, parts, findings->cell.kind, error);
        }
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s is %s, expected a square matrix of 1 to %d units, or 3 or 4 of them",
                     table->path, array->name, import_array_shape(array, shape), MODEL_MAX_HIDDEN);
}

const struct import_check IMPORT_CHECK_GATES = {.name = "gated cells", .run = check};
