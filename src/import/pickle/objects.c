/* Instructions that would look something up, call it or build on it: here they note what it is.
 * Two calls are done, since they only spell bytes: _codecs.encode, by which protocols before 3
 * write them, and bytes. */
#include "import/pickle/machine.h"

#include "core/memory.h"

/* ---- globals ---- */

static enum status push_global(struct machine *machine, struct pickle_value *module,
                               struct pickle_value *name)
{
    struct pickle_value *value = NULL;
    TRY(machine_push_new(machine, PICKLE_GLOBAL, &value));
    value->global.module = module;
    value->global.name = name;
    return STATUS_OK;
}

static enum status line_value(struct machine *machine, struct pickle_value **value)
{
    struct pickle_text line;
    TRY(machine_line(machine, &line));
    TRY(arena_value(machine->pickle, PICKLE_STR, value, machine->error));
    (*value)->text = line;
    return STATUS_OK;
}

enum status push_global_line(struct machine *machine, size_t width)
{
    struct pickle_value *module = NULL;
    struct pickle_value *name = NULL;
    (void)width;
    TRY(line_value(machine, &module));
    TRY(line_value(machine, &name));
    return push_global(machine, module, name);
}

enum status push_stack_global(struct machine *machine, size_t width)
{
    struct pickle_value *module = NULL;
    struct pickle_value *name = NULL;
    (void)width;
    TRY(machine_pop(machine, &name));
    TRY(machine_pop(machine, &module));
    if (name->kind != PICKLE_STR || module->kind != PICKLE_STR) {
        return machine_fail(machine, "a global whose name is no text");
    }
    return push_global(machine, module, name);
}

/* ---- calls ---- */

static enum status push_object(struct machine *machine, struct pickle_value *callable,
                               struct pickle_value *arguments)
{
    struct pickle_value *value = NULL;
    TRY(machine_push_new(machine, PICKLE_OBJECT, &value));
    TRY(arena_take(machine->pickle, sizeof *value->object, &value->object, machine->error));
    value->object->callable = callable;
    value->object->arguments = arguments;
    return STATUS_OK;
}

/* UTF-8 to Latin-1; false when there is another character in it. */
static bool to_latin1(struct pickle_text text, unsigned char *out, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.bytes[i];
        if (byte >= 0x80) {
            const bool is_pair = (byte == 0xc2 || byte == 0xc3) && i + 1 < text.size &&
                                 (text.bytes[i + 1] & 0xc0) == 0x80;
            if (!is_pair) {
                return false;
            }
            byte = (unsigned char)((byte & 3) << 6 | (text.bytes[++i] & 0x3f));
        }
        out[(*size)++] = byte;
    }
    return true;
}

/* _codecs.encode(text, 'latin1') */
static enum status push_encoded(struct machine *machine, const struct pickle_value *arguments)
{
    struct pickle_text text;
    unsigned char *bytes = NULL;
    size_t size = 0;
    struct pickle_value *value = NULL;
    if (!pickle_get_text(pickle_item(arguments, 0), &text)) {
        return machine_fail(machine, "an encoding of what is no text");
    }
    TRY(arena_text(machine->pickle, text.size, text.size, &bytes, machine->error));
    if (!to_latin1(text, bytes, &size)) {
        return machine_fail(machine, "bytes that are not written in Latin-1");
    }
    TRY(machine_push_new(machine, PICKLE_BYTES, &value));
    value->text = (struct pickle_text){bytes, size};
    return STATUS_OK;
}

static bool makes_bytes(const struct pickle_value *callable)
{
    static const char *const MODULES[] = {"builtins", "__builtin__"};
    for (int i = 0; i < 2; i++) {
        if (pickle_is_global(callable, MODULES[i], "bytes") ||
            pickle_is_global(callable, MODULES[i], "bytearray")) {
            return true;
        }
    }
    return false;
}

