#include "import/compose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A few numbers must not become a matrix that no memory holds. */
enum { WIDEST = 8192 };

/* Narrower ones do not tell how they are scaled. */
enum { TELLING = 32 };

enum { M, N, WREC, WI, WO, SI, SO, B, FACTORS };
static const char *const NAMES[FACTORS] = {"m", "n", "wrec", "wi", "wo", "si", "so", "b"};

/* Everything of one prefix; NULL what is not there. */
struct factors {
    struct import_array *list[FACTORS];
    char prefix[IMPORT_NAME_LENGTH + 1];
    bool is_full; /* wrec instead of m and n */
    size_t n_hidden;
    size_t rank;
    size_t n_in;
    size_t n_out;
};

/* ---- what is there ---- */

static struct import_array *find(const struct import_table *table, const char *prefix,
                                 const char *name)
{
    char whole[2 * IMPORT_NAME_LENGTH];
    (void)snprintf(whole, sizeof whole, "%s%s", prefix, name);
    struct import_array *const array = import_table_find(table, whole);
    return array != NULL && !array->ignored ? array : NULL;
}

/* The factors beside an array that is called wi, with or without a prefix. Of a full rank there is
 * nothing to do without a scale. */
static bool find_factors(const struct import_table *table, struct factors *factors)
{
    struct import_array **const list = factors->list;
    for (size_t i = 0; i < table->n_arrays; i++) {
        const char *const name = table->arrays[i].name;
        size_t length = 0;
        if (!import_key_matches(name, NAMES[WI], &length)) {
            continue;
        }
        (void)snprintf(factors->prefix, sizeof factors->prefix, "%.*s", (int)length, name);
        for (int k = 0; k < FACTORS; k++) {
            list[k] = find(table, factors->prefix, NAMES[k]);
        }
        factors->is_full = list[WREC] != NULL && (list[SI] != NULL || list[SO] != NULL);
        const bool is_low = list[M] != NULL && list[N] != NULL && list[WREC] == NULL;
        if (list[WI] != NULL && list[WO] != NULL && (is_low || factors->is_full)) {
            list[M] = is_low ? list[M] : NULL;
            list[N] = is_low ? list[N] : NULL;
            return true;
        }
    }
    return false;
}

/* Factors beside other names, of which nobody knows what scales them. */
static enum status refuse_others(const struct import_table *table, struct error *error)
{
    char prefix[IMPORT_NAME_LENGTH + 1];
    const struct import_array *m = NULL;
    for (size_t i = 0; i < table->n_arrays; i++) {
        size_t length = 0;
        const struct import_array *const array = &table->arrays[i];
        if (import_key_rule(array->name, IMPORT_RECURRENT, &length) != NULL) {
            return STATUS_OK;
        }
        if (!array->ignored && array->rank == 2 && import_key_matches(array->name, "m", &length)) {
            m = array;
            (void)snprintf(prefix, sizeof prefix, "%.*s", (int)length, array->name);
        }
    }
    const struct import_array *const n = m != NULL ? find(table, prefix, NAMES[N]) : NULL;
    return n == NULL || n->count != m->count
               ? STATUS_OK
               : error_set(error, STATUS_INPUT,
                           "%s: %s and %s look like factors of a low rank, expected wi and wo "
                           "beside them: save W_rec, their product with its scale, W_in and W_out",
                           table->path, m->name, n->name);
}

static enum status check_shapes(const struct import_table *table, struct factors *factors,
                                struct error *error)
{
    struct import_array *const *const list = factors->list;
    char shape[IMPORT_SHAPE_SIZE];
    const struct import_array *const first = list[factors->is_full ? WREC : M];
    const size_t n = first->dims[0];
    factors->n_hidden = n;
    factors->rank = first->dims[1];
    factors->n_in = list[WI]->dims[0];
    factors->n_out = list[WO]->dims[1];
    const struct {
        size_t rows;
        size_t columns;
    } shapes[FACTORS] = {
        {n, factors->rank}, {n, factors->rank},  {n, n}, {factors->n_in, n}, {n, factors->n_out},
        {factors->n_in, 1}, {factors->n_out, 1}, {n, 1}};
    if (n > WIDEST) {
        return error_set(error, STATUS_INPUT,
                         "%s: a network of low rank with %zu units, expected at most %d",
                         table->path, n, WIDEST);
    }
    if (factors->rank > n) { /* nobody's, and as large as a file can make it */
        return error_set(error, STATUS_INPUT,
                         "%s: %s is %s, expected a rank of at most its %zu units", table->path,
                         first->name, import_array_shape(first, shape), n);
    }
    for (int k = 0; k < FACTORS; k++) {
        const struct import_array *const array = list[k];
        if (array != NULL &&
            (array->dims[0] != shapes[k].rows || array->dims[1] != shapes[k].columns)) {
            return error_set(
                error, STATUS_INPUT,
                "%s: %s is %s, expected %zu x %zu beside the other factors of a network "
                "of low rank",
                table->path, array->name, import_array_shape(array, shape), shapes[k].rows,
                shapes[k].columns);
        }
    }
    return STATUS_OK;
}

