/* Safetensors: a header's length in 8 bytes, little-endian; the header, JSON; the data. */
#include "import/elements.h"
#include "import/input_file.h"
#include "import/table.h"

#include "core/memory.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_SIZE = 8, MAX_HEADER = 16 << 20, MAX_AXES = 32, REASON_SIZE = 160 };

struct safetensors {
    struct input_file file;
    uint64_t data; /* where the data begin */
};

struct tensor_place {
    uint64_t offset; /* in the file */
    struct element_type type;
};

static const struct dtype {
    const char *name;
    struct element_type type;
} DTYPES[] = {
    {"F64", {ELEMENT_FLOAT, 8, false}},    {"F32", {ELEMENT_FLOAT, 4, false}},
    {"F16", {ELEMENT_FLOAT, 2, false}},    {"BF16", {ELEMENT_BFLOAT, 2, false}},
    {"I64", {ELEMENT_SIGNED, 8, false}},   {"I32", {ELEMENT_SIGNED, 4, false}},
    {"I16", {ELEMENT_SIGNED, 2, false}},   {"I8", {ELEMENT_SIGNED, 1, false}},
    {"U64", {ELEMENT_UNSIGNED, 8, false}}, {"U32", {ELEMENT_UNSIGNED, 4, false}},
    {"U16", {ELEMENT_UNSIGNED, 2, false}}, {"U8", {ELEMENT_UNSIGNED, 1, false}},
    {"BOOL", {ELEMENT_BOOL, 1, false}},
};

static bool detect(const unsigned char *head, size_t size)
{
    return size > LENGTH_SIZE && head[LENGTH_SIZE] == '{' &&
           bytes_number(head, LENGTH_SIZE) <= UINT32_MAX;
}

/* What the header says of one tensor. */
struct tensor {
    const char *name;
    const char *dtype;
    int rank;
    uint64_t dims[MAX_AXES];
    uint64_t begin; /* in the data */
    uint64_t end;
};

static enum status bad_tensor(const struct import_table *table, const struct tensor *tensor,
                              const char *what, struct error *error)
{
    return error_set(error, STATUS_INPUT, "%s: tensor %s: %s", table->path, tensor->name, what);
}

static bool get_count(const json_t *value, uint64_t *count)
{
    const json_int_t number = json_integer_value(value);
    *count = (uint64_t)number;
    return json_is_integer(value) && number >= 0;
}

static bool get_shape(const json_t *list, struct tensor *tensor)
{
    const size_t rank = json_array_size(list);
    if (!json_is_array(list) || rank > MAX_AXES) {
        return false;
    }
    tensor->rank = (int)rank;
    for (size_t i = 0; i < rank; i++) {
        if (!get_count(json_array_get(list, i), &tensor->dims[i])) {
            return false;
        }
    }
    return true;
}

static enum status read_tensor(const struct import_table *table, const json_t *entry,
                               struct tensor *tensor, struct error *error)
{
    const struct safetensors *const state = table->state;
    const json_t *const offsets = json_object_get(entry, "data_offsets");
    tensor->dtype = json_string_value(json_object_get(entry, "dtype"));
    if (tensor->dtype == NULL) {
        return bad_tensor(table, tensor, "no dtype, expected a name such as \"F32\"", error);
    }
    if (!get_shape(json_object_get(entry, "shape"), tensor)) {
        return bad_tensor(table, tensor, "bad shape, expected a list of counts", error);
    }
    if (json_array_size(offsets) != 2 || !get_count(json_array_get(offsets, 0), &tensor->begin) ||
        !get_count(json_array_get(offsets, 1), &tensor->end)) {
        return bad_tensor(table, tensor, "bad data_offsets, expected [begin, end]", error);
    }
    if (tensor->begin > tensor->end || tensor->end > state->file.size - state->data) {
        return error_set(error, STATUS_INPUT,
                         "%s: tensor %s: data_offsets [%llu, %llu] leave the data of %llu bytes",
                         table->path, tensor->name, (unsigned long long)tensor->begin,
                         (unsigned long long)tensor->end,
                         (unsigned long long)(state->file.size - state->data));
    }
    return STATUS_OK;
}

