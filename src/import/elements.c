#include "import/elements.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 16384 };

static uint64_t number_of(const unsigned char *bytes, size_t size, bool big_endian)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | bytes[big_endian ? i : size - 1 - i];
    }
    return number;
}

uint64_t bytes_number(const unsigned char *bytes, size_t size)
{
    return number_of(bytes, size, false);
}

/* 1 sign bit, 5 of the exponent, 10 of the fraction. */
static double half_value(unsigned bits)
{
    const int exponent = (int)(bits >> 10 & 0x1f);
    const double fraction = (double)(bits & 0x3ff);
    double value = 0.0;
    if (exponent == 0x1f) {
        value = fraction != 0.0 ? (double)NAN : (double)INFINITY;
    } else if (exponent == 0) {
        value = ldexp(fraction, -24);
    } else {
        value = ldexp(1024.0 + fraction, exponent - 25);
    }
    return (bits & 0x8000U) != 0 ? -value : value;
}

static double single_value(uint32_t bits)
{
    float value = 0.0F;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

double element_value(struct element_type type, const unsigned char *bytes)
{
    const uint64_t bits = number_of(bytes, type.size, type.big_endian);
    const uint64_t sign = (uint64_t)1 << (8 * type.size - 1);
    double value = 0.0;
    switch (type.kind) {
    case ELEMENT_FLOAT:
        memcpy(&value, &bits, sizeof value);
        return type.size == 2   ? half_value((unsigned)bits)
               : type.size == 4 ? single_value((uint32_t)bits)
                                : value;
    case ELEMENT_BFLOAT:
        return single_value((uint32_t)(bits << 16));
    case ELEMENT_SIGNED:
        return (bits & sign) != 0 ? -(double)((~bits + 1) & (sign | (sign - 1))) : (double)bits;
    case ELEMENT_UNSIGNED:
        return (double)bits;
    case ELEMENT_BOOL:
        return bits != 0 ? 1.0 : 0.0;
    }
    return (double)NAN;
}

bool elements_read(byte_reader *reader, void *stream, struct element_type type, size_t count,
                   double *values)
{
    unsigned char bytes[CHUNK_BYTES];
    const size_t most = sizeof bytes / type.size;
    for (size_t done = 0; done < count;) {
        const size_t part = count - done < most ? count - done : most;
        if (!reader(stream, bytes, part * type.size)) {
            return false;
        }
        for (size_t i = 0; i < part; i++) {
            values[done + i] = element_value(type, bytes + i * type.size);
        }
        done += part;
    }
    return true;
}

enum status elements_reverse_axes(double *values, const size_t dims[3], struct error *error)
{
    double *copy = NULL;
    size_t from = 0;
    const size_t count = dims[0] * dims[1] * dims[2];
    if (count == 0) { /* of 0 x 2^24 x 2^24 too */
        return STATUS_OK;
    }
    TRY(memory_array(&copy, count, sizeof *copy, error));
    memcpy(copy, values, count * sizeof *copy);
    for (size_t k = 0; k < dims[2]; k++) {
        for (size_t j = 0; j < dims[1]; j++) {
            for (size_t i = 0; i < dims[0]; i++) {
                values[(i * dims[1] + j) * dims[2] + k] = copy[from++];
            }
        }
    }
    free(copy);
    return STATUS_OK;
}