/* What the user names as a bias, or that there is none, is no question. */
static enum status check_bias(const struct import_table *table, const struct import_names *names,
                              struct import_array *bias, struct error *error)
{
    const char *const told = names->keys[IMPORT_BIAS];
    const bool is_none = told != NULL && strcmp(told, "none") == 0;
    if (bias == NULL || (told != NULL && !is_none)) {
        return STATUS_OK;
    }
    TRY(import_table_load(table, bias, error));
    bias->used = true;
    for (size_t i = 0; i < bias->count && !is_none; i++) {
        if (bias->values[i] != 0.0) {
            return error_set(
                error, STATUS_INPUT,
                "%s: %s of a network of low rank is not 0: where it stands in the recurrence "
                "but not in the read-out it makes another cell; if it is b_h, say --bias %s",
                table->path, bias->name, bias->name);
        }
    }
    return STATUS_OK;
}

/* Others save factors of m n', and full matrices that are divided by N, under the same names. A
 * trained matrix has a radius of about 1, as its norm, of a full rank over sqrt(N), tells: between
 * that and N times more or less lies sqrt(N). */
static enum status check_scale(const struct import_table *table, const struct factors *factors,
                               const double *w, struct error *error)
{
    const double n = (double)factors->n_hidden;
    double sum = 0.0;
    for (size_t i = 0; i < factors->n_hidden * factors->n_hidden; i++) {
        sum += w[i] * w[i];
    }
    const double size = factors->is_full ? sqrt(sum / n) : sqrt(sum);
    if (factors->n_hidden < TELLING || size == 0.0 ||
        (factors->is_full ? size < sqrt(n) : size > 1.0 / sqrt(n))) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s is of size %.3g, expected about 1: it seems to be scaled in another "
                     "way than this kind of network is: save W_rec, W_in and W_out themselves",
                     table->path, factors->is_full ? "wrec" : "m n' / N", size);
}

/* ---- matrices ---- */

static enum status add(struct import_table *table, const struct factors *factors, const char *name,
                       size_t rows, size_t columns, double **values, struct error *error)
{
    char whole[2 * IMPORT_NAME_LENGTH];
    (void)snprintf(whole, sizeof whole, "%s%s", factors->prefix, name);
    return import_table_compute(table, whole, rows, columns, values, error);
}

static enum status add_recurrent(struct import_table *table, const struct factors *factors,
                                 const double *m, const double *n, struct error *error)
{
    const size_t size = factors->n_hidden;
    double *w = NULL;
    TRY(add(table, factors, "W_rec", size, size, &w, error));
    for (size_t i = 0; i < size * size; i++) {
        for (size_t k = 0; k < factors->rank; k++) {
            w[i] += m[i / size * factors->rank + k] * n[i % size * factors->rank + k];
        }
        w[i] /= (double)size;
    }
    return check_scale(table, factors, w, error);
}

enum status import_compose_low_rank(struct import_table *table, const struct import_names *names,
                                    struct import_findings *findings, struct error *error)
{
    struct factors factors;
    double *w = NULL;
    if (names->keys[IMPORT_RECURRENT] != NULL || names->keys[IMPORT_INPUT] != NULL ||
        names->keys[IMPORT_READOUT] != NULL) {
        return STATUS_OK;
    }
    if (!find_factors(table, &factors)) {
        return refuse_others(table, error);
    }
    TRY(check_shapes(table, &factors, error));
    const double *values[FACTORS] = {NULL}; /* the table may move its arrays, not their values */
    for (int k = 0; k < B; k++) {
        if (factors.list[k] != NULL) {
            TRY(import_table_load(table, factors.list[k], error));
            factors.list[k]->used = k != WREC;
            values[k] = factors.list[k]->values;
        }
    }
    TRY(check_bias(table, names, factors.list[B], error));
    const size_t n = factors.n_hidden;
    const double divisor = factors.is_full ? 1.0 : (double)n;
    TRY(factors.is_full ? check_scale(table, &factors, values[WREC], error)
                        : add_recurrent(table, &factors, values[M], values[N], error));
    TRY(add(table, &factors, "W_in", n, factors.n_in, &w, error));
    for (size_t i = 0; i < n * factors.n_in; i++) {
        const size_t input = i % factors.n_in;
        w[i] = values[WI][input * n + i / factors.n_in] *
               (values[SI] != NULL ? values[SI][input] : 1.0);
    }
    TRY(add(table, &factors, "W_out", factors.n_out, n, &w, error));
    for (size_t i = 0; i < n * factors.n_out; i++) {
        const size_t output = i / n;
        w[i] = values[WO][i % n * factors.n_out + output] *
               (values[SO] != NULL ? values[SO][output] : 1.0) / divisor;
    }
    findings->orientation = ORIENTATION_TO_FROM;
    findings->is_of_factors = true;
    findings->remark = factors.is_full ? "W_ih and W_hy have their scales" : "W_hh is m n' / N";
    return STATUS_OK;
}
