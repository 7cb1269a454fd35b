/* What a file says of the activation: a name is taken when it is one of ours, and refused
 * otherwise; nothing is read in part. */
#include "import/checks/check.h"
#include "import/dynamics_words.h"
#include "import/words.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { SHOWN = 80 };

static enum status bad_name(const struct import_table *table, const struct import_note *note,
                            struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: %s is '%.*s', expected " ACTIVATION_NAMES
                     " (--ignore %s if it means something else)",
                     table->path, note->key, SHOWN, note->text, note->key);
}

static enum status take_name(const struct import_table *table, const struct import_note *note,
                             struct import_findings *findings, struct error *error)
{
    enum activation activation = ACTIVATION_TANH;
    if (activation_word(note->text, &activation) != ACTIVATION_OURS) {
        return bad_name(table, note, error);
    }
    if ((findings->activation_is_told || findings->activation_is_stated) &&
        activation != findings->cell.activation) {
        return error_set(error, STATUS_INPUT, "%s: %s is '%.*s', %s says %s", table->path,
                         note->key, SHOWN, note->text,
                         findings->activation_is_told ? "the command line" : "another entry",
                         activation_name(findings->cell.activation));
    }
    if (!cell_parts(findings->cell.kind)->has_activation && activation != ACTIVATION_TANH) {
        return error_set(error, STATUS_INPUT, "%s: %s is '%.*s', expected tanh of a %s",
                         table->path, note->key, SHOWN, note->text,
                         cell_parts(findings->cell.kind)->name);
    }
    findings->cell.activation = activation;
    findings->activation_is_stated = true;
    return STATUS_OK;
}

/* Names of ours, or of others, that could mean something else as a value: "kernel = linear". */
static bool is_plain_word(const char *text)
{
    static const char *const PLAIN[] = {"linear", "identity",  "exp",     "sin",         "cos",
                                        "square", "threshold", "softmax", "exponential", "erf"};
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        if (strcmp(text, PLAIN[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A name of an activation under a key that is not known: it may be this network's. */
static enum status check_other(const struct import_table *table, const struct import_note *note,
                               const struct import_findings *findings, struct error *error)
{
    enum activation activation = ACTIVATION_TANH;
    const enum activation_word found = activation_word(note->text, &activation);
    if (found == ACTIVATION_NO_WORD || is_plain_word(note->text) ||
        (found == ACTIVATION_OURS && activation == findings->cell.activation)) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s is '%.*s', which may be the activation, and %s is taken: say "
                     "--activation NAME, and --ignore %s if it means something else",
                     table->path, note->key, SHOWN, note->text,
                     activation_name(findings->cell.activation), note->key);
}

/* The read-out is linear here. */
static enum status check_readout(const struct import_table *table, const struct import_note *note,
                                 struct error *error)
{
    enum activation activation = ACTIVATION_TANH;
    if ((activation_word(note->text, &activation) == ACTIVATION_OURS &&
         activation == ACTIVATION_IDENTITY) ||
        strcasecmp(note->text, "none") == 0 || strcasecmp(note->text, "null") == 0) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s is '%.*s', expected a linear read-out (--ignore %s takes it without)",
                     table->path, note->key, SHOWN, note->text, note->key);
}

/* Gates are sigmoids here; an rnn has none. */
static enum status check_gates(const struct import_table *table, const struct import_note *note,
                               const struct import_findings *findings, struct error *error)
{
    enum activation activation = ACTIVATION_TANH;
    if (findings->cell.kind == CELL_RNN ||
        (activation_word(note->text, &activation) == ACTIVATION_OURS &&
         activation == ACTIVATION_SIGMOID)) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT, "%s: %s is '%.*s', expected sigmoid gates of a %s",
                     table->path, note->key, SHOWN, note->text,
                     cell_parts(findings->cell.kind)->name);
}

/* tanh(2 x), or tanh(x - 1), is another activation than tanh. */
static enum status check_slope(const struct import_table *table, const char *name, double value,
                               struct error *error)
{
    static const char *const SHIFTS[] = {"shift", NULL};
    const struct words words = words_of_name(name);
    const double usual = words_have(&words, SHIFTS) ? 0.0 : 1.0;
    return value == usual ? STATUS_OK
                          : error_set(error, STATUS_INPUT,
                                      "%s: %s is %g, expected %g: activations here have no slope "
                                      "or shift of their own (--ignore %s if it means something "
                                      "else)",
                                      table->path, name, value, usual, name);
}

static enum status check_slopes(const struct import_table *table, struct error *error)
{
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        double value = 0.0;
        if (!note->ignored && dynamics_key(note->key) == DYNAMICS_SLOPE &&
            strcasecmp(note->text, "none") != 0) {
            const bool is_number = number_word(note->text, &value);
            TRY(check_slope(table, note->key, is_number ? value : NAN, error));
        }
    }
    for (size_t i = 0; i < table->n_arrays; i++) {
        struct import_array *const array = &table->arrays[i];
        if (array->ignored || array->used || dynamics_key(array->name) != DYNAMICS_SLOPE) {
            continue;
        }
        TRY(import_load_few(table, array, error));
        array->used = true;
        for (size_t k = 0; k < array->count; k++) {
            TRY(check_slope(table, array->name, array->values[k], error));
        }
    }
    return STATUS_OK;
}

static enum status check_arrays(const struct import_table *table,
                                const struct import_findings *findings, struct error *error)
{
    for (size_t i = 0; i < table->n_arrays && !findings->activation_is_told; i++) {
        const struct import_array *const array = &table->arrays[i];
        if (!array->ignored && !array->used && dynamics_key(array->name) == DYNAMICS_NONLINEARITY) {
            return import_not_known(table, array->name,
                                    array->unreadable != NULL ? array->unreadable : "it is no text",
                                    error);
        }
    }
    return STATUS_OK;
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    (void)parts;
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        const enum dynamics_key key = dynamics_key(note->key);
        if (!note->ignored && key == DYNAMICS_NONLINEARITY) {
            TRY(take_name(table, note, findings, error));
        } else if (!note->ignored && key == DYNAMICS_READOUT_NONLINEARITY) {
            TRY(check_readout(table, note, error));
        } else if (!note->ignored && key == DYNAMICS_GATE_NONLINEARITY) {
            TRY(check_gates(table, note, findings, error));
        }
    }
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        if (!note->ignored && dynamics_key(note->key) == DYNAMICS_NOTHING) {
            TRY(check_other(table, note, findings, error));
        }
    }
    TRY(check_slopes(table, error));
    return check_arrays(table, findings, error);
}

const struct import_check IMPORT_CHECK_NONLINEARITY = {.name = "another nonlinearity",
                                                       .run = check};
