/* Numbers as other programs store them, and streams of them, as double. */
#pragma once

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum element_kind {
    ELEMENT_FLOAT,  /* IEEE 754, 2, 4 or 8 bytes */
    ELEMENT_BFLOAT, /* the upper half of a float of 4 bytes */
    ELEMENT_SIGNED, /* two's complement, 1 to 8 bytes */
    ELEMENT_UNSIGNED,
    ELEMENT_BOOL /* 1 byte, 0 or not */
};

struct element_type {
    enum element_kind kind;
    size_t size; /* bytes; 1, 2, 4 or 8 */
    bool big_endian;
};

/* Reads exactly `size` bytes of a stream; false when they cannot be had. */
typedef bool byte_reader(void *stream, void *bytes, size_t size);

/* Little-endian unsigned number of 1 to 8 bytes. */
uint64_t bytes_number(const unsigned char *bytes, size_t size);

/* One stored number; a whole number above 2^53 is rounded. */
double element_value(struct element_type type, const unsigned char *bytes);

/* The next `count` elements of a stream into values[count]; false when the stream ends early. */
bool elements_read(byte_reader *reader, void *stream, struct element_type type, size_t count,
                   double *values);

/* Values of an array [dims[0], dims[1], dims[2]] whose first axis varies fastest, as Fortran and
 * MATLAB have them, become those whose last axis does. STATUS_INTERNAL without memory. */
MUST_CHECK enum status elements_reverse_axes(double *values, const size_t dims[3],
                                             struct error *error);
