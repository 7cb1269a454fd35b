/* Layers of torch.nn in a whole module: many have no array that would tell of them. */
#include "import/checks/check.h"

#include "core/text.h"

/* Those that make no difference, or whose arrays tell, are not noted. */
static bool is_layer(const char *class)
{
    return text_begins(class, "torch.nn.modules.") && !text_begins(class, "torch.nn.modules.rnn.");
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    (void)parts;
    (void)findings;
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        size_t length = 0;
        if (!note->ignored && import_key_matches(note->key, "class", &length) &&
            is_layer(note->text)) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s is %s, expected a recurrent layer and a linear read-out "
                             "(--ignore %s if it is no part of the network)",
                             table->path, note->key, note->text, note->key);
        }
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_TORCH_LAYERS = {
    .name = "other layers of torch.nn", .stage = STAGE_NAMES, .run = check};
