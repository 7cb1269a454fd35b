#include "import/low_rank.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A few numbers must not become a matrix that no memory holds. */
enum { WIDEST = 8192 };

enum { M, N, WI, WO, SI, SO, B, FACTORS, NEEDED = SI };
static const char *const NAMES[FACTORS] = {"m", "n", "wi", "wo", "si", "so", "b"};

/* Everything of one prefix; NULL what is not there. */
struct factors {
    struct import_array *list[FACTORS];
    char prefix[IMPORT_NAME_LENGTH + 1];
    size_t n_hidden;
    size_t rank;
    size_t n_in;
    size_t n_out;
};

static struct import_array *find(const struct import_table *table, const char *prefix,
                                 const char *name)
{
    char whole[2 * IMPORT_NAME_LENGTH];
    (void)snprintf(whole, sizeof whole, "%s%s", prefix, name);
    struct import_array *const array = import_table_find(table, whole);
    return array != NULL && !array->ignored ? array : NULL;
}

/* The factors beside an array that is called m, with or without a prefix. */
static bool find_factors(const struct import_table *table, struct factors *factors)
{
    for (size_t i = 0; i < table->n_arrays; i++) {
        const char *const name = table->arrays[i].name;
        const size_t length = strlen(name);
        const bool is_m = length > 0 && name[length - 1] == 'm' &&
                          (length == 1 || strchr("./", name[length - 2]) != NULL);
        if (!is_m) {
            continue;
        }
        (void)snprintf(factors->prefix, sizeof factors->prefix, "%.*s", (int)length - 1, name);
        int n_found = 0;
        for (int k = 0; k < FACTORS; k++) {
            factors->list[k] = find(table, factors->prefix, NAMES[k]);
            n_found += k < NEEDED && factors->list[k] != NULL;
        }
        if (n_found == NEEDED) {
            return true;
        }
    }
    return false;
}

static bool has_shape(const struct import_array *array, size_t rows, size_t columns)
{
    return array == NULL || (array->dims[0] == rows && array->dims[1] == columns);
}

static enum status check_shapes(const struct import_table *table, struct factors *factors,
                                struct error *error)
{
    struct import_array *const *const list = factors->list;
    char shape[IMPORT_SHAPE_SIZE];
    factors->n_hidden = list[M]->dims[0];
    factors->rank = list[M]->dims[1];
    factors->n_in = list[WI]->dims[0];
    factors->n_out = list[WO]->dims[1];
    const struct {
        size_t rows;
        size_t columns;
    } shapes[FACTORS] = {{factors->n_hidden, factors->rank},
                         {factors->n_hidden, factors->rank},
                         {factors->n_in, factors->n_hidden},
                         {factors->n_hidden, factors->n_out},
                         {factors->n_in, 1},
                         {factors->n_out, 1},
                         {factors->n_hidden, 1}};
    if (factors->n_hidden > WIDEST) {
        return error_set(error, STATUS_INPUT,
                         "%s: a network of low rank with %zu units, expected at most %d",
                         table->path, factors->n_hidden, WIDEST);
    }
    for (int k = 0; k < FACTORS; k++) {
        if (!has_shape(list[k], shapes[k].rows, shapes[k].columns)) {
            return error_set(
                error, STATUS_INPUT,
                "%s: %s is %s, expected %zu x %zu beside the other factors of a network "
                "of low rank",
                table->path, list[k]->name, import_array_shape(list[k], shape), shapes[k].rows,
                shapes[k].columns);
        }
    }
    return STATUS_OK;
}

static enum status load_all(const struct import_table *table, const struct factors *factors,
                            struct error *error)
{
    for (int k = 0; k < FACTORS; k++) {
        struct import_array *const array = factors->list[k];
        if (array != NULL) {
            TRY(import_table_load(table, array, error));
            array->used = true;
        }
    }
    const struct import_array *const bias = factors->list[B];
    for (size_t i = 0; bias != NULL && i < bias->count; i++) {
        if (bias->values[i] != 0.0) {
            return error_set(
                error, STATUS_INPUT,
                "%s: %s of a network of low rank is not 0: it stands in the recurrence "
                "but not in the read-out, which is another cell",
                table->path, bias->name);
        }
    }
    return STATUS_OK;
}

/* A new array rows x columns, whose values are zeros. */
static enum status add(struct import_table *table, const struct factors *factors, const char *name,
                       const uint64_t dims[2], double **values, struct error *error)
{
    char whole[2 * IMPORT_NAME_LENGTH];
    (void)snprintf(whole, sizeof whole, "%s%s", factors->prefix, name);
    TRY(import_table_add(table, whole, 2, dims, NULL, NULL, error));
    struct import_array *const array = &table->arrays[table->n_arrays - 1];
    TRY(memory_array(&array->values, array->count, sizeof *array->values, error));
    *values = array->values;
    return STATUS_OK;
}

enum status import_compose_low_rank(struct import_table *table, bool *composed, struct error *error)
{
    struct factors factors;
    double *w = NULL;
    *composed = find_factors(table, &factors);
    if (!*composed) {
        return STATUS_OK;
    }
    TRY(check_shapes(table, &factors, error));
    TRY(load_all(table, &factors, error));
    const size_t n = factors.n_hidden;
    const double *values[FACTORS]; /* the table may move its arrays, not their values */
    for (int k = 0; k < FACTORS; k++) {
        values[k] = factors.list[k] != NULL ? factors.list[k]->values : NULL;
    }
    TRY(add(table, &factors, "W_rec", (uint64_t[]){n, n}, &w, error));
    for (size_t i = 0; i < n * n; i++) {
        for (size_t k = 0; k < factors.rank; k++) {
            w[i] += values[M][i / n * factors.rank + k] * values[N][i % n * factors.rank + k];
        }
        w[i] /= (double)n;
    }
    TRY(add(table, &factors, "W_in", (uint64_t[]){n, factors.n_in}, &w, error));
    for (size_t i = 0; i < n * factors.n_in; i++) {
        const size_t input = i % factors.n_in;
        w[i] = values[WI][input * n + i / factors.n_in] *
               (values[SI] != NULL ? values[SI][input] : 1.0);
    }
    TRY(add(table, &factors, "W_out", (uint64_t[]){factors.n_out, n}, &w, error));
    for (size_t i = 0; i < n * factors.n_out; i++) {
        const size_t output = i / n;
        w[i] = values[WO][i % n * factors.n_out + output] *
               (values[SO] != NULL ? values[SO][output] : 1.0) / (double)n;
    }
    return STATUS_OK;
}
