/* Instructions that push numbers and texts. */
#include "import/pickle/machine.h"

#include <string.h>

static enum status push_integer(struct machine *machine, enum pickle_kind kind, int64_t integer)
{
    struct pickle_value *value = NULL;
    TRY(machine_push_new(machine, kind, &value));
    value->integer = integer;
    return STATUS_OK;
}

enum status push_none(struct machine *machine, size_t width)
{
    struct pickle_value *value = NULL;
    (void)width;
    return machine_push_new(machine, PICKLE_NONE, &value);
}

enum status push_true(struct machine *machine, size_t width)
{
    (void)width;
    return push_integer(machine, PICKLE_BOOL, 1);
}

enum status push_false(struct machine *machine, size_t width)
{
    (void)width;
    return push_integer(machine, PICKLE_BOOL, 0);
}

enum status push_unsigned(struct machine *machine, size_t width)
{
    uint64_t number = 0;
    TRY(machine_number(machine, width, &number));
    return push_integer(machine, PICKLE_INT, (int64_t)number);
}

enum status push_signed(struct machine *machine, size_t width)
{
    uint64_t number = 0;
    TRY(machine_number(machine, width, &number));
    return push_integer(machine, PICKLE_INT, (int32_t)(uint32_t)number);
}

/* Two's complement of any length. */
enum status push_long(struct machine *machine, size_t width)
{
    uint64_t size = 0;
    const unsigned char *bytes = NULL;
    struct pickle_value *value = NULL;
    TRY(machine_number(machine, width, &size));
    TRY(machine_take(machine, (size_t)size, &bytes));
    if (size > sizeof(uint64_t)) {
        TRY(machine_push_new(machine, PICKLE_LONG, &value));
        value->text = (struct pickle_text){bytes, (size_t)size};
        return STATUS_OK;
    }
    uint64_t number = size > 0 && (bytes[size - 1] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = (size_t)size; i-- > 0;) {
        number = number << 8 | bytes[i];
    }
    return push_integer(machine, PICKLE_INT, (int64_t)number);
}

/* Big-endian. */
enum status push_float(struct machine *machine, size_t width)
{
    const unsigned char *bytes = NULL;
    struct pickle_value *value = NULL;
    uint64_t bits = 0;
    TRY(machine_take(machine, width, &bytes));
    for (size_t i = 0; i < width; i++) {
        bits = bits << 8 | bytes[i];
    }
    TRY(machine_push_new(machine, PICKLE_FLOAT, &value));
    memcpy(&value->real, &bits, sizeof bits);
    return STATUS_OK;
}

static enum status push_counted(struct machine *machine, size_t width, enum pickle_kind kind)
{
    uint64_t size = 0;
    const unsigned char *bytes = NULL;
    struct pickle_value *value = NULL;
    TRY(machine_number(machine, width, &size));
    TRY(machine_take(machine, (size_t)size, &bytes));
    TRY(machine_push_new(machine, kind, &value));
    value->text = (struct pickle_text){bytes, (size_t)size};
    return STATUS_OK;
}

enum status push_text(struct machine *machine, size_t width)
{
    return push_counted(machine, width, PICKLE_STR);
}

enum status push_bytes(struct machine *machine, size_t width)
{
    return push_counted(machine, width, PICKLE_BYTES);
}