/* bytes() and bytes(b"..."), which is what it is given */
static enum status push_copied(struct machine *machine, const struct pickle_value *arguments)
{
    struct pickle_value *value = NULL;
    struct pickle_value *const given = pickle_item(arguments, 0);
    if (given != NULL) {
        return machine_push(machine, given);
    }
    TRY(machine_push_new(machine, PICKLE_BYTES, &value));
    value->text.bytes = machine->at; /* none of them */
    return STATUS_OK;
}

static enum status push_call(struct machine *machine, struct pickle_value *callable,
                             struct pickle_value *arguments)
{
    const struct pickle_value *const first = pickle_item(arguments, 0);
    if (pickle_is_global(callable, "_codecs", "encode")) {
        return push_encoded(machine, arguments);
    }
    if (makes_bytes(callable) && (first == NULL || first->kind == PICKLE_BYTES)) {
        return push_copied(machine, arguments);
    }
    return push_object(machine, callable, arguments);
}

enum status reduce(struct machine *machine, size_t width)
{
    struct pickle_value *callable = NULL;
    struct pickle_value *arguments = NULL;
    (void)width;
    TRY(machine_pop(machine, &arguments));
    TRY(machine_pop(machine, &callable));
    return push_call(machine, callable, arguments);
}

enum status new_object(struct machine *machine, size_t width)
{
    return reduce(machine, width);
}

enum status new_object_with_keywords(struct machine *machine, size_t width)
{
    struct pickle_value *keywords = NULL;
    TRY(machine_pop(machine, &keywords));
    return reduce(machine, width);
}

/* What lies above the mark: the class and its arguments, or with `callable` these alone. */
static enum status call_marked(struct machine *machine, struct pickle_value *callable)
{
    size_t count = 0;
    struct pickle_value **items = NULL;
    struct pickle_value *arguments = NULL;
    TRY(arena_value(machine->pickle, PICKLE_TUPLE, &arguments, machine->error));
    TRY(machine_pop_mark(machine, &items, &count));
    if (callable == NULL && count == 0) {
        return machine_fail(machine, "an object without a class");
    }
    if (callable == NULL) {
        callable = items[0];
        items++;
        count--;
    }
    TRY(arena_append(machine->pickle, &arguments->list, items, count, machine->error));
    return push_call(machine, callable, arguments);
}

enum status reduce_marked(struct machine *machine, size_t width)
{
    (void)width;
    return call_marked(machine, NULL);
}

enum status push_instance(struct machine *machine, size_t width)
{
    struct pickle_value *class = NULL;
    TRY(push_global_line(machine, width));
    class = machine->stack[--machine->n_stack];
    return call_marked(machine, class);
}

/* The state of an object; of a list or dict, attributes that nobody needs. */
enum status build(struct machine *machine, size_t width)
{
    struct pickle_value *state = NULL;
    struct pickle_value *value = NULL;
    (void)width;
    TRY(machine_pop(machine, &state));
    TRY(machine_top(machine, &value));
    if (value->kind == PICKLE_OBJECT) {
        value->object->state = state;
    }
    return STATUS_OK;
}

/* ---- what is stored elsewhere ---- */

static enum status push_identity(struct machine *machine, struct pickle_value *identity)
{
    struct pickle *const pickle = machine->pickle;
    struct pickle_value *value = NULL;
    TRY(machine_push_new(machine, PICKLE_PERSISTENT, &value));
    value->identity = identity;
    TRY(memory_reserve(&pickle->identities, &pickle->identity_capacity, pickle->n_identities + 1,
                       sizeof(struct pickle_value *), machine->error));
    pickle->identities[pickle->n_identities++] = value;
    return STATUS_OK;
}

enum status push_persistent(struct machine *machine, size_t width)
{
    struct pickle_value *identity = NULL;
    (void)width;
    TRY(machine_pop(machine, &identity));
    return push_identity(machine, identity);
}

enum status push_persistent_line(struct machine *machine, size_t width)
{
    struct pickle_value *identity = NULL;
    (void)width;
    TRY(line_value(machine, &identity));
    return push_identity(machine, identity);
}
