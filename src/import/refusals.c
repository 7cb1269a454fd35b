#include "import/refusals.h"

#include "import/psychrnn.h"
#include "store/model_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- job ---------------------------------------------------------------------------------------
 */

/* nn.RNN numbers its layers, and marks the backward direction. */
static enum status check_layers(const struct import_table *table, const struct import_parts *parts,
                                struct error *error)
{
    static const char FIRST[] = "weight_hh_l";
    const char *const name = parts->part[IMPORT_RECURRENT].arrays[0]->name;
    for (size_t i = 0; i < table->n_arrays; i++) {
        const struct import_array *const array = &table->arrays[i];
        const size_t length = parts->prefix_length;
        if (array->ignored || array->used || strncmp(array->name, name, length) != 0 ||
            strncmp(array->name + length, FIRST, strlen(FIRST)) != 0) {
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

static enum status check_gates(const struct import_table *table, const struct import_array *array,
                               struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    static const char *const JOBS[] = {[3] = "a GRU", [4] = "an LSTM"};
    const size_t rows = array->dims[0];
    const size_t columns = array->dims[1];
    for (size_t gates = 3; gates <= 4; gates++) {
        if (rows == gates * columns || columns == gates * rows) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s is %s, %zu gates: %s, expected a square matrix of a plain "
                             "RNN",
                             table->path, array->name, import_array_shape(array, shape), gates,
                             JOBS[gates]);
        }
    }
    return STATUS_OK;
}

enum status import_check_cell(const struct import_table *table, const struct import_parts *parts,
                              struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    struct import_array *const array = parts->part[IMPORT_RECURRENT].arrays[0];
    TRY(check_layers(table, parts, error));
    if (array->unreadable != NULL) {
        return import_table_load(table, array, error);
    }
    if (array->rank == 2 && array->dims[0] > 0) {
        TRY(check_gates(table, array, error));
    }
    if (array->rank != 2 || array->dims[0] != array->dims[1] || array->dims[0] < 1 ||
        array->dims[0] > MODEL_MAX_HIDDEN) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s is %s, expected a square matrix of 1 to %d units", table->path,
                         array->name, import_array_shape(array, shape), MODEL_MAX_HIDDEN);
    }
    return STATUS_OK;
}

/* ---- dynamics -----------------------------------------------------------------------------------
 */

static const char *const LEAK_KEYS[] = {"alpha", "leak", "leak_rate", "leakage", NULL};
static const char *const STEP_KEYS[] = {"dt", NULL};
static const char *const TIME_KEYS[] = {"tau", NULL};
static const char *const NONLINEARITY_KEYS[] = {"transfer_function",
                                                "nonlinearity",
                                                "activation",
                                                "activation_function",
                                                "act_fn",
                                                "hidden_activation",
                                                NULL};

static bool is_one_of(const char *name, const char *const *keys)
{
    size_t length = 0;
    for (int i = 0; keys[i] != NULL; i++) {
        if (import_key_matches(name, keys[i], &length)) {
            return true;
        }
    }
    return false;
}

/* The numbers that the file gives under some keys: one, or a range of them. */
struct statement {
    const char *name; /* NULL when there is none: then 1 */
    double low;
    double high;
};

static void state(struct statement *statement, const char *name, double value)
{
    if (statement->name == NULL) {
        *statement = (struct statement){name, value, value};
    }
    statement->low = fmin(statement->low, value);
    statement->high = fmax(statement->high, value);
}

/* Up to what is lost when a ratio is stored in float32. */
static bool is_one(double value)
{
    return fabs(value - 1.0) <= 1e-6;
}

static enum status not_known(const struct import_table *table, const char *name, const char *reason,
                             struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: %s cannot be read (%s): if the network is tanh without leak, say so with "
                     "--assume-tanh",
                     table->path, name, reason);
}

static enum status find_in_arrays(const struct import_table *table, const char *const *keys,
                                  bool assume_tanh, struct statement *found, struct error *error)
{
    for (size_t i = 0; i < table->n_arrays; i++) {
        struct import_array *const array = &table->arrays[i];
        if (array->used || array->ignored || !is_one_of(array->name, keys) ||
            (array->unreadable != NULL && assume_tanh)) {
            continue;
        }
        if (array->unreadable != NULL) {
            return not_known(table, array->name, array->unreadable, error);
        }
        TRY(import_table_load(table, array, error));
        array->used = true;
        for (size_t j = 0; j < array->count; j++) {
            state(found, array->name, array->values[j]);
        }
    }
    return STATUS_OK;
}

static void find_in_notes(const struct import_table *table, const char *const *keys,
                          struct statement *found)
{
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        char *end = NULL;
        const double value = strtod(note->text, &end);
        if (!note->ignored && is_one_of(note->key, keys) && end != note->text) {
            state(found, note->key, value);
        }
    }
}

