#include "import/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC_SIZE = 8, TEXT_SIZE = 32, MAX_ITEM = 4096 };

/* The rest of a Python literal. */
struct literal {
    const char *at;
    const char *end;
};

static char peek(struct literal *literal)
{
    while (literal->at < literal->end && strchr(" \t\r\n", *literal->at) != NULL &&
           *literal->at != '\0') {
        literal->at++;
    }
    if (literal->at == literal->end) {
        return '\0';
    }
    return *literal->at;
}

static bool take(struct literal *literal, char expected)
{
    if (peek(literal) != expected || literal->at == literal->end) {
        return false;
    }
    literal->at++;
    return true;
}

/* 'text' or "text" without escapes, shorter than TEXT_SIZE. */
static bool take_string(struct literal *literal, char text[TEXT_SIZE])
{
    size_t length = 0;
    const char quote = peek(literal);
    if ((quote != '\'' && quote != '"') || !take(literal, quote)) {
        return false;
    }
    while (literal->at < literal->end && *literal->at != quote) {
        if (*literal->at == '\\' || length + 1 >= TEXT_SIZE) {
            return false;
        }
        text[length++] = *literal->at++;
    }
    text[length] = '\0';
    return take(literal, quote);
}

static bool take_word(struct literal *literal, const char *word)
{
    const size_t length = strlen(word);
    (void)peek(literal);
    if ((size_t)(literal->end - literal->at) < length || memcmp(literal->at, word, length) != 0) {
        return false;
    }
    literal->at += length;
    return true;
}

static bool take_number(struct literal *literal, uint64_t *number)
{
    *number = 0;
    if (peek(literal) < '0' || *literal->at > '9') {
        return false;
    }
    for (; literal->at < literal->end && *literal->at >= '0' && *literal->at <= '9';
         literal->at++) {
        if (__builtin_mul_overflow(*number, (uint64_t)10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(*literal->at - '0'), number)) {
            return false;
        }
    }
    (void)take_word(literal, "L"); /* Python 2 */
    return true;
}

static bool take_shape(struct literal *literal, struct npy_header *header)
{
    header->rank = 0;
    header->count = 1;
    if (!take(literal, '(')) {
        return false;
    }
    while (!take(literal, ')')) {
        uint64_t *const dim = &header->dims[header->rank];
        if (header->rank + 1 > NPY_MAX_RANK - 1 || !take_number(literal, dim) ||
            __builtin_mul_overflow(header->count, *dim, &header->count)) {
            return false;
        }
        header->rank++;
        if (!take(literal, ',') && peek(literal) != ')') {
            return false;
        }
    }
    return true;
}

/* A list of fields: nothing of it is needed. */
static bool skip_list(struct literal *literal)
{
    int depth = 0;
    do {
        const char next = peek(literal);
        char word[TEXT_SIZE];
        if (literal->at == literal->end) {
            return false;
        }
        if (next == '\'' || next == '"') {
            if (!take_string(literal, word)) {
                return false;
            }
            continue;
        }
        depth += (next == '[' || next == '(') - (next == ']' || next == ')');
        literal->at++;
    } while (depth > 0);
    return true;
}

static bool take_dtype(struct literal *literal, struct npy_header *header)
{
    if (peek(literal) == '[') {
        (void)snprintf(header->dtype, sizeof header->dtype, "record");
        return skip_list(literal);
    }
    return take_string(literal, header->dtype);
}

static bool take_order(struct literal *literal, struct npy_header *header)
{
    header->fortran_order = take_word(literal, "True");
    return header->fortran_order || take_word(literal, "False");
}

/* One key and its value; the bit of the key goes to *seen. */
static bool take_entry(struct literal *literal, struct npy_header *header, unsigned *seen)
{
    static const struct {
        const char *name;
        bool (*take)(struct literal *literal, struct npy_header *header);
    } KEYS[] = {{"descr", take_dtype}, {"fortran_order", take_order}, {"shape", take_shape}};
    char key[TEXT_SIZE];
    if (!take_string(literal, key) || !take(literal, ':')) {
        return false;
    }
    for (unsigned i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++) {
        if (strcmp(KEYS[i].name, key) == 0 && (*seen & 1U << i) == 0) {
            *seen |= 1U << i;
            return KEYS[i].take(literal, header);
        }
    }
    return false;
}

