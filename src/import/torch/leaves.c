/* What becomes an entry of the table: arrays, numbers and words. */
#include "import/torch/walker.h"

#include "core/cell.h"
#include "core/memory.h"
#include "import/dynamics_words.h"
#include "import/key_rules.h"

#include <stdio.h>
#include <string.h>

enum { MAX_NOTES = 4096 };

static bool has_meaning(const char *name)
{
    size_t length = 0;
    for (const struct key_rule *rule = KEY_RULES; rule->base != NULL; rule++) {
        if (!rule->sibling && import_key_matches(name, rule->base, &length)) {
            return true;
        }
    }
    return dynamics_key(name) != DYNAMICS_NOTHING;
}

enum status walker_add_text(const struct walker *walker, const struct torch_array *array,
                            struct error *error)
{
    char text[WALKER_TEXT_SIZE] = "";
    const size_t width = array->type.size;
    for (size_t i = 0; i < array->span && i < sizeof text - 1; i++) {
        unsigned char bytes[8];
        if (!torch_read(walker->file, &array->data, i * width, bytes, width)) {
            return error_set(error, STATUS_INPUT, "%s: %s is truncated", walker->table->path,
                             walker->name);
        }
        const double character = element_value(array->type, bytes);
        text[i] = (char)(character < 128.0 ? (int)character : '?');
    }
    return import_table_note(walker->table, walker->name, text, error);
}

enum status walker_add_array(const struct walker *walker, const struct torch_array *array,
                             struct error *error)
{
    struct torch_place *place = NULL;
    const char *const name = walker->length > 0 ? walker->name : "array";
    if (array->rank == 0 && walker->table->n_arrays >= MAX_NOTES && !has_meaning(name)) {
        return STATUS_OK; /* one of many numbers, as of a dict with more values than a model has */
    }
    if (array->problem[0] != '\0') {
        return import_table_add(walker->table, name, array->rank, array->dims, array->problem, NULL,
                                error);
    }
    TRY(memory_array(&place, 1, sizeof *place, error));
    *place = (struct torch_place){.data = array->data,
                                  .type = array->type,
                                  .offset = array->offset * array->type.size,
                                  .span = array->span * array->type.size};
    for (int i = 0; i < array->rank && i < IMPORT_MAX_RANK; i++) {
        place->strides[i] = array->strides[i];
    }
    return import_table_add(walker->table, name, array->rank, array->dims, NULL, place, error);
}

/* A function that is an activation, of ours or not, says so whatever its attribute is called:
 * self.f = torch.relu. One that is only called linear is none. */
static bool is_activation(const struct pickle_value *value, const char *text)
{
    enum activation activation = ACTIVATION_TANH;
    char name[WALKER_TEXT_SIZE];
    const char *last = text;
    for (const char *c = text; *c != '\0'; c++) {
        last = *c == '.' || *c == '(' ? c + 1 : last; /* of functools.partial(torch.relu) */
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(last, ")"), last);
    return (value->kind == PICKLE_GLOBAL || value->kind == PICKLE_OBJECT) &&
           strcmp(name, "linear") != 0 && activation_word(name, &activation) != ACTIVATION_NO_WORD;
}

/* Of a dict with more values than a model has, a vocabulary or a history, only those are kept whose
 * names mean something. */
enum status walker_add_scalar(struct walker *walker, const struct pickle_value *value,
                              const char *text, struct error *error)
{
    static const struct pickle_text WORD = {(const unsigned char *)"activation", 10};
    if (is_activation(value, text) && !has_meaning(walker->name)) {
        const size_t before = walker_enter(walker, WORD);
        TRY(import_table_note(walker->table, walker->name, text, error));
        walker_leave(walker, before);
        return STATUS_OK;
    }
    return walker->table->n_notes < MAX_NOTES || has_meaning(walker->name)
               ? import_table_note(walker->table, walker->name, text, error)
               : STATUS_OK;
}

/* What could be said by an object that only its own program understands: an array that cannot be
 * read, where its name means something, so that it is not overlooked. */
enum status walker_add_opaque(const struct walker *walker, const struct pickle_value *value,
                              struct error *error)
{
    char reason[WALKER_TEXT_SIZE + 32];
    char text[WALKER_TEXT_SIZE];
    if (!has_meaning(walker->name)) {
        return STATUS_OK;
    }
    walker_class_name(value, text);
    (void)snprintf(reason, sizeof reason, "it is a Python object (%s)", text);
    return import_table_add(walker->table, walker->name, 0, NULL, reason, NULL, error);
}
