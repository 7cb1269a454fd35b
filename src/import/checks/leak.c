/* What a file says of a leak: a number that may be one is only taken when the user says so too. */
#include "import/checks/check.h"
#include "import/dynamics_words.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { SHOWN = 80 };

static const double TOLERANCE = 1e-6; /* what a ratio in float32 loses */

/* The numbers that the file gives under some keys: one, or a range of them. */
struct statement {
    const char *name; /* NULL when there is none: then 1 */
    double low;
    double high;
};

static void state(struct statement *statement, const char *name, double value)
{
    if (statement->name == NULL || isnan(value)) {
        *statement = (struct statement){name, value, value};
    }
    if (!isnan(statement->low)) { /* a NaN stays, and is refused */
        statement->low = fmin(statement->low, value);
        statement->high = fmax(statement->high, value);
    }
}

/* ---- values ---- */

static enum status read_array(const struct import_table *table, struct import_array *array,
                              const struct import_findings *findings, struct statement *found,
                              struct error *error)
{
    if (array->unreadable != NULL) {
        return findings->leak_is_told
                   ? STATUS_OK
                   : import_not_known(table, array->name, array->unreadable, error);
    }
    TRY(import_load_few(table, array, error));
    array->used = true;
    for (size_t i = 0; i < array->count; i++) {
        state(found, array->name, array->values[i]);
    }
    return STATUS_OK;
}

/* A value that says that there is none counts for nothing; one that cannot be read whole could say
 * anything. */
static enum status read_note(const struct import_table *table, const struct import_note *note,
                             const struct import_findings *findings, struct statement *found,
                             struct error *error)
{
    double value = 0.0;
    if (number_word(note->text, &value)) {
        state(found, note->key, value);
        return STATUS_OK;
    }
    if (findings->leak_is_told || strcasecmp(note->text, "none") == 0 ||
        strcasecmp(note->text, "null") == 0 || strcasecmp(note->text, "false") == 0) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s is '%.*s', expected a number: say what it is with --leak A and "
                     "--leak-form rate or current (--ignore %s if it means something else)",
                     table->path, note->key, SHOWN, note->text, note->key);
}

/* All that the file says under keys of a kind. */
static enum status find_number(const struct import_table *table, enum dynamics_key key,
                               const struct import_findings *findings, struct statement *found,
                               struct error *error)
{
    *found = (struct statement){NULL, 1.0, 1.0};
    for (size_t i = 0; i < table->n_arrays; i++) {
        struct import_array *const array = &table->arrays[i];
        if (!array->used && !array->ignored && dynamics_key(array->name) == key) {
            TRY(read_array(table, array, findings, found, error));
        }
    }
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        if (!note->ignored && dynamics_key(note->key) == key) {
            TRY(read_note(table, note, findings, found, error));
        }
    }
    return STATUS_OK;
}

/* ---- claims ---- */

/* Against what the user says, without that 1. */
static enum status check_one(const struct import_table *table, const char *name, double leak,
                             const struct import_findings *findings, struct error *error)
{
    if (fabs(leak - findings->cell.leak) <= TOLERANCE) {
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

static enum status check_both(const struct import_table *table, const char *name, double low,
                              double high, const struct import_findings *findings,
                              struct error *error)
{
    if (high - low > TOLERANCE) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s gives leaks of %g to %g, expected the same for all units "
                         "(--ignore %s if it means something else)",
                         table->path, name, low, high, name);
    }
    return check_one(table, name, low, findings, error);
}

/* Keys that may be about a leak: what they mean is for the user to say. A decay may be what a leak
 * leaves, and a time constant is in a unit that nobody knows: what is told stands for them. */
static enum status check_like(const struct import_table *table,
                              const struct import_findings *findings, struct error *error)
{
    struct statement leak;
    struct statement time;
    TRY(find_number(table, DYNAMICS_LIKE_LEAK, findings, &leak, error));
    TRY(find_number(table, DYNAMICS_LIKE_TIME, findings, &time, error));
    if (leak.name != NULL) {
        TRY(check_both(table, leak.name, leak.low, leak.high, findings, error));
    }
    if (time.name == NULL || findings->leak_is_told) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s is %g, which may be the time constant of a leak, or what a leak "
                     "leaves: say --leak A and --leak-form rate or current, or --leak 1 without "
                     "one (--ignore %s if it means something else)",
                     table->path, time.name, time.low, time.name);
}

static enum status check_form(const struct import_table *table,
                              const struct import_findings *findings, struct error *error)
{
    for (size_t i = 0; i < table->n_notes && findings->cell.leak != 1.0; i++) {
        const struct import_note *const note = &table->notes[i];
        if (!note->ignored && dynamics_key(note->key) == DYNAMICS_LEAK_FORM &&
            strcmp(note->text, leak_form_name(findings->cell.leak_form)) != 0) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s is '%.*s', the command line says %s (--ignore %s if it means "
                             "something else)",
                             table->path, note->key, SHOWN, note->text,
                             leak_form_name(findings->cell.leak_form), note->key);
        }
    }
    return STATUS_OK;
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    struct statement leak;
    struct statement step;
    struct statement time;
    (void)parts;
    TRY(find_number(table, DYNAMICS_LEAK, findings, &leak, error));
    TRY(find_number(table, DYNAMICS_STEP, findings, &step, error));
    TRY(find_number(table, DYNAMICS_TIME, findings, &time, error));
    const char *const ratio_name = time.name != NULL ? time.name : step.name;
    if (leak.name != NULL) {
        TRY(check_both(table, leak.name, leak.low, leak.high, findings, error));
    }
    if (ratio_name != NULL) {
        TRY(check_both(table, ratio_name, step.low / time.high, step.high / time.low, findings,
                       error));
    }
    findings->leak_is_stated = leak.name != NULL || (step.name != NULL && time.name != NULL);
    TRY(check_like(table, findings, error));
    return check_form(table, findings, error);
}

const struct import_check IMPORT_CHECK_LEAK = {.name = "a leak", .run = check};