/* ---- dtypes ---- */

static const struct {
    char letter;
    enum npy_content content;
    enum element_kind kind;
    size_t unit;       /* bytes per count of the dtype: 4 for U */
    const char *sizes; /* that numbers may have */
} LETTERS[] = {
    {'f', NPY_NUMBERS, ELEMENT_FLOAT, 1, "248"},     {'i', NPY_NUMBERS, ELEMENT_SIGNED, 1, "1248"},
    {'u', NPY_NUMBERS, ELEMENT_UNSIGNED, 1, "1248"}, {'b', NPY_NUMBERS, ELEMENT_BOOL, 1, "1"},
    {'S', NPY_TEXT, ELEMENT_UNSIGNED, 1, NULL},      {'U', NPY_TEXT, ELEMENT_UNSIGNED, 4, NULL},
};

/* byte order, letter, size: "<f8", "|O", ">U12" */
void npy_read_dtype(struct npy_header *header)
{
    const char *const dtype = header->dtype;
    header->content = NPY_OTHER;
    header->item_size = 0;
    if (dtype[0] == '\0' || strchr("<>=|", dtype[0]) == NULL || dtype[1] == '\0') {
        return;
    }
    if (dtype[1] == 'O') {
        header->content = NPY_OBJECTS;
        return;
    }
    char *end = NULL;
    const unsigned long size = strtoul(dtype + 2, &end, 10);
    for (size_t i = 0; i < sizeof LETTERS / sizeof LETTERS[0]; i++) {
        const bool fits =
            dtype[1] == LETTERS[i].letter && end != dtype + 2 && *end == '\0' && size <= MAX_ITEM;
        const char digit[] = {(char)('0' + size % 10), '\0'};
        if (fits && (LETTERS[i].sizes == NULL ||
                     (size < 10 && size > 0 && strpbrk(LETTERS[i].sizes, digit) != NULL))) {
            header->content = LETTERS[i].content;
            header->item_size = size * LETTERS[i].unit;
            header->type = (struct element_type){LETTERS[i].kind,
                                                 LETTERS[i].sizes != NULL ? size : LETTERS[i].unit,
                                                 dtype[0] == '>'};
        }
    }
}

/* ---- headers ---- */

bool npy_parse_header(struct npy_header *header, const char *text, size_t length)
{
    struct literal literal = {text, text + length};
    unsigned seen = 0;
    if (!take(&literal, '{')) {
        return false;
    }
    while (!take(&literal, '}')) {
        if (!take_entry(&literal, header, &seen) ||
            (!take(&literal, ',') && peek(&literal) != '}')) {
            return false;
        }
    }
    (void)peek(&literal);
    if (seen != 7 || literal.at != literal.end) {
        return false;
    }
    npy_read_dtype(header);
    return true;
}

bool npy_read_header(struct npy_header *header, byte_reader *reader, void *stream)
{
    unsigned char magic[MAGIC_SIZE];
    unsigned char length_bytes[4] = {0};
    *header = (struct npy_header){0};
    if (!reader(stream, magic, sizeof magic) || memcmp(magic, "\x93NUMPY", 6) != 0 ||
        magic[6] < 1 || magic[6] > 3) {
        return false;
    }
    const size_t length_size = magic[6] == 1 ? 2 : 4;
    if (!reader(stream, length_bytes, length_size)) {
        return false;
    }
    const size_t length = (size_t)bytes_number(length_bytes, length_size);
    if (length > NPY_MAX_HEADER) {
        return false;
    }
    char *const text = malloc(length + 1);
    const bool good =
        text != NULL && reader(stream, text, length) && npy_parse_header(header, text, length);
    free(text);
    header->header_size = MAGIC_SIZE + length_size + length;
    return good;
}
