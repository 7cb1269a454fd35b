/* Instructions of protocol 0, whose arguments are lines of text. */
#include "import/pickle/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 64 };

/* A line that holds a number, with a NUL behind it; false when it is too long for one. */
static bool copy_line(struct pickle_text line, char text[NUMBER_SIZE])
{
    if (line.size == 0 || line.size >= NUMBER_SIZE) {
        return false;
    }
    memcpy(text, line.bytes, line.size);
    text[line.size] = '\0';
    return strlen(text) == line.size;
}

static enum status push_digits(struct machine *machine, struct pickle_text line)
{
    char text[NUMBER_SIZE];
    char *end = NULL;
    struct pickle_value *value = NULL;
    errno = 0;
    const long long number = copy_line(line, text) ? strtoll(text, &end, 10) : 0;
    if (end != NULL && *end == '\0' && end != text && errno == 0) {
        TRY(machine_push_new(machine, PICKLE_INT, &value));
        value->integer = number;
        return STATUS_OK;
    }
    for (size_t i = 0; i < line.size; i++) {
        if ((line.bytes[i] < '0' || line.bytes[i] > '9') && !(i == 0 && line.bytes[i] == '-')) {
            return machine_fail(machine, "a line that is no whole number");
        }
    }
    TRY(machine_push_new(machine, PICKLE_LONG, &value));
    value->text = line;
    return STATUS_OK;
}

/* "00" and "01" are the truth values of protocols 0 and 1. */
enum status push_int_line(struct machine *machine, size_t width)
{
    struct pickle_text line;
    TRY(machine_line(machine, &line));
    if (line.size == 2 && line.bytes[0] == '0' && (line.bytes[1] == '0' || line.bytes[1] == '1')) {
        return line.bytes[1] == '1' ? push_true(machine, width) : push_false(machine, width);
    }
    return push_digits(machine, line);
}

enum status push_long_line(struct machine *machine, size_t width)
{
    struct pickle_text line;
    (void)width;
    TRY(machine_line(machine, &line));
    line.size -= line.size > 0 && line.bytes[line.size - 1] == 'L';
    return push_digits(machine, line);
}

enum status push_float_line(struct machine *machine, size_t width)
{
    char text[NUMBER_SIZE];
    char *end = NULL;
    struct pickle_text line;
    struct pickle_value *value = NULL;
    (void)width;
    TRY(machine_line(machine, &line));
    const double number = copy_line(line, text) ? strtod(text, &end) : 0.0;
    if (end == NULL || end == text || *end != '\0') {
        return machine_fail(machine, "a line that is no number");
    }
    TRY(machine_push_new(machine, PICKLE_FLOAT, &value));
    value->real = number;
    return STATUS_OK;
}

/* ---- texts with escapes ---- */

static int hex_value(unsigned char digit)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *const at = digit != '\0' ? strchr(DIGITS, digit | 0x20) : NULL;
    return at != NULL && digit >= '0' ? (int)(at - DIGITS) : -1;
}

/* `count` hexadecimal digits; false when they are not there. */
static bool take_hex(const unsigned char **at, const unsigned char *end, size_t count,
                     uint32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < count; i++, ++*at) {
        const int digit = *at < end ? hex_value(**at) : -1;
        if (digit < 0) {
            return false;
        }
        *number = *number << 4 | (uint32_t)digit;
    }
    return true;
}

/* One character as UTF-8; at most 4 bytes. */
static size_t encode_utf8(uint32_t code, unsigned char *out)
{
    if (code < 0x80) {
        out[0] = (unsigned char)code;
        return 1;
    }
    const size_t size = code < 0x800 ? 2 : (code < 0x10000 ? 3 : 4);
    static const unsigned char FIRST[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i-- > 1; code >>= 6) {
        out[i] = (unsigned char)(0x80 | (code & 0x3f));
    }
    out[0] = (unsigned char)(FIRST[size] | code);
    return size;
}

static enum status push_decoded(struct machine *machine, enum pickle_kind kind,
                                const unsigned char *bytes, size_t size)
{
    struct pickle_value *value = NULL;
    TRY(machine_push_new(machine, kind, &value));
    value->text = (struct pickle_text){bytes, size};
    return STATUS_OK;
}

/* The character behind a backslash, as Python's repr writes it. */
static bool take_escape(const unsigned char **at, const unsigned char *end, unsigned char *byte)
{
    static const char NAMES[] = "\\'\"abfnrtv";
    static const char BYTES[] = "\\'\"\a\b\f\n\r\t\v";
    uint32_t number = 0;
    if (*at == end || **at == '\0') {
        return false;
    }
    const unsigned char name = *(*at)++;
    const char *const found = strchr(NAMES, name);
    if (found != NULL) {
        *byte = (unsigned char)BYTES[found - NAMES];
        return true;
    }
    if (name != 'x' || !take_hex(at, end, 2, &number)) {
        return false;
    }
    *byte = (unsigned char)number;
    return true;
}

/* A str of Python 2 between quotes. */
enum status push_string_line(struct machine *machine, size_t width)
{
    struct pickle_text line;
    unsigned char *text = NULL;
    size_t size = 0;
    (void)width;
    TRY(machine_line(machine, &line));
    if (line.size < 2 || (line.bytes[0] != '\'' && line.bytes[0] != '"') ||
        line.bytes[line.size - 1] != line.bytes[0]) {
        return machine_fail(machine, "a string without quotes");
    }
    TRY(arena_text(machine->pickle, line.size, line.size, &text, machine->error));
    const unsigned char *at = line.bytes + 1;
    const unsigned char *const end = line.bytes + line.size - 1;
    while (at < end) {
        text[size] = *at++;
        if (text[size] == '\\' && !take_escape(&at, end, &text[size])) {
            return machine_fail(machine, "a string with a bad escape");
        }
        size++;
    }
    return push_decoded(machine, PICKLE_BYTES, text, size);
}

/* Latin-1 with \uXXXX and \UXXXXXXXX; as UTF-8, a byte may become two. */
enum status push_unicode_line(struct machine *machine, size_t width)
{
    struct pickle_text line;
    unsigned char *text = NULL;
    size_t size = 0;
    (void)width;
    TRY(machine_line(machine, &line));
    TRY(arena_text(machine->pickle, line.size, 2 * line.size, &text, machine->error));
    const unsigned char *at = line.bytes;
    const unsigned char *const end = line.bytes + line.size;
    while (at < end) {
        uint32_t code = *at++;
        if (code == '\\' && at < end && (*at == 'u' || *at == 'U')) {
            const size_t digits = *at == 'u' ? 4 : 8;
            at++;
            if (!take_hex(&at, end, digits, &code) || code > 0x10ffff) {
                return machine_fail(machine, "a text with a bad escape");
            }
        }
        size += encode_utf8(code, text + size);
    }
    return push_decoded(machine, PICKLE_STR, text, size);
}
