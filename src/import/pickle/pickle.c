#include "import/pickle/pickle.h"

#include "core/memory.h"
#include "import/pickle/machine.h"

#include <stdlib.h>

/* ---- the machine's own instructions ---- */

static enum status protocol(struct machine *machine, size_t width)
{
    uint64_t number = 0;
    TRY(machine_number(machine, width, &number));
    return number <= 5 ? STATUS_OK : machine_fail(machine, "an unknown protocol, expected 0 to 5");
}

/* Frames only say how much to read at once. */
static enum status frame(struct machine *machine, size_t width)
{
    uint64_t size = 0;
    return machine_number(machine, width, &size);
}

static enum status stop(struct machine *machine, size_t width)
{
    (void)width;
    machine->has_stopped = true;
    return STATUS_OK;
}

static enum status nothing(struct machine *machine, size_t width)
{
    (void)machine;
    (void)width;
    return STATUS_OK;
}

static enum status set_mark(struct machine *machine, size_t width)
{
    (void)width;
    if (machine->n_marks >= PICKLE_MAX_VALUES) {
        return machine_fail(machine, "too many marks, expected a model's");
    }
    TRY(memory_reserve(&machine->marks, &machine->mark_capacity, machine->n_marks + 1,
                       sizeof *machine->marks, machine->error));
    machine->marks[machine->n_marks++] = machine->n_stack;
    return STATUS_OK;
}

static enum status pop_marked(struct machine *machine, size_t width)
{
    size_t count = 0;
    struct pickle_value **items = NULL;
    (void)width;
    return machine_pop_mark(machine, &items, &count);
}

/* Takes a value, or a mark that lies on top. */
static enum status pop_one(struct machine *machine, size_t width)
{
    struct pickle_value *value = NULL;
    if (machine->n_marks > 0 && machine->marks[machine->n_marks - 1] == machine->n_stack) {
        return pop_marked(machine, width);
    }
    return machine_pop(machine, &value);
}

static enum status duplicate(struct machine *machine, size_t width)
{
    struct pickle_value *value = NULL;
    (void)width;
    TRY(machine_top(machine, &value));
    return machine_push(machine, value);
}

static enum status out_of_band(struct machine *machine, size_t width)
{
    (void)width;
    return machine_fail(machine, "data outside of it, expected all of them in one file");
}

/* ---- memo ---- */

/* Python numbers what it keeps from 0 on: a number beyond the bytes so far would only cost memory.
 */
static enum status memo_set(struct machine *machine, uint64_t index)
{
    struct pickle_value *value = NULL;
    TRY(machine_top(machine, &value));
    if (index > (uint64_t)(machine->at - machine->begin) || index >= PICKLE_MAX_VALUES) {
        return machine_fail(machine, "a memo number that is too large");
    }
    TRY(memory_reserve(&machine->memo, &machine->memo_capacity, (size_t)index + 1,
                       sizeof(struct pickle_value *), machine->error));
    while (machine->n_memo <= index) {
        machine->memo[machine->n_memo++] = NULL;
    }
    machine->memo[index] = value;
    return STATUS_OK;
}

static enum status memo_push(struct machine *machine, uint64_t index)
{
    if (index >= machine->n_memo || machine->memo[index] == NULL) {
        return machine_fail(machine, "a memo number that was not set");
    }
    return machine_push(machine, machine->memo[index]);
}

/* The number in a line. */
static enum status memo_line(struct machine *machine, uint64_t *index)
{
    struct pickle_value *value = NULL;
    TRY(push_int_line(machine, 0));
    TRY(machine_pop(machine, &value));
    return pickle_get_count(value, index) ? STATUS_OK
                                          : machine_fail(machine, "a memo number that is none");
}

static enum status put_line(struct machine *machine, size_t width)
{
    uint64_t index = 0;
    (void)width;
    TRY(memo_line(machine, &index));
    return memo_set(machine, index);
}

static enum status get_line(struct machine *machine, size_t width)
{
    uint64_t index = 0;
    (void)width;
    TRY(memo_line(machine, &index));
    return memo_push(machine, index);
}

static enum status put(struct machine *machine, size_t width)
{
    uint64_t index = 0;
    TRY(machine_number(machine, width, &index));
    return memo_set(machine, index);
}

static enum status get(struct machine *machine, size_t width)
{
    uint64_t index = 0;
    TRY(machine_number(machine, width, &index));
    return memo_push(machine, index);
}

