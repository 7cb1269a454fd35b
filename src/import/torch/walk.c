#include "import/torch/walk.h"

#include "import/torch/walker.h"

#include <stdio.h>
#include <string.h>

/* A tree whose parts are shared is walked once for every way to them: most have one. */
enum { STEPS_PER_VALUE = 8, MIN_STEPS = 65536 };

/* ---- names ---- */

/* Adds a word to the name, and returns the length before, to which walker_leave goes back. A name
 * that is too long stays too long. */
size_t walker_enter(struct walker *walker, struct pickle_text word)
{
    const size_t before = walker->length;
    const char *const dot = before > 0 ? "." : "";
    char *const end = walker->name + before;
    const size_t room = sizeof walker->name - before;
    const int size = word.size < room ? (int)word.size : (int)room;
    const int length = snprintf(end, room, "%s%.*s", dot, size, (const char *)word.bytes);
    walker->length += (size_t)length < room ? (size_t)length : room - 1;
    return before;
}

void walker_leave(struct walker *walker, size_t before)
{
    walker->length = before;
    walker->name[before] = '\0';
}

/* A key of a dict as a word; false for keys that are neither texts nor whole numbers. */
static bool key_word(const struct pickle_value *key, char digits[24], struct pickle_text *word)
{
    if (pickle_get_text(key, word)) {
        return true;
    }
    if (key->kind != PICKLE_INT) {
        return false;
    }
    const int length = snprintf(digits, 24, "%lld", (long long)key->integer);
    *word = (struct pickle_text){(const unsigned char *)digits, (size_t)length};
    return true;
}

/* ---- branches ---- */

static enum status walk(struct walker *walker, struct pickle_value *value, struct error *error);

/* An optimizer's dict has moments of all parameters, and numbers such as RMSprop's alpha, which say
 * nothing of the network. */
static bool is_optimizer(const struct pickle_value *value)
{
    return pickle_entry(value, "state") != NULL && pickle_entry(value, "param_groups") != NULL;
}

/* A checkpoint has its state dict under one of these keys, and the names are those of the state
 * dict; what else it holds keeps its own. */
static bool is_state_dict(const struct walker *walker, const struct pickle_value *key)
{
    return walker->depth == 1 &&
           (pickle_is_text(key, "state_dict") || pickle_is_text(key, "model_state_dict"));
}

enum status walker_pairs(struct walker *walker, const struct pickle_list *pairs,
                         struct error *error)
{
    TRY(walker_steps(walker, pairs->count / 2, error));
    for (uint32_t i = 0; i < pairs->count; i += 2) {
        char digits[24];
        struct pickle_text word;
        if (key_word(pairs->items[i], digits, &word)) {
            const size_t before = is_state_dict(walker, pairs->items[i])
                                      ? walker->length
                                      : walker_enter(walker, word);
            TRY(walk(walker, pairs->items[i + 1], error));
            walker_leave(walker, before);
        }
    }
    return STATUS_OK;
}

/* One number of PyTorch or NumPy, such as each of a history of losses. */
static enum status is_one_number(const struct walker *walker, struct pickle_value *value, bool *is,
                                 struct error *error)
{
    struct torch_array array;
    TRY(torch_read_array(walker->file, value, &array, is, error));
    *is = *is && array.rank == 0;
    return STATUS_OK;
}

/* Of lists, arrays and what may hold some; plain values in them are data. Or a list of pairs, key
 * and value. */
static enum status walk_items(struct walker *walker, const struct pickle_value *list, bool is_pairs,
                              struct error *error)
{
    for (size_t i = 0; i < pickle_length(list); i++) {
        char digits[24];
        struct pickle_text word;
        struct pickle_value *item = pickle_item(list, i);
        const struct pickle_value number = {.kind = PICKLE_INT, .integer = (int64_t)i};
        const struct pickle_value *const key = is_pairs ? pickle_item(item, 0) : &number;
        item = is_pairs ? pickle_item(item, 1) : item;
        TRY(walker_steps(walker, 1, error));
        bool is_plain = !is_pairs && item != NULL && item->kind < PICKLE_TUPLE;
        if (!is_pairs && !is_plain) {
            TRY(is_one_number(walker, item, &is_plain, error));
        }
        if (is_plain || key == NULL || item == NULL || !key_word(key, digits, &word)) {
            continue;
        }
        const size_t before = walker_enter(walker, word);
        TRY(walk(walker, item, error));
        walker_leave(walker, before);
    }
    return STATUS_OK;
}

/* An OrderedDict of Python 2 is made from a list of pairs. */
enum status walker_mapping(struct walker *walker, const struct pickle_value *value,
                           struct error *error)
{
    if (pickle_is_global(pickle_callable(value), "collections", "OrderedDict")) {
        TRY(walk_items(walker, pickle_argument(value, 0), true, error));
    }
    return pickle_pairs(value) != NULL ? walker_pairs(walker, pickle_pairs(value), error)
                                       : STATUS_OK;
}

