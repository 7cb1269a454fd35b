/* A layer of Keras may read its input from the end. */
#include "import/checks/check.h"
#include "import/dynamics_words.h"

#include <strings.h>

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    (void)parts;
    (void)findings;
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        double value = 0.0;
        if (!note->ignored && dynamics_key(note->key) == DYNAMICS_BACKWARDS &&
            (strcasecmp(note->text, "true") == 0 ||
             (number_word(note->text, &value) && value != 0.0))) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s is %s: the network reads its input from the end: reverse the "
                             "steps of the trials, and say --ignore %s",
                             table->path, note->key, note->text, note->key);
        }
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_BACKWARDS = {.name = "inputs read backwards", .run = check};