static enum status find_number(const struct import_table *table, const char *const *keys,
                               bool assume_tanh, struct statement *found, struct error *error)
{
    *found = (struct statement){NULL, 1.0, 1.0};
    TRY(find_in_arrays(table, keys, assume_tanh, found, error));
    find_in_notes(table, keys, found);
    return STATUS_OK;
}

static enum status check_one(const struct import_table *table, const char *name, double leak,
                             struct error *error)
{
    if (is_one(leak)) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s gives a leak of %g, expected 1: x' = (1 - a) x + a f(...) is not this "
                     "model (--ignore %s if it means something else)",
                     table->path, name, leak, name);
}

static enum status check_leak(const struct import_table *table, bool assume_tanh,
                              struct import_dynamics *dynamics, struct error *error)
{
    struct statement leak;
    struct statement step;
    struct statement time;
    TRY(find_number(table, LEAK_KEYS, assume_tanh, &leak, error));
    TRY(find_number(table, STEP_KEYS, assume_tanh, &step, error));
    TRY(find_number(table, TIME_KEYS, assume_tanh, &time, error));
    const char *const ratio_name = time.name != NULL ? time.name : step.name;
    TRY(check_one(table, leak.name, leak.low, error));
    TRY(check_one(table, leak.name, leak.high, error));
    TRY(check_one(table, ratio_name, step.low / time.high, error));
    TRY(check_one(table, ratio_name, step.high / time.low, error));
    dynamics->leak_is_stated = leak.name != NULL || (step.name != NULL && time.name != NULL);
    return STATUS_OK;
}

/* "tanh", "Tanh()", "torch.tanh", "<function tanh at 0x7f>", "RNN_TANH" */
static bool is_tanh(const char *text)
{
    return strcasestr(text, "tanh") != NULL && strcasestr(text, "hardtanh") == NULL &&
           strcasestr(text, "tanhshrink") == NULL && strcasestr(text, "relu") == NULL;
}

static enum status check_nonlinearity(const struct import_table *table, bool assume_tanh,
                                      struct import_dynamics *dynamics, struct error *error)
{
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        if (note->ignored || !is_one_of(note->key, NONLINEARITY_KEYS)) {
            continue;
        }
        if (!is_tanh(note->text)) {
            return error_set(error, STATUS_INPUT, "%s: %s is '%s', expected tanh", table->path,
                             note->key, note->text);
        }
        dynamics->nonlinearity_is_stated = true;
    }
    for (size_t i = 0; i < table->n_arrays && !assume_tanh; i++) {
        const struct import_array *const array = &table->arrays[i];
        if (!array->ignored && is_one_of(array->name, NONLINEARITY_KEYS)) {
            return not_known(table, array->name,
                             array->unreadable != NULL ? array->unreadable : "it is no text",
                             error);
        }
    }
    return STATUS_OK;
}

enum status import_check_dynamics(const struct import_table *table, bool assume_tanh,
                                  struct import_dynamics *dynamics, struct error *error)
{
    *dynamics = (struct import_dynamics){0};
    TRY(check_nonlinearity(table, assume_tanh, dynamics, error));
    TRY(check_leak(table, assume_tanh, dynamics, error));
    dynamics->is_psychrnn = psychrnn_is_one(table);
    if (!dynamics->is_psychrnn) {
        return STATUS_OK;
    }
    if (!assume_tanh && !(dynamics->nonlinearity_is_stated && dynamics->leak_is_stated)) {
        return error_set(error, STATUS_INPUT,
                         "%s: a PsychRNN file, which says neither nonlinearity nor leak (its "
                         "defaults are ReLU and dt/tau): if yours is tanh with dt = tau, say so "
                         "with --assume-tanh",
                         table->path);
    }
    return psychrnn_check(table, error);
}

/* ---- read-out -----------------------------------------------------------------------------------
 */

enum status import_check_readout(const struct import_table *table, const struct import_parts *parts,
                                 struct error *error)
{
    char below[IMPORT_SHAPE_SIZE];
    char above[IMPORT_SHAPE_SIZE];
    const struct import_part *const part = &parts->part[IMPORT_READOUT];
    const struct import_array *const readout = part->arrays[0];
    const size_t n_hidden = parts->part[IMPORT_RECURRENT].arrays[0]->dims[0];
    for (size_t i = 0; i < table->n_arrays && !part->named; i++) {
        const struct import_array *const array = &table->arrays[i];
        size_t length = 0;
        if (!array->used && !array->ignored && array->rank == 2 && readout->rank == 2 &&
            import_key_matches(array->name, "weight", &length) && readout->dims[0] != n_hidden &&
            array->dims[1] == readout->dims[0]) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s (%s) may follow %s (%s), and a read-out of several layers is "
                             "not this model: --readout %s takes that one alone",
                             table->path, array->name, import_array_shape(array, above),
                             readout->name, import_array_shape(readout, below), readout->name);
        }
    }
    return STATUS_OK;
}
