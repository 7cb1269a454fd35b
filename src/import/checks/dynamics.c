/* Entries about leak and nonlinearity. */
#include "import/checks/check.h"

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
                     "--assume-tanh",
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
                               bool assume_tanh, struct statement *found, struct error *error)
{
    *found = (struct statement){NULL, 1.0, 1.0};
    for (size_t i = 0; i < table->n_arrays; i++) {
        struct import_array *const array = &table->arrays[i];
        if (array->used || array->ignored || !has_role(array->name, role) ||
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

static enum status check_one(const struct import_table *table, const char *name, double leak,
                             struct error *error)
{
    if (fabs(leak - 1.0) <= 1e-6) { /* what is lost when a ratio is stored in float32 */
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s gives a leak of %g, expected 1: x' = (1 - a) x + a f(...) is not this "
                     "model (--ignore %s if it means something else)",
                     table->path, name, leak, name);
}

static enum status check_leak(const struct import_table *table, const struct import_parts *parts,
                              struct import_findings *findings, struct error *error)
{
    struct statement leak;
    struct statement step;
    struct statement time;
    (void)parts;
    TRY(find_number(table, IMPORT_LEAK, findings->assume_tanh, &leak, error));
    TRY(find_number(table, IMPORT_STEP, findings->assume_tanh, &step, error));
    TRY(find_number(table, IMPORT_TIME, findings->assume_tanh, &time, error));
    const char *const ratio_name = time.name != NULL ? time.name : step.name;
    TRY(check_one(table, leak.name, leak.low, error));
    TRY(check_one(table, leak.name, leak.high, error));
    TRY(check_one(table, ratio_name, step.low / time.high, error));
    TRY(check_one(table, ratio_name, step.high / time.low, error));
    findings->leak_is_stated = leak.name != NULL || (step.name != NULL && time.name != NULL);
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_LEAK = {.name = "a leak", .run = check_leak};

/* ---- nonlinearity ---- */

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
        /* "tanh", "Tanh()", "torch.tanh", "<function tanh at 0x7f>", "RNN_TANH" */
        if (strcasestr(note->text, "tanh") == NULL || strcasestr(note->text, "hardtanh") != NULL ||
            strcasestr(note->text, "tanhshrink") != NULL ||
            strcasestr(note->text, "relu") != NULL) {
            return error_set(error, STATUS_INPUT, "%s: %s is '%s', expected tanh", table->path,
                             note->key, note->text);
        }
        findings->nonlinearity_is_stated = true;
    }
    for (size_t i = 0; i < table->n_arrays && !findings->assume_tanh; i++) {
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
