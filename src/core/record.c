#include "core/record.h"

#include "core/bits.h"
#include "core/hash.h"
#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct record {
    const struct variable *variables;
    int n;
    struct {
        void *values;
        size_t count;
        size_t lengths[VARIABLE_AXES_MAX];
    } arrays[]; /* [n] */
};

enum status record_create(struct record **out, const struct variable *variables,
                          const struct sweep *sweep, struct error *error)
{
    const int n = variables_count(variables);
    const size_t size = sizeof **out + (size_t)n * sizeof(*out)->arrays[0];
    TRY(memory_array(out, 1, size, error));
    (*out)->variables = variables;
    (*out)->n = n;
    for (int i = 0; i < n; i++) {
        const size_t count = variable_count(&variables[i], sweep);
        for (int k = 0; k < VARIABLE_AXES_MAX && variables[i].axes[k] != NULL; k++) {
            (*out)->arrays[i].lengths[k] = (size_t)variables[i].axes[k]->length(sweep);
        }
        void **const values = &(*out)->arrays[i].values;
        if (count == 0) {
            continue;
        }
        const enum status status =
            memory_array(values, count, value_size(variables[i].type), error);
        if (status != STATUS_OK) {
            record_destroy(out);
            return status;
        }
        (*out)->arrays[i].count = count;
        variable_fill(&variables[i], *values, count);
    }
    return STATUS_OK;
}

void record_destroy(struct record **record)
{
    for (int i = 0; *record != NULL && i < (*record)->n; i++) {
        free((*record)->arrays[i].values);
    }
    free(*record);
    *record = NULL;
}

static int place_of(const struct record *record, const char *name)
{
    int i = 0;
    while (i < record->n && strcmp(record->variables[i].name, name) != 0) {
        i++;
    }
    assert(i < record->n);
    return i;
}

static void *find(const struct record *record, const char *name, enum value_type type)
{
    const int i = place_of(record, name);
    assert(record->variables[i].type == type);
    (void)type;
    return record->arrays[i].values;
}

size_t record_axis_length(const struct record *record, const char *name, int axis)
{
    return record->arrays[place_of(record, name)].lengths[axis];
}

#define GETTER(name, type, value_type)                                                             \
    type *name(struct record *record, const char *variable)                                        \
    {                                                                                              \
        return find(record, variable, value_type);                                                 \
    }
GETTER(record_f64, double, VALUE_F64)
GETTER(record_i32, int32_t, VALUE_I32)
GETTER(record_u64, uint64_t, VALUE_U64)
GETTER(record_u8, uint8_t, VALUE_U8)
GETTER(record_i8, int8_t, VALUE_I8)

const struct variable *record_variable(const struct record *record, int i)
{
    return &record->variables[i];
}

void *record_values(const struct record *record, int i)
{
    return record->arrays[i].values;
}

size_t record_count(const struct record *record, int i)
{
    return record->arrays[i].count;
}

int record_length(const struct record *record)
{
    return record->n;
}

enum status record_checksum(const struct record *record, int64_t case_index, uint64_t *checksum,
                            struct error *error)
{
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_u64(hasher, (uint64_t)case_index);
    for (int i = 0; i < record->n; i++) {
        const struct variable *const variable = &record->variables[i];
        if (record->arrays[i].count > 0 && !variable_is_time(variable)) {
            hasher_bytes(hasher, record->arrays[i].values,
                         record->arrays[i].count * value_size(variable->type));
        }
    }
    *checksum = hasher_digest64(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

bool record_same(const struct record *a, const struct record *b, const struct variable **different)
{
    for (int i = 0; i < a->n; i++) {
        const struct variable *const variable = &a->variables[i];
        const size_t count = a->arrays[i].count;
        const double *const x = a->arrays[i].values;
        const double *const y = b->arrays[i].values;
        bool same = variable->type == VALUE_F64 || count == 0 ||
                    memcmp(x, y, count * value_size(variable->type)) == 0;
        for (size_t k = 0; variable->type == VALUE_F64 && same && k < count; k++) {
            same = same_bits(x[k], y[k]);
        }
        if (!same && !variable_is_time(variable)) {
            *different = variable;
            return false;
        }
    }
    return true;
}
