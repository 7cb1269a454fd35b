/* What a stored value is. Whoever computes a value declares it, once: creation, writing, checksums,
 * resume, verify, pooling, tables and the manual read the declaration. Knows no HDF5. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sweep;

enum value_type {
    VALUE_F64,
    VALUE_I64,
    VALUE_I32,
    VALUE_U64,
    VALUE_U16,
    VALUE_U8,
    VALUE_I8,
    VALUE_TEXT, /* UTF-8, of labels alone: never changed after creation */
    VALUE_TYPE_COUNT
};

/* How a value looks that was never written. FILL_MARKED is -1, or 255 of VALUE_U8, with an
 * attribute _FillValue. */
enum fill { FILL_NAN, FILL_ZERO, FILL_MARKED };

enum { VARIABLE_AXES_MAX = 3, VARIABLE_NAME_SIZE = 64 };

/* The label of one place on an axis, or of one case; which member counts is told by the type. */
struct label {
    int64_t integer;
    double real;
    const char *text; /* borrowed from the sweep, or a constant */
};

struct axis {
    const char *name;
    const char *long_name;
    enum value_type type; /* of its labels: VALUE_I64, VALUE_F64 or VALUE_TEXT */
    /* With 0 neither the axis nor any variable over it is in the file. */
    int64_t (*length)(const struct sweep *sweep);
    struct label (*label)(const struct sweep *sweep, int64_t i);
};

/* A variable of a case, over up to three axes; arrays are row-major. Lists of variables end with
 * one whose name is NULL. */
struct variable {
    const char *name;
    const char *units;     /* "1" without; "s" marks a time: no part of checksums and comparisons */
    const char *long_name; /* one line */
    enum value_type type;
    enum fill fill;
    const struct axis *axes[VARIABLE_AXES_MAX]; /* after `case`; NULL where there is none */
};

/* A number without units, NaN where it is missing, over the axes that are named, or NULL. */
#define VARIABLE_REAL(name, long_name, ...)                                                        \
    {                                                                                              \
        name, "1", long_name, VALUE_F64, FILL_NAN,                                                 \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* Bytes of one number; 0 for VALUE_TEXT and VALUE_TYPE_COUNT. */
size_t value_size(enum value_type type);

/* Writes `count` missing values. */
void variable_fill(const struct variable *variable, void *values, size_t count);

/* Values for one case, 0 when one of its axes has no length. */
size_t variable_count(const struct variable *variable, const struct sweep *sweep);

/* Whether it is a time, which no two runs share. */
bool variable_is_time(const struct variable *variable);

/* Length of a list. */
int variables_count(const struct variable *list);
