/* Data elements of MATLAB's files of version 5 to 7, read from memory: a type, a size, and as many
 * bytes. */
#pragma once

#include "core/status.h"
#include "import/elements.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAT5_MATRIX = 14, MAT5_COMPRESSED = 15 };

struct mat5_element {
    unsigned type; /* 1 to 13 of numbers, 16 to 18 of text, MAT5_ above */
    const unsigned char *data;
    size_t size; /* bytes of data */
};

struct mat5_cursor {
    const unsigned char *bytes;
    size_t size;
    size_t position; /* of the next element */
    bool big_endian;
};

/* Takes the next element. False at the end, and for one that is not all there. */
bool mat5_next(struct mat5_cursor *cursor, struct mat5_element *element);

/* Whole number `index` of 4 bytes. */
uint32_t mat5_number(const struct mat5_cursor *cursor, const struct mat5_element *element,
                     size_t index);

/* How the numbers of an element are stored; false for what has none. */
bool mat5_type(const struct mat5_cursor *cursor, const struct mat5_element *element,
               struct element_type *type);

/* Unpacks a compressed element, which holds one other element. *bytes is released by free(), and is
 * NULL for what is damaged, or claims more than `limit` bytes or than so few unpack to.
 * STATUS_INTERNAL without memory. Local. */
MUST_CHECK enum status mat5_inflate(const struct mat5_cursor *cursor,
                                    const struct mat5_element *element, size_t limit,
                                    unsigned char **bytes, size_t *size, struct error *error);
