#include "import/pickle/machine.h"

#include "core/memory.h"

#include <string.h>

enum status machine_fail(const struct machine *machine, const char *message)
{
    (void)error_set(machine->error, STATUS_INPUT, "%s", message);
    return STATUS_INPUT;
}

enum status machine_take(struct machine *machine, size_t size, const unsigned char **bytes)
{
    if (size > (size_t)(machine->end - machine->at)) {
        return machine_fail(machine, "the data end in the middle, expected all of a pickle");
    }
    *bytes = machine->at;
    machine->at += size;
    return STATUS_OK;
}

enum status machine_number(struct machine *machine, size_t width, uint64_t *number)
{
    const unsigned char *bytes = NULL;
    *number = 0;
    TRY(machine_take(machine, width, &bytes));
    for (size_t i = 0; i < width; i++) {
        *number |= (uint64_t)bytes[i] << (8 * i);
    }
    return STATUS_OK;
}

enum status machine_line(struct machine *machine, struct pickle_text *line)
{
    const unsigned char *const begin = machine->at;
    const size_t left = (size_t)(machine->end - begin);
    const unsigned char *const end = left > 0 ? memchr(begin, '\n', left) : NULL;
    if (end == NULL) {
        return machine_fail(machine, "the data end in the middle of a line");
    }
    *line = (struct pickle_text){begin, (size_t)(end - begin)};
    machine->at = end + 1;
    return STATUS_OK;
}

enum status machine_push(struct machine *machine, struct pickle_value *value)
{
    if (machine->n_stack >= PICKLE_MAX_VALUES) {
        return machine_fail(machine, "a stack of too many values, expected a model's");
    }
    TRY(memory_reserve(&machine->stack, &machine->stack_capacity, machine->n_stack + 1,
                       sizeof(struct pickle_value *), machine->error));
    machine->stack[machine->n_stack++] = value;
    return STATUS_OK;
}

enum status machine_push_new(struct machine *machine, enum pickle_kind kind,
                             struct pickle_value **value)
{
    TRY(arena_value(machine->pickle, kind, value, machine->error));
    return machine_push(machine, *value);
}

enum status machine_top(struct machine *machine, struct pickle_value **value)
{
    const size_t floor = machine->n_marks > 0 ? machine->marks[machine->n_marks - 1] : 0;
    if (machine->n_stack <= floor) {
        return machine_fail(machine, "an instruction lacks its values");
    }
    *value = machine->stack[machine->n_stack - 1];
    return STATUS_OK;
}

enum status machine_pop(struct machine *machine, struct pickle_value **value)
{
    TRY(machine_top(machine, value));
    machine->n_stack--;
    return STATUS_OK;
}

enum status machine_pop_mark(struct machine *machine, struct pickle_value ***items, size_t *count)
{
    if (machine->n_marks == 0) {
        return machine_fail(machine, "an instruction lacks its mark");
    }
    const size_t height = machine->marks[--machine->n_marks];
    *count = machine->n_stack - height;
    *items = machine->stack != NULL ? machine->stack + height : NULL;
    machine->n_stack = height;
    return STATUS_OK;
}