/* One object stands for itself, as numpy.save has a dict. */
static enum status walk_objects(struct walker *walker, struct pickle_value *value,
                                const struct pickle_value *objects, struct error *error)
{
    if (pickle_length(objects) == 1) {
        return walk(walker, pickle_item(objects, 0), error);
    }
    TRY(walk_items(walker, objects, false, error));
    return walker_add_opaque(walker, value, error);
}

/* What a node of OmegaConf holds, a mapping, a list or a value. */
static struct pickle_value *content_of(const struct pickle_value *state)
{
    struct pickle_value *const content = pickle_entry(state, "_content");
    return content != NULL ? content : pickle_entry(state, "_val");
}

static enum status walk_object(struct walker *walker, struct pickle_value *value,
                               struct error *error)
{
    const struct pickle_value *const objects = torch_ndarray_objects(value);
    const struct pickle_value *const state = walker_state(value);
    if (objects != NULL) {
        return walk_objects(walker, value, objects, error);
    }
    if (state != NULL && pickle_entry(state, "_parameters") != NULL &&
        pickle_entry(state, "_modules") != NULL) {
        return walker_module(walker, value, state, error);
    }
    if (pickle_pairs(value)->count > 0 ||
        pickle_is_global(value->object->callable, "collections", "OrderedDict")) {
        return walker_mapping(walker, value, error);
    }
    struct pickle_value *const content = content_of(state);
    if (content != NULL) {
        return walk(walker, content, error);
    }
    if (state != NULL) {
        return is_optimizer(state) ? STATUS_OK : walker_attributes(walker, state, error);
    }
    TRY(walk_items(walker, value->object->arguments, false, error)); /* a named tuple's, say */
    return walker_add_opaque(walker, value, error);
}

static enum status walk_branch(struct walker *walker, struct pickle_value *value,
                               struct error *error)
{
    if (value->kind == PICKLE_TUPLE || value->kind == PICKLE_LIST) {
        return walk_items(walker, value, false, error);
    }
    if (is_optimizer(value)) {
        return STATUS_OK;
    }
    return value->kind == PICKLE_DICT ? walker_mapping(walker, value, error)
                                      : walk_object(walker, value, error);
}

/* Keys that are looked through on the way, for some of them that mean something. */
static size_t count_keys(const struct pickle_value *value)
{
    const struct pickle_list *const own = pickle_pairs(value);
    const struct pickle_list *const state =
        value->kind == PICKLE_OBJECT ? pickle_pairs(walker_state(value)) : NULL;
    return ((own != NULL ? own->count : 0) + (size_t)(state != NULL ? state->count : 0)) / 2;
}

/* An object may know its owner, and is walked once on the way; a list or dict in itself is none of
 * a model's. */
static enum status enter_branch(struct walker *walker, struct pickle_value *value,
                                struct error *error)
{
    if (value->is_open) {
        return value->kind == PICKLE_OBJECT
                   ? STATUS_OK
                   : error_set(error, STATUS_INPUT,
                               "%s: %s leads back to what contains it, expected a state dict",
                               walker->table->path, walker->name);
    }
    if (++walker->depth > PICKLE_MAX_DEPTH) {
        return error_set(error, STATUS_INPUT, "%s: nested deeper than %d, expected a state dict",
                         walker->table->path, PICKLE_MAX_DEPTH);
    }
    TRY(walker_steps(walker, count_keys(value), error));
    value->is_open = true;
    TRY(walk_branch(walker, value, error));
    value->is_open = false;
    walker->depth--;
    return STATUS_OK;
}

enum status walker_steps(struct walker *walker, size_t count, struct error *error)
{
    if (walker->steps < count) {
        return error_set(error, STATUS_INPUT,
                         "%s: its parts are shared again and again, expected a state dict",
                         walker->table->path);
    }
    walker->steps -= count;
    return STATUS_OK;
}

static enum status walk(struct walker *walker, struct pickle_value *value, struct error *error)
{
    struct torch_array array;
    bool found = false;
    char text[WALKER_TEXT_SIZE];
    TRY(walker_steps(walker, 1, error));
    TRY(torch_read_array(walker->file, value, &array, &found, error));
    if (found) {
        return array.is_text && array.problem[0] == '\0' ? walker_add_text(walker, &array, error)
                                                         : walker_add_array(walker, &array, error);
    }
    if (walker_scalar(value, text)) {
        return walker_add_scalar(walker, value, text, error);
    }
    switch (value->kind) {
    case PICKLE_TUPLE:
    case PICKLE_LIST:
    case PICKLE_DICT:
    case PICKLE_OBJECT:
        return enter_branch(walker, value, error);
    default:
        return STATUS_OK;
    }
}

enum status torch_walk(struct torch_file *file, struct import_table *table, struct error *error)
{
    struct walker walker = {
        .file = file, .table = table, .steps = STEPS_PER_VALUE * file->pickle.n_values + MIN_STEPS};
    TRY(walk(&walker, file->root, error));
    return table->n_arrays > 0
               ? STATUS_OK
               : error_set(error, STATUS_INPUT,
                           "%s: a Python pickle without tensors or arrays, expected "
                           "a state dict",
                           table->path);
}
