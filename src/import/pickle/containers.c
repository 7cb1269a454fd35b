/* Instructions that make tuples, lists, dicts and sets, and those that fill them. */
#include "import/pickle/machine.h"

static enum status fill(struct machine *machine, struct pickle_value *value,
                        struct pickle_value *const *items, size_t count)
{
    return arena_append(machine->pickle, &value->list, items, count, machine->error);
}

/* ---- making ---- */

enum status push_tuple(struct machine *machine, size_t width)
{
    struct pickle_value *items[3];
    struct pickle_value *tuple = NULL;
    for (size_t i = width; i-- > 0;) {
        TRY(machine_pop(machine, &items[i]));
    }
    TRY(machine_push_new(machine, PICKLE_TUPLE, &tuple));
    return fill(machine, tuple, items, width);
}

/* From what lies above the mark. */
enum status push_marked(struct machine *machine, size_t kind)
{
    size_t count = 0;
    struct pickle_value **items = NULL;
    struct pickle_value *value = NULL;
    TRY(arena_value(machine->pickle, (enum pickle_kind)kind, &value, machine->error));
    TRY(machine_pop_mark(machine, &items, &count));
    if (kind == PICKLE_DICT && count % 2 != 0) {
        return machine_fail(machine, "a dict with a key that has no value");
    }
    TRY(fill(machine, value, items, count));
    return machine_push(machine, value);
}

enum status push_empty(struct machine *machine, size_t kind)
{
    struct pickle_value *value = NULL;
    return machine_push_new(machine, (enum pickle_kind)kind, &value);
}

/* ---- filling: of an object's own items only those of a dict are kept ---- */

static enum status append_items(struct machine *machine, struct pickle_value *const *items,
                                size_t count)
{
    struct pickle_value *value = NULL;
    TRY(machine_top(machine, &value));
    if (value->kind == PICKLE_LIST || value->kind == PICKLE_SET) {
        return fill(machine, value, items, count);
    }
    return value->kind == PICKLE_OBJECT ? STATUS_OK
                                        : machine_fail(machine, "items for what is no list");
}

static enum status set_pairs(struct machine *machine, struct pickle_value *const *items,
                             size_t count)
{
    struct pickle_value *value = NULL;
    TRY(machine_top(machine, &value));
    if (count % 2 != 0) {
        return machine_fail(machine, "a dict with a key that has no value");
    }
    if (value->kind == PICKLE_DICT) {
        return fill(machine, value, items, count);
    }
    if (value->kind == PICKLE_OBJECT) {
        return arena_append(machine->pickle, &value->object->pairs, items, count, machine->error);
    }
    return machine_fail(machine, "keys and values for what is no dict");
}

enum status append_one(struct machine *machine, size_t width)
{
    struct pickle_value *item = NULL;
    (void)width;
    TRY(machine_pop(machine, &item));
    return append_items(machine, &item, 1);
}

enum status set_one(struct machine *machine, size_t width)
{
    struct pickle_value *pair[2];
    (void)width;
    TRY(machine_pop(machine, &pair[1]));
    TRY(machine_pop(machine, &pair[0]));
    return set_pairs(machine, pair, 2);
}

enum status append_marked(struct machine *machine, size_t width)
{
    size_t count = 0;
    struct pickle_value **items = NULL;
    (void)width;
    TRY(machine_pop_mark(machine, &items, &count));
    return append_items(machine, items, count);
}

enum status set_marked(struct machine *machine, size_t width)
{
    size_t count = 0;
    struct pickle_value **items = NULL;
    (void)width;
    TRY(machine_pop_mark(machine, &items, &count));
    return set_pairs(machine, items, count);
}
