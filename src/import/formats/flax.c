/* Flax: what flax.serialization.to_bytes gives, maps of maps of arrays in MessagePack. It has no
 * signature: a map whose first key is a text, tried when no other format fits. */
#include "import/input_file.h"
#include "import/msgpack/msgpack.h"
#include "import/msgpack/ndarray.h"
#include "import/table.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 32, NUMBER_SIZE = 40, TEXT_SIZE = 4097 };

enum { EXTENSION_NDARRAY = 1, EXTENSION_SCALAR = 3 }; /* 2 is a complex number */

static const uint64_t MAX_SIZE = (uint64_t)1 << 32; /* bytes of a file, all of which are kept */

struct flax_state {
    unsigned char *bytes;
};

/* A map or list that is being read. */
struct level {
    size_t left;   /* items or pairs */
    size_t index;  /* of the next item of a list */
    size_t length; /* of its own name */
    bool is_map;
    bool is_passed; /* nothing in it is of the model */
};

struct walk {
    struct import_table *table;
    struct msgpack_cursor cursor;
    struct level levels[MAX_DEPTH];
    int depth;
    char name[IMPORT_NAME_LENGTH + 1];
};

/* ---- detection ---- */

static bool detect(const unsigned char *head, size_t size)
{
    const bool is_short = size > 0 && head[0] > 0x80 && head[0] < 0x90;
    const bool is_long = size > 0 && (head[0] == 0xde || head[0] == 0xdf);
    const size_t key = is_short ? 1 : is_long ? (head[0] == 0xde ? 3 : 5) : size;
    if (key + 1 >= size) {
        return false;
    }
    const bool is_text = head[key] > 0xa0 && head[key] < 0xc0;
    const size_t begin = key + (is_text ? 1 : 2);
    size_t end = begin + (is_text ? (size_t)(head[key] & 0x1f) : (size_t)head[key + 1]);
    if ((!is_text && head[key] != 0xd9) || end > size) {
        return false;
    }
    while (end > begin && head[end - 1] > 0x20 && head[end - 1] < 0x7f) {
        end--;
    }
    return end == begin;
}

/* ---- names ---- */

static enum status bad(const struct walk *walk, const char *what, struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: %s at byte %zu, expected MessagePack of flax.serialization.to_bytes",
                     walk->table->path, what, walk->cursor.position);
}

/* Puts a key behind the name of what it is in. */
static enum status set_name(struct walk *walk, const struct level *level, const char *key,
                            size_t size, struct error *error)
{
    const size_t point = level->length > 0 ? 1 : 0;
    if (level->length + point + size > IMPORT_NAME_LENGTH || memchr(key, '\0', size) != NULL) {
        return bad(walk, "a name that is too long or no text", error);
    }
    walk->name[level->length] = '.';
    memcpy(walk->name + level->length + point, key, size);
    walk->name[level->length + point + size] = '\0';
    return STATUS_OK;
}

static enum status next_name(struct walk *walk, struct level *level, struct error *error)
{
    char number[NUMBER_SIZE];
    struct msgpack_item key;
    if (!level->is_map) {
        (void)snprintf(number, sizeof number, "%zu", level->index++);
        return set_name(walk, level, number, strlen(number), error);
    }
    if (!msgpack_next(&walk->cursor, &key) || key.kind != MSGPACK_TEXT) {
        return bad(walk, "a key that is no text", error);
    }
    return set_name(walk, level, (const char *)key.data, key.size, error);
}

/* ---- values ---- */

static enum status add_text(struct walk *walk, const struct msgpack_item *item, struct error *error)
{
    char text[TEXT_SIZE];
    const size_t size = item->size < TEXT_SIZE ? item->size : TEXT_SIZE - 1;
    (void)snprintf(text, sizeof text, "%.*s", (int)size, (const char *)item->data);
    return import_table_note(walk->table, walk->name, text, error);
}

static enum status add_number(struct walk *walk, const struct msgpack_item *item,
                              struct error *error)
{
    char text[NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "%.17g", item->number);
    return import_table_note(walk->table, walk->name,
                             item->kind != MSGPACK_BOOLEAN ? text
                             : item->number != 0.0         ? "True"
                                                           : "False",
                             error);
}

/* What an optimizer keeps has the names of the weights once more. */
static bool is_of_optimizer(const char *name)
{
    const char *const last = strrchr(name, '.');
    return strcmp(last != NULL ? last + 1 : name, "opt_state") == 0;
}

