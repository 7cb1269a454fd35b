/* The named arrays of a file of weights, whatever its format. Names and shapes are known when the
 * table is open; values are read when they are asked for. */
#pragma once

#include "core/status.h"

#include <stddef.h>

enum {
    IMPORT_MAX_RANK = 3,
    IMPORT_MAX_ENTRIES = 16384,
    IMPORT_MAX_TEXT = 1 << 26, /* bytes of all notes: many may be one text of the file */
    IMPORT_NAME_LENGTH = 255,
    IMPORT_SHAPE_SIZE = 80
};

struct import_array {
    char *name;
    char *stored_name;            /* in the file, where it is called otherwise here; or NULL */
    int rank;                     /* 0 to IMPORT_MAX_RANK */
    size_t dims[IMPORT_MAX_RANK]; /* 1 beyond the rank */
    size_t count;                 /* product of dims */
    char *unreadable;             /* why its values cannot be had, or NULL */
    double *values;               /* [count] row-major; NULL until import_table_load */
    void *place;                  /* where its values lie, for the format; freed with the table */
    bool used;                    /* part of the model */
    bool ignored;                 /* not looked at, as the user wants */
};

/* What a file says in words: metadata, attributes, arrays of one string. */
struct import_note {
    char *key;
    char *text;
    bool ignored;
};

struct import_format;

struct import_table {
    const char *path; /* borrowed */
    const struct import_format *format;
    void *state; /* of the format */
    struct import_array *arrays;
    size_t n_arrays;
    size_t array_capacity;
    struct import_note *notes;
    size_t n_notes;
    size_t note_capacity;
    size_t n_text; /* bytes in notes */
};

/* One file format: a const struct in a file of its own; formats.def names them all. */
struct import_format {
    const char *name;
    /* By the first `size` bytes of the file, at most 512. */
    bool (*detect)(const unsigned char *head, size_t size);
    /* Adds every array and note. On failure the table is released with what it has. */
    enum status (*open)(struct import_table *table, struct error *error);
    /* Values of a readable array into values[count]. */
    enum status (*load)(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *error);
    /* Releases table->state, which may be NULL. */
    void (*close)(struct import_table *table);
};

/* All formats, NULL at the end. */
extern const struct import_format *const IMPORT_FORMATS[];

/* Opens a file by its content. STATUS_INPUT for what no format knows, for a damaged file, for two
 * entries of one name. On success released by import_table_release. `path` must outlive the table.
 * Local. */
MUST_CHECK enum status import_table_open(struct import_table *table, const char *path,
                                         struct error *error);
void import_table_release(struct import_table *table);

/* For formats: a new entry. `place` (from malloc, may be NULL) belongs to the table in any case;
 * `unreadable` is copied. An array of a rank or size that nothing here needs becomes unreadable. */
MUST_CHECK enum status import_table_add(struct import_table *table, const char *name, int rank,
                                        const uint64_t *dims, const char *unreadable, void *place,
                                        struct error *error);
MUST_CHECK enum status import_table_note(struct import_table *table, const char *key,
                                         const char *text, struct error *error);

/* A new array [rows, columns], or [rows] where columns is 0, of zeros, whose values are computed
 * from others. The arrays before it may move, their values do not. */
MUST_CHECK enum status import_table_compute(struct import_table *table, const char *name,
                                            size_t rows, size_t columns, double **values,
                                            struct error *error);

/* The array of exactly that name, or else of that name in the file, or NULL. */
struct import_array *import_table_find(const struct import_table *table, const char *name);

/* Makes array->values valid. STATUS_INPUT names the array when it cannot be read or holds a NaN or
 * Inf. */
MUST_CHECK enum status import_table_load(const struct import_table *table,
                                         struct import_array *array, struct error *error);

/* "64 x 3", "64", "scalar"; returns text. */
const char *import_array_shape(const struct import_array *array, char text[IMPORT_SHAPE_SIZE]);
