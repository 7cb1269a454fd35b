#include "import/mat5/walk.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DEPTH = 16,
    MAX_AXES = 32,
    CLASS_STRUCT = 2,
    CLASS_CHAR = 4,
    CLASS_SPARSE = 5,
    CLASS_DOUBLE = 6,  /* those of numbers begin here, */
    CLASS_UINT64 = 15, /* and end here */
    FLAG_COMPLEX = 0x800,
    TEXT_SIZE = 4097
};

struct mat5_place {
    struct element_type type;
    const unsigned char *data;
};

/* What stands before the values of a matrix. */
struct matrix {
    unsigned class;
    bool is_complex;
    int rank;
    uint64_t dims[MAX_AXES];
    uint64_t count;
    char name[IMPORT_NAME_LENGTH + 2]; /* with room for one byte more, too long stays too long */
    struct mat5_cursor rest;           /* its values, or its fields */
};

/* ---- heads ---- */

static bool read_dims(struct matrix *matrix, const struct mat5_element *dims)
{
    if (dims->type != 5 || dims->size % 4 != 0 || dims->size / 4 > MAX_AXES) {
        return false;
    }
    matrix->rank = (int)(dims->size / 4);
    matrix->count = 1;
    for (int i = 0; i < matrix->rank; i++) {
        matrix->dims[i] = mat5_number(&matrix->rest, dims, (size_t)i);
        if (matrix->dims[i] > INT32_MAX ||
            __builtin_mul_overflow(matrix->count, matrix->dims[i], &matrix->count)) {
            return false;
        }
    }
    return true;
}

static bool read_head(struct matrix *matrix)
{
    struct mat5_element flags;
    struct mat5_element dims;
    struct mat5_element name;
    struct mat5_cursor *const cursor = &matrix->rest;
    if (!mat5_next(cursor, &flags) || flags.type != 6 || flags.size < 4 ||
        !mat5_next(cursor, &dims) || !read_dims(matrix, &dims) || !mat5_next(cursor, &name)) {
        return false;
    }
    const uint32_t word = mat5_number(cursor, &flags, 0);
    matrix->class = word & 0xff;
    matrix->is_complex = (word & FLAG_COMPLEX) != 0;
    (void)snprintf(matrix->name, sizeof matrix->name, "%.*s",
                   (int)(name.size < sizeof matrix->name ? name.size : sizeof matrix->name - 1),
                   (const char *)name.data);
    return true;
}

/* ---- values ---- */

static enum status damaged(const struct import_table *table, const char *name, struct error *error)
{
    return error_set(error, STATUS_INPUT, "%s: damaged or truncated array %s", table->path,
                     name != NULL ? name : "");
}

static const char *problem_of(const struct matrix *matrix)
{
    if (matrix->class == CLASS_SPARSE) {
        return "it is sparse: save full(X)";
    }
    if (matrix->is_complex) {
        return "it is complex";
    }
    return matrix->class >= CLASS_DOUBLE && matrix->class <= CLASS_UINT64
               ? NULL
               : "it is a cell, string, table or object of MATLAB, expected numbers or char";
}

static enum status add_numbers(struct import_table *table, struct matrix *matrix, const char *name,
                               struct error *error)
{
    struct mat5_element values;
    struct element_type type = {.size = 1};
    struct mat5_place *place = NULL;
    const char *const problem = problem_of(matrix);
    if (problem != NULL) {
        return import_table_add(table, name, 0, NULL, problem, NULL, error);
    }
    if (!mat5_next(&matrix->rest, &values) || !mat5_type(&matrix->rest, &values, &type) ||
        values.size / type.size != matrix->count || values.size % type.size != 0) {
        return damaged(table, name, error);
    }
    TRY(memory_array(&place, 1, sizeof *place, error));
    *place = (struct mat5_place){type, values.data};
    return import_table_add(table, name, matrix->rank, matrix->dims, NULL, place, error);
}

