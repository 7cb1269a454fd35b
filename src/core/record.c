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
    void **values;  /* [n] */
    size_t *counts; /* [n] */
};

static enum status allocate(struct record *record, const struct sweep *sweep, struct error *error)
{
    TRY(memory_array(&record->values, (size_t)record->n, sizeof *record->values, error));
    TRY(memory_array(&record->counts, (size_t)record->n, sizeof *record->counts, error));
    for (int i = 0; i < record->n; i++) {
        const struct variable *const variable = &record->variables[i];
        record->counts[i] = variable_count(variable, sweep);
        if (record->counts[i] > 0) {
            TRY(memory_array(&record->values[i], record->counts[i], value_size(variable->type),
                             error));
            variable_fill(variable, record->values[i], record->counts[i]);
        }
    }
    return STATUS_OK;
}

enum status record_create(struct record **out, const struct variable *variables,
                          const struct sweep *sweep, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    (*out)->variables = variables;
    (*out)->n = variables_count(variables);
    const enum status status = allocate(*out, sweep, error);
    if (status != STATUS_OK) {
        record_destroy(out);
    }
    return status;
}

void record_destroy(struct record **record)
{
    struct record *const old = *record;
    if (old == NULL) {
        return;
    }
    for (int i = 0; old->values != NULL && i < old->n; i++) {
        free(old->values[i]);
    }
    free(old->values);
    free(old->counts);
    free(old);
    *record = NULL;
}

static void *find(struct record *record, const char *name, enum value_type type)
{
    for (int i = 0; i < record->n; i++) {
        if (strcmp(record->variables[i].name, name) == 0) {
            assert(record->variables[i].type == type);
            (void)type;
            return record->values[i];
        }
    }
    assert(!"no variable of that name in the list");
    return NULL;
}

double *record_f64(struct record *record, const char *name)
{
    return find(record, name, VALUE_F64);
}

int32_t *record_i32(struct record *record, const char *name)
{
    return find(record, name, VALUE_I32);
}

uint64_t *record_u64(struct record *record, const char *name)
{
    return find(record, name, VALUE_U64);
}

uint8_t *record_u8(struct record *record, const char *name)
{
    return find(record, name, VALUE_U8);
}

int8_t *record_i8(struct record *record, const char *name)
{
    return find(record, name, VALUE_I8);
}

const struct variable *record_variable(const struct record *record, int i)
{
    return &record->variables[i];
}

void *record_values(const struct record *record, int i)
{
    return record->values[i];
}

size_t record_count(const struct record *record, int i)
{
    return record->counts[i];
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
        if (record->counts[i] > 0 && !variable_is_time(&record->variables[i])) {
            hasher_bytes(hasher, record->values[i],
                         record->counts[i] * value_size(record->variables[i].type));
        }
    }
    *checksum = hasher_digest64(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

static bool same_reals(const double *a, const double *b, size_t count)
{
    size_t i = 0;
    while (i < count && same_bits(a[i], b[i])) {
        i++;
    }
    return i == count;
}

bool record_same(const struct record *a, const struct record *b, const struct variable **different)
{
    for (int i = 0; i < a->n; i++) {
        const struct variable *const variable = &a->variables[i];
        const size_t count = a->counts[i];
        const bool same = variable->type == VALUE_F64
                              ? same_reals(a->values[i], b->values[i], count)
                              : count == 0 || memcmp(a->values[i], b->values[i],
                                                     count * value_size(variable->type)) == 0;
        if (!same && !variable_is_time(variable)) {
            *different = variable;
            return false;
        }
    }
    return true;
}
