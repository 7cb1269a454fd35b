/* Entries about leak and nonlinearity. A name of an activation says what it is; a number that may
 * be a leak does not, and is only taken when the user says so too. */
#include "import/checks/check.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_role(const char *name, enum import_role role)
{
    size_t length = 0;
    return import_key_rule(name, role, &length) != NULL;
}

static enum status not_known(const struct import_table *table, const char *name, const char *reason,
                             struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: %s cannot be read (%s): if the network is tanh without leak, say so with "
                     "--assume-tanh, else with --activation and --leak",
                     table->path, name, reason);
}

/* ---- leak ---- */

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

static enum status find_number(const struct import_table *table, enum import_role role,
                               bool is_told, struct statement *found, struct error *error)
{
    *found = (struct statement){NULL, 1.0, 1.0};
    for (size_t i = 0; i < table->n_arrays; i++) {
        struct import_array *const array = &table->arrays[i];
        if (array->used || array->ignored || !has_role(array->name, role) ||
            (array->unreadable != NULL && is_told)) {
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
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        char *end = NULL;
        const double value = strtod(note->text, &end);
        if (!note->ignored && has_role(note->key, role) && end != note->text) {
            state(found, note->key, value);
        }
    }
    return STATUS_OK;
}

/* Against what the user says, without that 1. */
static enum status check_one(const struct import_table *table, const char *name, double leak,
                             const struct import_findings *findings, struct error *error)
{
    if (fabs(leak - findings->cell.leak) <= 1e-6) { /* what a ratio in float32 loses */
        return STATUS_OK;
    }
    if (findings->leak_is_told) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s gives a leak of %g, the command line says %g (--ignore %s if it "
                         "means something else)",
                         table->path, name, leak, findings->cell.leak, name);
    }
    return error_set(
        error, STATUS_INPUT,
        "%s: %s gives a leak of %g, expected 1: if it is the a of (1 - a) x + a ..., say "
        "so with --leak %g and --leak-form rate or current (--ignore %s if it means "
        "something else)",
        table->path, name, leak, leak, name);
}

static enum status check_leak(const struct import_table *table, const struct import_parts *parts,
                              struct import_findings *findings, struct error *error)
{
    struct statement leak;
    struct statement step;
    struct statement time;
    (void)parts;
    TRY(find_number(table, IMPORT_LEAK, findings->leak_is_told, &leak, error));
    TRY(find_number(table, IMPORT_STEP, findings->leak_is_told, &step, error));
    TRY(find_number(table, IMPORT_TIME, findings->leak_is_told, &time, error));
    const char *const ratio_name = time.name != NULL ? time.name : step.name;
    if (leak.name != NULL) {
        TRY(check_one(table, leak.name, leak.low, findings, error));
        TRY(check_one(table, leak.name, leak.high, findings, error));
    }
    if (ratio_name != NULL) {
        TRY(check_one(table, ratio_name, step.low / time.high, findings, error));
        TRY(check_one(table, ratio_name, step.high / time.low, findings, error));
    }
    findings->leak_is_stated = leak.name != NULL || (step.name != NULL && time.name != NULL);
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_LEAK = {.name = "a leak", .run = check_leak};

/* ---- nonlinearity ---- */

/* Whether a text has the word: "Tanh()", "torch.tanh", "<function tanh at 0x7f>", "RNN_TANH", but
 * not "hardtanh", "leaky_relu" or "relu6". */
static bool has_word(const char *text, const char *word)
{
    static const char MODE[] = "RNN_";
    const size_t length = strlen(word);
    for (const char *at = strcasestr(text, word); at != NULL; at = strcasestr(at + 1, word)) {
        const ptrdiff_t before = at - text;
        const bool is_mode = before >= 4 && strncasecmp(at - strlen(MODE), MODE, strlen(MODE)) == 0;
        const bool begins =
            before == 0 || is_mode || (isalnum((unsigned char)at[-1]) == 0 && at[-1] != '_');
        if (begins && isalnum((unsigned char)at[length]) == 0 && at[length] != '_') {
            return true;
        }
    }
    return false;
}

/* The one activation that a text names; false when there is none, or more than one. */
static bool find_activation(const char *text, enum activation *activation)
{
    int count = 0;
    for (int i = 0; i < ACTIVATION_COUNT; i++) {
        const char *const name = activation_name((enum activation)i);
        if (has_word(text, name) || (i == ACTIVATION_IDENTITY && has_word(text, "linear"))) {
            *activation = (enum activation)i;
            count++;
        }
    }
    return count == 1;
}

static enum status check_nonlinearity(const struct import_table *table,
                                      const struct import_parts *parts,
                                      struct import_findings *findings, struct error *error)
{
    (void)parts;
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        if (note->ignored || !has_role(note->key, IMPORT_NONLINEARITY)) {
            continue;
        }
        enum activation activation = ACTIVATION_TANH;
        if (!find_activation(note->text, &activation)) {
            return error_set(error, STATUS_INPUT, "%s: %s is '%s', expected " ACTIVATION_NAMES,
                             table->path, note->key, note->text);
        }
        if ((findings->activation_is_told || findings->activation_is_stated) &&
            activation != findings->cell.activation) {
            return error_set(error, STATUS_INPUT, "%s: %s is '%s', %s says %s", table->path,
                             note->key, note->text,
                             findings->activation_is_told ? "the command line" : "another entry",
                             activation_name(findings->cell.activation));
        }
        findings->cell.activation = activation;
        findings->activation_is_stated = true;
    }
    for (size_t i = 0; i < table->n_arrays && !findings->activation_is_told; i++) {
        const struct import_array *const array = &table->arrays[i];
        if (!array->ignored && has_role(array->name, IMPORT_NONLINEARITY)) {
            return not_known(table, array->name,
                             array->unreadable != NULL ? array->unreadable : "it is no text",
                             error);
        }
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_NONLINEARITY = {.name = "another nonlinearity",
                                                       .run = check_nonlinearity};