/* MEMOIZE gives the next number. */
static enum status memoize(struct machine *machine, size_t width)
{
    (void)width;
    return memo_set(machine, machine->n_memo);
}

/* ---- all instructions, by their codes in Python's pickletools ---- */

static const struct {
    instruction *run;
    size_t width;
} INSTRUCTIONS[256] = {
    [0x80] = {protocol, 1},
    [0x95] = {frame, 8},
    ['.'] = {stop, 0},
    /* stack and memo */
    ['('] = {set_mark, 0},
    ['0'] = {pop_one, 0},
    ['1'] = {pop_marked, 0},
    ['2'] = {duplicate, 0},
    ['p'] = {put_line, 0},
    ['q'] = {put, 1},
    ['r'] = {put, 4},
    [0x94] = {memoize, 0},
    ['g'] = {get_line, 0},
    ['h'] = {get, 1},
    ['j'] = {get, 4},
    /* scalars */
    ['N'] = {push_none, 0},
    [0x88] = {push_true, 0},
    [0x89] = {push_false, 0},
    ['I'] = {push_int_line, 0},
    ['L'] = {push_long_line, 0},
    ['K'] = {push_unsigned, 1},
    ['M'] = {push_unsigned, 2},
    ['J'] = {push_signed, 4},
    [0x8a] = {push_long, 1},
    [0x8b] = {push_long, 4},
    ['F'] = {push_float_line, 0},
    ['G'] = {push_float, 8},
    /* texts and bytes */
    ['S'] = {push_string_line, 0},
    ['T'] = {push_bytes, 4},
    ['U'] = {push_bytes, 1},
    ['B'] = {push_bytes, 4},
    ['C'] = {push_bytes, 1},
    [0x8e] = {push_bytes, 8},
    [0x96] = {push_bytes, 8},
    ['V'] = {push_unicode_line, 0},
    ['X'] = {push_text, 4},
    [0x8c] = {push_text, 1},
    [0x8d] = {push_text, 8},
    [0x97] = {out_of_band, 0},
    [0x98] = {nothing, 0}, /* what lies on top may not be changed */
    /* containers */
    [')'] = {push_tuple, 0},
    [0x85] = {push_tuple, 1},
    [0x86] = {push_tuple, 2},
    [0x87] = {push_tuple, 3},
    ['t'] = {push_marked, PICKLE_TUPLE},
    [']'] = {push_empty, PICKLE_LIST},
    ['l'] = {push_marked, PICKLE_LIST},
    ['a'] = {append_one, 0},
    ['e'] = {append_marked, 0},
    ['}'] = {push_empty, PICKLE_DICT},
    ['d'] = {push_marked, PICKLE_DICT},
    ['s'] = {set_one, 0},
    ['u'] = {set_marked, 0},
    [0x8f] = {push_empty, PICKLE_SET},
    [0x90] = {append_marked, 0},
    [0x91] = {push_marked, PICKLE_SET},
    /* objects */
    ['c'] = {push_global_line, 0},
    [0x93] = {push_stack_global, 0},
    ['i'] = {push_instance, 0},
    ['o'] = {reduce_marked, 0},
    ['R'] = {reduce, 0},
    [0x81] = {new_object, 0},
    [0x92] = {new_object_with_keywords, 0},
    ['b'] = {build, 0},
    ['P'] = {push_persistent_line, 0},
    ['Q'] = {push_persistent, 0},
};

static enum status run(struct machine *machine, struct pickle_value **root)
{
    while (!machine->has_stopped) {
        const unsigned char *code = NULL;
        TRY(machine_take(machine, 1, &code));
        if (INSTRUCTIONS[*code].run == NULL) {
            return machine_fail(machine, "an unknown instruction");
        }
        TRY(INSTRUCTIONS[*code].run(machine, INSTRUCTIONS[*code].width));
    }
    return machine_pop(machine, root);
}

enum status pickle_read(struct pickle *pickle, const char *path, struct pickle_text source,
                        size_t *used, struct pickle_value **root, struct error *error)
{
    struct machine machine = {.pickle = pickle,
                              .begin = source.bytes,
                              .at = source.bytes,
                              .end = source.bytes + source.size,
                              .error = error};
    pickle->n_source += source.size;
    const enum status status = run(&machine, root);
    *used = (size_t)(machine.at - machine.begin);
    free(machine.stack);
    free(machine.marks);
    free(machine.memo);
    return status == STATUS_OK
               ? STATUS_OK
               : error_prefix(error, status, "%s: bad Python pickle at byte %zu", path, *used);
}