static enum status add_tensor(struct import_table *table, const struct tensor *tensor,
                              struct error *error)
{
    char reason[REASON_SIZE];
    struct tensor_place *place = NULL;
    const struct safetensors *const state = table->state;
    const struct dtype *dtype = NULL;
    for (size_t i = 0; i < sizeof DTYPES / sizeof DTYPES[0] && dtype == NULL; i++) {
        dtype = strcmp(DTYPES[i].name, tensor->dtype) == 0 ? &DTYPES[i] : NULL;
    }
    if (dtype == NULL) {
        (void)snprintf(reason, sizeof reason,
                       "its dtype is %.32s, expected F64, F32, F16, BF16 or whole numbers",
                       tensor->dtype);
        return import_table_add(table, tensor->name, tensor->rank, tensor->dims, reason, NULL,
                                error);
    }
    uint64_t wanted = dtype->type.size;
    bool fits = true;
    for (int i = 0; i < tensor->rank && fits; i++) {
        fits = !__builtin_mul_overflow(wanted, tensor->dims[i], &wanted);
    }
    if (!fits || wanted != tensor->end - tensor->begin) {
        return bad_tensor(table, tensor, "its data_offsets do not fit its shape and dtype", error);
    }
    TRY(memory_array(&place, 1, sizeof *place, error));
    *place = (struct tensor_place){state->data + tensor->begin, dtype->type};
    return import_table_add(table, tensor->name, tensor->rank, tensor->dims, NULL, place, error);
}

static enum status add_entries(struct import_table *table, json_t *root, struct error *error)
{
    const char *name = NULL;
    const char *key = NULL;
    json_t *entry = NULL;
    json_t *value = NULL;
    json_object_foreach(root, name, entry)
    {
        struct tensor tensor = {.name = name};
        if (strcmp(name, "__metadata__") != 0) {
            TRY(read_tensor(table, entry, &tensor, error));
            TRY(add_tensor(table, &tensor, error));
            continue;
        }
        json_object_foreach(entry, key, value)
        {
            if (json_is_string(value)) {
                TRY(import_table_note(table, key, json_string_value(value), error));
            }
        }
    }
    return STATUS_OK;
}

static enum status open_safetensors(struct import_table *table, struct error *error)
{
    unsigned char bytes[LENGTH_SIZE];
    char *text = NULL;
    struct safetensors *state = NULL;
    TRY(memory_array(&state, 1, sizeof *state, error));
    state->file.descriptor = -1;
    table->state = state;
    TRY(input_file_open(&state->file, table->path, error));
    const bool good = input_file_read(&state->file, 0, bytes, sizeof bytes);
    const uint64_t length = good ? bytes_number(bytes, sizeof bytes) : 0;
    if (!good || length > MAX_HEADER || length > state->file.size - LENGTH_SIZE) {
        return error_set(error, STATUS_INPUT,
                         "%s: safetensors header of %llu bytes in a file of %llu, expected all of "
                         "it and at most %d",
                         table->path, (unsigned long long)length,
                         (unsigned long long)state->file.size, MAX_HEADER);
    }
    state->data = LENGTH_SIZE + length;
    TRY(memory_array(&text, (size_t)length, 1, error));
    if (!input_file_read(&state->file, LENGTH_SIZE, text, (size_t)length)) {
        free(text);
        return error_set(error, STATUS_INPUT, "%s: cannot read its header", table->path);
    }
    json_error_t reason;
    json_t *const root = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &reason);
    free(text);
    if (root == NULL) {
        return error_set(error, STATUS_INPUT, "%s: bad safetensors header: %s at byte %d",
                         table->path, reason.text, reason.position);
    }
    const enum status status = add_entries(table, root, error);
    json_decref(root);
    return status;
}

static enum status load(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *error)
{
    const struct safetensors *const state = table->state;
    const struct tensor_place *const place = array->place;
    struct input_cursor cursor = {&state->file, place->offset};
    if (!elements_read(input_cursor_read, &cursor, place->type, array->count, values)) {
        return error_set(error, STATUS_INPUT, "%s: cannot read the values of %s", table->path,
                         array->name);
    }
    return STATUS_OK;
}

static void close_safetensors(struct import_table *table)
{
    struct safetensors *const state = table->state;
    if (state != NULL) {
        input_file_close(&state->file);
        free(state);
    }
}

const struct import_format IMPORT_SAFETENSORS = {
    .name = "safetensors",
    .detect = detect,
    .open = open_safetensors,
    .load = load,
    .close = close_safetensors,
};
