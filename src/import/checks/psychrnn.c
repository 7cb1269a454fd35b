/* Files of PsychRNN's RNN.save: they hold connectivity masks and Dale signs beside the weights,
 * which have both applied already; their initial state is the one before the nonlinearity. */
#include "import/checks/check.h"

#include <string.h>

/* Where each matrix has its mask, of the same shape. */
static const struct {
    const char *weights;
    const char *mask;
} MASKS[] = {
    {"W_rec", "rec_connectivity"},
    {"W_in", "input_connectivity"},
    {"W_out", "output_connectivity"},
};

static enum status load_pair(const struct import_table *table, struct import_array *weights,
                             struct import_array *mask, struct error *error)
{
    char found[IMPORT_SHAPE_SIZE];
    char expected[IMPORT_SHAPE_SIZE];
    if (memcmp(weights->dims, mask->dims, sizeof weights->dims) != 0) {
        return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %s as %s is", table->path,
                         mask->name, import_array_shape(mask, found),
                         import_array_shape(weights, expected), weights->name);
    }
    mask->used = true;
    TRY(import_table_load(table, weights, error));
    return import_table_load(table, mask, error);
}

/* Refuses weights where the masks have zeros: those were changed after the save. */
static enum status check_weights(const struct import_table *table, struct error *error)
{
    for (size_t i = 0; i < sizeof MASKS / sizeof MASKS[0]; i++) {
        struct import_array *const weights = import_table_find(table, MASKS[i].weights);
        struct import_array *const mask = import_table_find(table, MASKS[i].mask);
        if (weights == NULL || mask == NULL) {
            continue;
        }
        TRY(load_pair(table, weights, mask, error));
        for (size_t k = 0; k < weights->count; k++) {
            if (mask->values[k] == 0.0 && weights->values[k] != 0.0) {
                return error_set(error, STATUS_INPUT,
                                 "%s: %s is %g at element %zu where %s is 0, expected masked "
                                 "weights: multiply the two before saving",
                                 table->path, weights->name, weights->values[k], k, mask->name);
            }
        }
    }
    return STATUS_OK;
}

/* Dale's law was used when its ratio is a number: without it, an object, and Dale_rec the unit
 * matrix. */
static void overlook(const struct import_table *table)
{
    static const char *const REST[] = {"dale_ratio", "Dale_out", "Dale_rec"};
    const struct import_array *const ratio = import_table_find(table, REST[0]);
    const size_t count = ratio == NULL || ratio->unreadable != NULL ? 3 : 2;
    for (size_t i = 0; i < count; i++) {
        struct import_array *const array = import_table_find(table, REST[i]);
        if (array != NULL) {
            array->used = true;
        }
    }
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    const struct import_array *const weights = import_table_find(table, "W_rec");
    (void)parts;
    if (weights == NULL || weights->rank != 2 || weights->dims[0] != weights->dims[1] ||
        import_table_find(table, "rec_connectivity") == NULL) {
        return STATUS_OK;
    }
    if (!(findings->activation_is_told || findings->activation_is_stated) ||
        !(findings->leak_is_told || findings->leak_is_stated)) {
        return error_set(
            error, STATUS_INPUT,
            "%s: a PsychRNN file, which says neither nonlinearity nor leak (its "
            "defaults are ReLU and dt/tau): if yours is tanh with dt = tau, say so "
            "with --assume-tanh, else with --activation, --leak and --leak-form current",
            table->path);
    }
    if (findings->cell.leak != 1.0 && findings->cell.leak_form != LEAK_CURRENT) {
        return error_set(error, STATUS_INPUT,
                         "%s: a PsychRNN file, whose leak is of the current form, expected "
                         "--leak-form current",
                         table->path);
    }
    TRY(check_weights(table, error));
    overlook(table);
    findings->orientation = ORIENTATION_TO_FROM;
    findings->h0_before_tanh = cell_is_default(&findings->cell);
    findings->cell.leak_form = findings->h0_before_tanh ? LEAK_RATE : LEAK_CURRENT;
    findings->remark = "PsychRNN: its weights have masks and Dale signs applied";
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_PSYCHRNN = {.name = "PsychRNN", .run = check};