/* A row or column of letters; what is no ASCII in it becomes '?'. */
static enum status add_text(struct import_table *table, struct matrix *matrix, const char *name,
                            struct error *error)
{
    char text[TEXT_SIZE] = "";
    struct mat5_element letters;
    struct element_type type = {.size = 1};
    const bool is_line = matrix->rank == 2 && (matrix->dims[0] == 1 || matrix->dims[1] == 1);
    if (!is_line) {
        return import_table_add(table, name, 0, NULL, "it is text of several rows", NULL, error);
    }
    if (!mat5_next(&matrix->rest, &letters) || !mat5_type(&matrix->rest, &letters, &type)) {
        return damaged(table, name, error);
    }
    for (size_t i = 0; i < letters.size / type.size && i + 1 < sizeof text; i++) {
        const double letter = element_value(type, letters.data + i * type.size);
        text[i] = (char)(letter > 0.0 && letter < 128.0 ? (int)letter : '?');
    }
    return import_table_note(table, name, text, error);
}

/* ---- structs ---- */

/* The length of a field's name, then all names, then the matrices. */
static enum status add_fields(struct import_table *table, struct matrix *matrix, const char *name,
                              int depth, struct error *error)
{
    struct mat5_element length;
    struct mat5_element names;
    struct mat5_cursor *const cursor = &matrix->rest;
    if (matrix->count != 1) {
        return import_table_add(table, name, 0, NULL, "it is an array of structs", NULL, error);
    }
    if (depth == MAX_DEPTH) {
        return error_set(error, STATUS_INPUT, "%s: structs nested deeper than %d: %s", table->path,
                         MAX_DEPTH, name);
    }
    if (!mat5_next(cursor, &length) || length.size != 4 || !mat5_next(cursor, &names)) {
        return damaged(table, name, error);
    }
    const size_t width = mat5_number(cursor, &length, 0);
    for (size_t i = 0; width > 0 && i < names.size / width; i++) {
        char inner[2 * (IMPORT_NAME_LENGTH + 2)];
        struct mat5_element field;
        const char *const own = (const char *)names.data + i * width;
        const size_t size = strnlen(own, width);
        (void)snprintf(inner, sizeof inner, "%s.%.*s", name,
                       (int)(size <= IMPORT_NAME_LENGTH ? size : IMPORT_NAME_LENGTH + 1), own);
        if (!mat5_next(cursor, &field) || field.type != MAT5_MATRIX) {
            return damaged(table, inner, error);
        }
        TRY(mat5_add_matrix(table, cursor, &field, inner, depth + 1, error));
    }
    return STATUS_OK;
}

enum status mat5_add_matrix(struct import_table *table, const struct mat5_cursor *from,
                            const struct mat5_element *element, const char *name, int depth,
                            struct error *error)
{
    struct matrix matrix = {
        .rest = {.bytes = element->data, .size = element->size, .big_endian = from->big_endian}};
    if (element->size == 0) { /* an empty field */
        return STATUS_OK;
    }
    if (!read_head(&matrix)) {
        return damaged(table, name, error);
    }
    name = name != NULL ? name : matrix.name;
    if (name[0] == '\0' || matrix.count == 0) { /* what objects refer to; an empty array */
        return STATUS_OK;
    }
    if (strlen(name) > IMPORT_NAME_LENGTH) {
        return error_set(error, STATUS_INPUT, "%s: a name of more than %d bytes", table->path,
                         IMPORT_NAME_LENGTH);
    }
    return matrix.class == CLASS_STRUCT ? add_fields(table, &matrix, name, depth, error)
           : matrix.class == CLASS_CHAR ? add_text(table, &matrix, name, error)
                                        : add_numbers(table, &matrix, name, error);
}

enum status mat5_load(const struct import_array *array, double *values, struct error *error)
{
    const struct mat5_place *const place = array->place;
    for (size_t i = 0; i < array->count; i++) {
        values[i] = element_value(place->type, place->data + i * place->type.size);
    }
    return elements_reverse_axes(values, array->dims, error);
}
