#include "import/msgpack/ndarray.h"

#include "core/memory.h"
#include "import/elements.h"

#include <stdio.h>
#include <string.h>

enum { MAX_AXES = 32, REASON_SIZE = 96, DTYPE_SHOWN = 24 };

struct flax_place {
    struct element_type type;
    const unsigned char *data;
};

/* An array as its bytes claim it to be. */
struct claim {
    int rank;
    uint64_t dims[MAX_AXES];
    struct msgpack_item dtype;
    struct msgpack_item data;
};

static const struct {
    const char *name;
    struct element_type type;
} DTYPES[] = {
    {"float16", {ELEMENT_FLOAT, 2, false}},   {"float32", {ELEMENT_FLOAT, 4, false}},
    {"float64", {ELEMENT_FLOAT, 8, false}},   {"bfloat16", {ELEMENT_BFLOAT, 2, false}},
    {"int8", {ELEMENT_SIGNED, 1, false}},     {"int16", {ELEMENT_SIGNED, 2, false}},
    {"int32", {ELEMENT_SIGNED, 4, false}},    {"int64", {ELEMENT_SIGNED, 8, false}},
    {"uint8", {ELEMENT_UNSIGNED, 1, false}},  {"uint16", {ELEMENT_UNSIGNED, 2, false}},
    {"uint32", {ELEMENT_UNSIGNED, 4, false}}, {"uint64", {ELEMENT_UNSIGNED, 8, false}},
    {"bool", {ELEMENT_BOOL, 1, false}},
};

static bool has_bytes(const struct msgpack_item *item)
{
    return item->kind == MSGPACK_TEXT || item->kind == MSGPACK_BYTES;
}

static bool read_claim(const struct msgpack_item *item, struct claim *claim)
{
    struct msgpack_cursor cursor = {.bytes = item->data, .size = item->size};
    struct msgpack_item next;
    if (!msgpack_next(&cursor, &next) || next.kind != MSGPACK_LIST || next.size != 3 ||
        !msgpack_next(&cursor, &next) || next.kind != MSGPACK_LIST || next.size > MAX_AXES) {
        return false;
    }
    claim->rank = (int)next.size;
    for (int i = 0; i < claim->rank; i++) {
        if (!msgpack_next(&cursor, &next) || next.kind != MSGPACK_INTEGER || next.is_negative) {
            return false;
        }
        claim->dims[i] = next.whole;
    }
    return msgpack_next(&cursor, &claim->dtype) && has_bytes(&claim->dtype) &&
           msgpack_next(&cursor, &claim->data) && has_bytes(&claim->data) &&
           cursor.position == cursor.size;
}

static bool find_type(const struct msgpack_item *dtype, struct element_type *type)
{
    for (size_t i = 0; i < sizeof DTYPES / sizeof DTYPES[0]; i++) {
        if (strlen(DTYPES[i].name) == dtype->size &&
            memcmp(DTYPES[i].name, dtype->data, dtype->size) == 0) {
            *type = DTYPES[i].type;
            return true;
        }
    }
    return false;
}

/* Whether the elements are as many bytes as the shape asks for. */
static bool is_whole(const struct claim *claim, size_t element_size)
{
    uint64_t wanted = element_size;
    for (int i = 0; i < claim->rank; i++) {
        if (__builtin_mul_overflow(wanted, claim->dims[i], &wanted)) {
            return false;
        }
    }
    return wanted == claim->data.size;
}

enum status flax_add_ndarray(struct import_table *table, const char *name,
                             const struct msgpack_item *item, struct error *error)
{
    char reason[REASON_SIZE] = "";
    struct claim claim = {.rank = 0};
    struct element_type type = {.size = 1};
    struct flax_place *place = NULL;
    if (!read_claim(item, &claim)) {
        return import_table_add(table, name, 0, NULL, "it is no array of NumPy", NULL, error);
    }
    if (!find_type(&claim.dtype, &type)) {
        const size_t shown = claim.dtype.size < DTYPE_SHOWN ? claim.dtype.size : DTYPE_SHOWN;
        (void)snprintf(reason, sizeof reason, "its dtype is %.*s, expected numbers", (int)shown,
                       (const char *)claim.dtype.data);
    } else if (!is_whole(&claim, type.size)) {
        (void)snprintf(reason, sizeof reason, "it has %zu bytes of data, not those of its shape",
                       claim.data.size);
    }
    TRY(memory_array(&place, 1, sizeof *place, error));
    *place = (struct flax_place){type, claim.data.data};
    return import_table_add(table, name, claim.rank, claim.dims, reason[0] != '\0' ? reason : NULL,
                            place, error);
}

void flax_load_ndarray(const struct import_array *array, double *values)
{
    const struct flax_place *const place = array->place;
    for (size_t i = 0; i < array->count; i++) {
        values[i] = element_value(place->type, place->data + i * place->type.size);
    }
}
