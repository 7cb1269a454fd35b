#include "import/notes.h"

#include "import/dynamics_words.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { KEY_SIZE = 512, VALUE_SIZE = 256, NUMBER_SIZE = 40, MAX_DEPTH = 32 };

/* Longer ones are looked through as far as this: nobody configures a network with more. */
static const size_t MAX_JSON = (size_t)1 << 20;
static const size_t MAX_TEXT = (size_t)1 << 18;

/* Where the walk through a text is. */
struct walk {
    struct import_table *table;
    int depth;
    bool is_layer; /* in the configuration of a layer of Keras */
};

static enum status add_value(const struct walk *walk, const char *key, const char *text,
                             struct error *error)
{
    return dynamics_key(key) != DYNAMICS_NOTHING ? import_table_note(walk->table, key, text, error)
                                                 : STATUS_OK;
}

/* ---- JSON ---- */

static enum status walk_json(const struct walk *walk, const char *key, const json_t *value,
                             struct error *error);

/* The name of a value that is an object: of a function of Keras, or of a layer that is one. */
static const char *object_name(const json_t *value)
{
    const char *const class = json_string_value(json_object_get(value, "class_name"));
    const char *const config = json_string_value(json_object_get(value, "config"));
    return class != NULL && strcmp(class, "function") == 0 ? config : class;
}

/* Keras nests {"class_name": ..., "config": {...}}: the class stands for both in the key. */
static enum status walk_object(const struct walk *walk, const char *key, const json_t *value,
                               struct error *error)
{
    const char *const class = json_string_value(json_object_get(value, "class_name"));
    const char *name = NULL;
    json_t *member = NULL;
    json_object_foreach((json_t *)value, name, member)
    {
        char inner[KEY_SIZE];
        const bool is_config =
            class != NULL && strcmp(name, "config") == 0 && json_is_object(member);
        const struct walk below = {walk->table, walk->depth + 1, walk->is_layer || is_config};
        (void)snprintf(inner, sizeof inner, "%s.%s", key, is_config ? class : name);
        const enum dynamics_key meaning = dynamics_key(inner);
        if (json_is_object(member) && object_name(member) != NULL &&
            (meaning == DYNAMICS_NONLINEARITY || meaning == DYNAMICS_READOUT_NONLINEARITY)) {
            TRY(import_table_note(walk->table, inner, object_name(member), error));
        } else {
            TRY(walk_json(&below, inner, member, error));
        }
    }
    return STATUS_OK;
}

static enum status walk_json(const struct walk *walk, const char *key, const json_t *value,
                             struct error *error)
{
    char number[NUMBER_SIZE];
    size_t index = 0;
    json_t *member = NULL;
    if (walk->depth > MAX_DEPTH) {
        return STATUS_OK;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return walk_object(walk, key, value, error);
    case JSON_ARRAY:
        json_array_foreach((json_t *)value, index, member)
        {
            const struct walk below = {walk->table, walk->depth + 1, walk->is_layer};
            TRY(walk_json(&below, key, member, error));
        }
        return STATUS_OK;
    case JSON_STRING:
        return add_value(walk, key, json_string_value(value), error);
    case JSON_INTEGER:
    case JSON_REAL:
        (void)snprintf(number, sizeof number, "%.17g", json_number_value(value));
        return add_value(walk, key, number, error);
    case JSON_TRUE:
    case JSON_FALSE:
        return add_value(walk, key, json_is_true(value) ? "True" : "False", error);
    case JSON_NULL: /* a layer of Keras without an activation is linear */
        return add_value(walk, key, walk->is_layer ? "linear" : "None", error);
    }
    return STATUS_OK;
}

static bool begins_json(const char *text)
{
    text += strspn(text, " \t\r\n");
    return *text == '{' || *text == '[';
}

/* ---- other texts: name: value, name = value, --name value ---- */

static bool is_name(char letter)
{
    return isalnum((unsigned char)letter) != 0 || letter == '_' || letter == '.';
}

/* Takes the name at *text; false when none begins there. */
static bool take_name(const char **text, char name[VALUE_SIZE])
{
    size_t length = 0;
    while (is_name((*text)[length]) || ((*text)[length] == '-' && length > 0)) {
        length++;
    }
    (void)snprintf(name, VALUE_SIZE, "%.*s", (int)(length < VALUE_SIZE ? length : VALUE_SIZE - 1),
                   *text);
    *text += length;
    return length > 0;
}

/* Takes the value, up to its closing quote, or to what ends an entry. */
static void take_value(const char **text, bool is_option, char value[VALUE_SIZE])
{
    size_t length = 0;
    const bool is_quoted = **text == '"' || **text == '\'';
    if (is_quoted) {
        const char *const end = **text == '"' ? "\"" : "'";
        ++*text;
        length = strcspn(*text, end);
    } else {
        length = strcspn(*text, **text == '<' ? ">" : is_option ? " ,;\n})]" : ",;\n})]");
    }
    while (!is_quoted && length > 0 && isspace((unsigned char)(*text)[length - 1]) != 0) {
        length--;
    }
    (void)snprintf(value, VALUE_SIZE, "%.*s", (int)(length < VALUE_SIZE ? length : VALUE_SIZE - 1),
                   *text);
    *text += length;
}

/* True after a sign that gives a value to the name before it. */
static bool take_sign(const char **text, bool is_option)
{
    const char *at = *text;
    at += *at == '"' || *at == '\'';
    const char *const gap = at;
    at += strspn(at, " \t");
    if ((*at == ':' || *at == '=') && at[1] != '=') {
        at++;
    } else if (!is_option || at == gap) {
        return false;
    }
    *text = at + strspn(at, " \t");
    return **text != '\0' && **text != '\n';
}

static enum status scan_text(const struct walk *walk, const char *key, const char *text,
                             struct error *error)
{
    for (const char *at = text; *at != '\0' && (size_t)(at - text) < MAX_TEXT;) {
        char name[VALUE_SIZE];
        char value[VALUE_SIZE];
        char inner[KEY_SIZE];
        const bool is_option = at > text && at[-1] == '-';
        if (!take_name(&at, name)) {
            at++;
            continue;
        }
        if (take_sign(&at, is_option)) {
            const char *after = at;
            (void)snprintf(inner, sizeof inner, "%s.%s", key, name);
            if (dynamics_key(inner) != DYNAMICS_NOTHING) {
                take_value(&after, is_option, value);
                TRY(add_value(walk, inner, value, error));
                at = after;
            }
        }
    }
    return STATUS_OK;
}

/* ---- notes ---- */

static enum status expand_one(const struct walk *walk, const char *key, const char *text,
                              struct error *error)
{
    json_t *const root =
        begins_json(text) && strnlen(text, MAX_JSON) < MAX_JSON ? json_loads(text, 0, NULL) : NULL;
    if (root == NULL) {
        return scan_text(walk, key, text, error);
    }
    const enum status status = walk_json(walk, key, root, error);
    json_decref(root);
    return status;
}

enum status import_notes_expand(struct import_table *table, struct error *error)
{
    const struct walk walk = {.table = table};
    const size_t count = table->n_notes; /* what is added here is whole */
    for (size_t i = 0; i < count; i++) {
        const struct import_note *const note = &table->notes[i]; /* moves when notes are added */
        const char *const key = note->key;
        const char *const text = note->text;
        if (dynamics_key(key) == DYNAMICS_NOTHING || begins_json(text)) {
            TRY(expand_one(&walk, key, text, error));
        }
    }
    return STATUS_OK;
}