static enum status enter(struct walk *walk, const struct msgpack_item *item, bool is_passed,
                         struct error *error)
{
    if (walk->depth == MAX_DEPTH) {
        return bad(walk, "maps nested deeper than 32", error);
    }
    walk->levels[walk->depth++] =
        (struct level){.left = item->size,
                       .length = strlen(walk->name),
                       .is_map = item->kind == MSGPACK_MAP,
                       .is_passed = is_passed || is_of_optimizer(walk->name)};
    return STATUS_OK;
}

static enum status add_value(struct walk *walk, const struct msgpack_item *item,
                             struct error *error)
{
    switch (item->kind) {
    case MSGPACK_TEXT:
        return add_text(walk, item, error);
    case MSGPACK_BOOLEAN:
    case MSGPACK_INTEGER:
    case MSGPACK_REAL:
        return add_number(walk, item, error);
    case MSGPACK_EXTENSION:
        if (item->type == EXTENSION_NDARRAY || item->type == EXTENSION_SCALAR) {
            return flax_add_ndarray(walk->table, walk->name, item, error);
        }
        return import_table_add(walk->table, walk->name, 0, NULL, "it is no array of real numbers",
                                NULL, error);
    case MSGPACK_BYTES:
        return import_table_add(walk->table, walk->name, 0, NULL, "it is bytes without a shape",
                                NULL, error);
    case MSGPACK_NIL:
    case MSGPACK_LIST:
    case MSGPACK_MAP:
        break;
    }
    return STATUS_OK;
}

static enum status next_entry(struct walk *walk, struct level *level, struct error *error)
{
    struct msgpack_item item;
    level->left--;
    TRY(next_name(walk, level, error));
    if (strstr(walk->name, "__msgpack_chunked_array__") != NULL) {
        return bad(walk, "an array in pieces, of more than 2^30 bytes,", error);
    }
    if (!msgpack_next(&walk->cursor, &item)) {
        return bad(walk, "truncated or damaged", error);
    }
    if (item.kind == MSGPACK_MAP || item.kind == MSGPACK_LIST) {
        return enter(walk, &item, level->is_passed, error);
    }
    return level->is_passed ? STATUS_OK : add_value(walk, &item, error);
}

static enum status walk_all(struct walk *walk, struct error *error)
{
    struct msgpack_item root;
    if (!msgpack_next(&walk->cursor, &root) || root.kind != MSGPACK_MAP) {
        return bad(walk, "no map", error);
    }
    TRY(enter(walk, &root, false, error));
    while (walk->depth > 0) {
        struct level *const level = &walk->levels[walk->depth - 1];
        if (level->left == 0) {
            walk->depth--;
        } else {
            TRY(next_entry(walk, level, error));
        }
    }
    return walk->cursor.position == walk->cursor.size ? STATUS_OK
                                                      : bad(walk, "more than one map", error);
}

/* ---- format ---- */

static enum status read_file(struct import_table *table, struct flax_state *state, size_t *size,
                             struct error *error)
{
    struct input_file file;
    TRY(input_file_open(&file, table->path, error));
    *size = (size_t)file.size;
    enum status status =
        file.size > MAX_SIZE
            ? error_set(error, STATUS_INPUT, "%s: %llu bytes, expected those of a model",
                        table->path, (unsigned long long)file.size)
            : memory_array(&state->bytes, *size + 1, 1, error);
    if (status == STATUS_OK && !input_file_read(&file, 0, state->bytes, *size)) {
        status = error_set(error, STATUS_INPUT, "%s: cannot read it", table->path);
    }
    input_file_close(&file);
    return status;
}

static enum status open_flax(struct import_table *table, struct error *error)
{
    struct flax_state *state = NULL;
    struct walk walk = {.table = table};
    TRY(memory_array(&state, 1, sizeof *state, error));
    table->state = state;
    TRY(read_file(table, state, &walk.cursor.size, error));
    walk.cursor.bytes = state->bytes;
    return walk_all(&walk, error);
}

static enum status load(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *error)
{
    (void)table;
    (void)error;
    flax_load_ndarray(array, values);
    return STATUS_OK;
}

static void close_flax(struct import_table *table)
{
    struct flax_state *const state = table->state;
    if (state != NULL) {
        free(state->bytes);
        free(state);
    }
}

const struct import_format IMPORT_FLAX = {
    .name = "Flax",
    .detect = detect,
    .open = open_flax,
    .load = load,
    .close = close_flax,
};
