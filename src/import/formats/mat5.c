/* MATLAB's files of version 5 to 7, what save and SciPy's savemat write when nothing else is asked
 * for. Those of version 7.3 are HDF5. */
#include "import/elements.h"
#include "import/input_file.h"
#include "import/mat5/walk.h"
#include "import/table.h"

#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_SIZE = 128, ENDIAN_PLACE = 126 };

static const uint64_t MAX_SIZE = (uint64_t)1 << 32; /* bytes of a file, all of which are kept */
static const size_t MAX_UNPACKED = (size_t)1 << 32; /* bytes of all that is compressed in it */

/* Memory in which arrays lie: the file, and what was unpacked. */
struct mat5_state {
    unsigned char **blocks;
    size_t n_blocks;
    size_t capacity;
    size_t unpacked; /* bytes */
};

/* Version 4 has no signature: type, rows, columns, whether complex, and length of a name, four
 * bytes each, and the name. */
static bool is_version_4(const unsigned char *head, size_t size)
{
    enum { FIELDS = 20, MOST_TYPE = 4052, LONGEST_NAME = 64 };
    if (size < FIELDS + 2) {
        return false;
    }
    const uint64_t type = bytes_number(head, 4);
    const uint64_t length = bytes_number(head + 16, 4);
    return type <= MOST_TYPE && bytes_number(head + 4, 4) > 0 && bytes_number(head + 8, 4) > 0 &&
           bytes_number(head + 12, 4) <= 1 && length >= 2 && length <= LONGEST_NAME &&
           FIELDS + length <= size && isalpha(head[FIELDS]) != 0 &&
           memchr(head + FIELDS, 0, length) == head + FIELDS + length - 1;
}

static bool detect(const unsigned char *head, size_t size)
{
    static const char TEXT[] = "MATLAB 5.0 MAT-file";
    return (size >= strlen(TEXT) && memcmp(head, TEXT, strlen(TEXT)) == 0) ||
           is_version_4(head, size);
}

/* The block belongs to the state, also when there is no room to note it: then it is freed. */
static enum status keep(struct mat5_state *state, unsigned char *block, struct error *error)
{
    const enum status status = memory_reserve(&state->blocks, &state->capacity, state->n_blocks + 1,
                                              sizeof *state->blocks, error);
    if (status != STATUS_OK) {
        free(block);
        return status;
    }
    state->blocks[state->n_blocks++] = block;
    return STATUS_OK;
}

static enum status bad(const struct import_table *table, struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: damaged or truncated, expected a MATLAB file of version 5 to 7",
                     table->path);
}

static enum status read_file(struct import_table *table, struct mat5_cursor *cursor,
                             struct error *error)
{
    struct input_file file;
    unsigned char *bytes = NULL;
    TRY(input_file_open(&file, table->path, error));
    cursor->size = (size_t)file.size;
    enum status status = file.size < HEAD_SIZE || file.size > MAX_SIZE
                             ? bad(table, error)
                             : memory_array(&bytes, cursor->size, 1, error);
    if (status == STATUS_OK && !input_file_read(&file, 0, bytes, cursor->size)) {
        status = error_set(error, STATUS_INPUT, "%s: cannot read it", table->path);
    }
    input_file_close(&file);
    if (status != STATUS_OK) {
        free(bytes);
        return status;
    }
    cursor->bytes = bytes;
    return keep(table->state, bytes, error);
}

static enum status add_compressed(struct import_table *table, const struct mat5_cursor *from,
                                  const struct mat5_element *element, struct error *error)
{
    struct mat5_state *const state = table->state;
    struct mat5_cursor inner = {.big_endian = from->big_endian};
    struct mat5_element matrix;
    unsigned char *bytes = NULL;
    TRY(mat5_inflate(from, element, MAX_UNPACKED - state->unpacked, &bytes, &inner.size, error));
    if (bytes == NULL) {
        return bad(table, error);
    }
    TRY(keep(state, bytes, error));
    inner.bytes = bytes;
    state->unpacked += inner.size;
    if (!mat5_next(&inner, &matrix) || matrix.type != MAT5_MATRIX) {
        return bad(table, error);
    }
    return mat5_add_matrix(table, &inner, &matrix, NULL, 0, error);
}

static enum status open_mat5(struct import_table *table, struct error *error)
{
    struct mat5_state *state = NULL;
    struct mat5_cursor cursor = {.position = HEAD_SIZE};
    TRY(memory_array(&state, 1, sizeof *state, error));
    table->state = state;
    TRY(read_file(table, &cursor, error));
    if (cursor.bytes == NULL) {
        return bad(table, error);
    }
    if (is_version_4(cursor.bytes, cursor.size)) {
        return error_set(error, STATUS_INPUT,
                         "%s: a MATLAB file of version 4, expected 5 to 7.3: save it with -v7",
                         table->path);
    }
    const unsigned char *const endian = cursor.bytes + ENDIAN_PLACE;
    cursor.big_endian = endian[0] == 'M' && endian[1] == 'I';
    if (!cursor.big_endian && !(endian[0] == 'I' && endian[1] == 'M')) {
        return bad(table, error);
    }
    while (cursor.position < cursor.size) {
        struct mat5_element element;
        if (!mat5_next(&cursor, &element)) {
            return bad(table, error);
        }
        if (element.type == MAT5_COMPRESSED) {
            TRY(add_compressed(table, &cursor, &element, error));
        } else if (element.type == MAT5_MATRIX) {
            TRY(mat5_add_matrix(table, &cursor, &element, NULL, 0, error));
        }
    }
    return STATUS_OK;
}

static enum status load(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *error)
{
    (void)table;
    return mat5_load(array, values, error);
}

static void close_mat5(struct import_table *table)
{
    struct mat5_state *const state = table->state;
    for (size_t i = 0; state != NULL && i < state->n_blocks; i++) {
        free(state->blocks[i]);
    }
    if (state != NULL) {
        free(state->blocks);
        free(state);
    }
}

const struct import_format IMPORT_MAT5 = {
    .name = "MATLAB",
    .detect = detect,
    .open = open_mat5,
    .load = load,
    .close = close_mat5,
};
