#include "kernel/dense/dense.h"

#include "core/isa.h"
#include "core/memory.h"
#include "kernel/dense/dense_kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static dense_add_rows *add_rows_of_isa(void)
{
#if defined(__x86_64__)
    switch (isa_best()) {
    case ISA_AVX512:
        return dense_add_rows_avx512;
    case ISA_AVX2:
        return dense_add_rows_avx2;
    case ISA_PORTABLE:
    case ISA_UNKNOWN:
        break;
    }
#endif
    return dense_add_rows_portable;
}

/* Matrices side by side, rows padded with zeros, and as many rows of zeros behind the last as are
 * added at once. */
struct padded {
    size_t n;
    size_t width;  /* of a row with its padding */
    size_t stride; /* of all matrices side by side */
    dense_add_rows *add_rows;
    double *rows;
};

static enum status padded_create(struct padded *m, int n, size_t n_matrices, struct error *error)
{
    m->n = (size_t)n;
    m->width = (m->n + ROW_MULTIPLE - 1) / ROW_MULTIPLE * ROW_MULTIPLE;
    m->stride = n_matrices * m->width;
    m->add_rows = add_rows_of_isa();
    return memory_array2(&m->rows, m->n + ROWS_ADDED, m->stride, sizeof(double), error);
}

static double *row_of(const struct padded *m, size_t row)
{
    return m->rows + row * m->stride;
}

static void copy_in(const struct padded *m, const double *values, size_t column)
{
    for (size_t i = 0; i < m->n; i++) {
        memcpy(row_of(m, i) + column, values + i * m->n, m->n * sizeof *values);
    }
}

static void copy_out(const struct padded *m, double *values, size_t column)
{
    for (size_t i = 0; i < m->n; i++) {
        memcpy(values + i * m->n, row_of(m, i) + column, m->n * sizeof *values);
    }
}

/* to += sum over k < count of scale factors[k] row k from `first` on, in the columns from `column`
 * on. */
static void add_rows(const struct padded *m, double *to, size_t first, const double *factors,
                     size_t count, double scale, size_t column)
{
    const size_t start = column / ROW_MULTIPLE * ROW_MULTIPLE;
    double before[ROW_MULTIPLE]; /* whole vectors are added to; these stay */
    memcpy(before, to + start, (column - start) * sizeof *to);
    for (size_t k = 0; k < count; k += ROWS_ADDED) {
        double scaled[ROWS_ADDED] = {0};
        for (size_t i = 0; i < ROWS_ADDED && k + i < count; i++) {
            scaled[i] = scale * factors[k + i];
        }
        m->add_rows(to + start, row_of(m, first + k) + start, m->stride, scaled, m->stride - start);
    }
    memcpy(to + start, before, (column - start) * sizeof *to);
}

enum status dense_multiply(int n, const double *a, const double *b, double *c, struct error *error)
{
    struct padded right;
    double *row = NULL;
    TRY(padded_create(&right, n, 1, error));
    const enum status status = memory_array(&row, right.stride, sizeof *row, error);
    copy_in(&right, b, 0);
    for (size_t i = 0; i < right.n && status == STATUS_OK; i++) {
        memset(row, 0, right.stride * sizeof *row);
        add_rows(&right, row, 0, a + i * right.n, right.n, 1.0, 0);
        memcpy(c + i * right.n, row, right.n * sizeof *row);
    }
    free(row);
    free(right.rows);
    return status;
}

static void exchange(const struct padded *m, size_t a, size_t b)
{
    double *const x = row_of(m, a);
    double *const y = row_of(m, b);
    for (size_t i = 0; a != b && i < m->stride; i++) {
        const double kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

/* Columns first .. end below the diagonal become factors of L, within these columns alone; rows are
 * exchanged for the largest pivot. */
static void eliminate_columns(const struct padded *m, size_t first, size_t end)
{
    for (size_t k = first; k < end; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < m->n; i++) {
            pivot = fabs(row_of(m, i)[k]) > fabs(row_of(m, pivot)[k]) ? i : pivot;
        }
        exchange(m, k, pivot);
        const double *const above = row_of(m, k);
        for (size_t i = k + 1; i < m->n; i++) {
            double *const row = row_of(m, i);
            row[k] /= above[k];
            for (size_t j = k + 1; j < end; j++) {
                row[j] -= row[k] * above[j];
            }
        }
    }
}

/* Gauss, a few columns at a time: [A | B] to [U | L^-1 B], then U^-1 from below. */
enum status dense_solve(int n, const double *a, double *b, struct error *error)
{
    struct padded m;
    TRY(padded_create(&m, n, 2, error));
    copy_in(&m, a, 0);
    copy_in(&m, b, m.width);
    for (size_t k = 0; k < m.n; k += ROWS_ADDED) {
        const size_t end = k + ROWS_ADDED < m.n ? k + ROWS_ADDED : m.n;
        eliminate_columns(&m, k, end);
        for (size_t i = k + 1; i < m.n; i++) {
            double *const row = row_of(&m, i);
            add_rows(&m, row, k, row + k, (i < end ? i : end) - k, -1.0, end);
        }
    }
    for (size_t i = m.n; i-- > 0;) {
        double *const row = row_of(&m, i);
        const double diagonal = row[i];
        add_rows(&m, row, i + 1, row + i + 1, m.n - i - 1, -1.0, m.width);
        for (size_t j = m.width; j < m.stride; j++) {
            row[j] /= diagonal;
        }
    }
    copy_out(&m, b, m.width);
    free(m.rows);
    return STATUS_OK;
}

/* The reflection H = I - tau v v' with H (x_k ... x_n)' = (beta 0 ... 0)' of column k: v[n - k]
 * with v_0 = 1, from the column below the diagonal. Returns beta, of the other sign than x_k. */
static double reflect(const struct padded *m, size_t k, double *v, double *tau)
{
    const double first = row_of(m, k)[k];
    double squares = 0.0;
    for (size_t i = k + 1; i < m->n; i++) {
        const double x = row_of(m, i)[k];
        squares += x * x;
    }
    const double norm = sqrt(first * first + squares);
    const double beta = first > 0.0 ? -norm : norm;
    *tau = squares > 0.0 ? (beta - first) / beta : 0.0;
    v[0] = 1.0;
    for (size_t i = k + 1; i < m->n; i++) {
        v[i - k] = squares > 0.0 ? row_of(m, i)[k] / (first - beta) : 0.0;
    }
    return squares > 0.0 ? beta : first;
}

/* Rows k .. n of H m in the columns from `column` on: w = v' m, then m -= tau v w. */
static void apply(const struct padded *m, size_t k, const double *v, double tau, double *w,
                  size_t column)
{
    const struct padded of_w = {1, m->width, m->stride, m->add_rows, w};
    memset(w, 0, m->stride * sizeof *w);
    add_rows(m, w, k, v, m->n - k, 1.0, column);
    for (size_t i = k; i < m->n; i++) {
        add_rows(&of_w, row_of(m, i), 0, &v[i - k], 1, -tau, column);
    }
}

/* Householder's QR: the vectors v take turns in the rows of `vectors`, and Q = H_1 ... H_n grows
 * from the last to the first, in columns that the ones before leave as those of I. */
enum status dense_orthogonalise(int n, double *a, struct error *error)
{
    struct padded m = {0};
    struct padded q = {0};
    struct padded vectors = {0};
    double *w = NULL; /* [ROWS_ADDED, stride], then tau[n], then signs[n] */
    enum status status = padded_create(&m, n, 1, error);
    THEN(status, padded_create(&q, n, 1, error));
    THEN(status, padded_create(&vectors, n, 1, error));
    THEN(status, memory_array(&w, ROWS_ADDED * m.stride + 2 * (size_t)n, sizeof *w, error));
    if (status == STATUS_OK) {
        double *const tau = w + ROWS_ADDED * m.stride;
        double *const signs = tau + n;
        copy_in(&m, a, 0);
        for (size_t k = 0; k < m.n; k++) {
            signs[k] = reflect(&m, k, row_of(&vectors, k), &tau[k]) < 0.0 ? -1.0 : 1.0;
            apply(&m, k, row_of(&vectors, k), tau[k], w, k + 1);
        }
        for (size_t i = 0; i < m.n; i++) {
            row_of(&q, i)[i] = 1.0;
        }
        for (size_t k = m.n; k-- > 0;) {
            apply(&q, k, row_of(&vectors, k), tau[k], w, 0);
        }
        for (size_t i = 0; i < m.n * m.n; i++) {
            row_of(&q, i / m.n)[i % m.n] *= signs[i % m.n];
        }
        copy_out(&q, a, 0);
    }
    free(m.rows);
    free(q.rows);
    free(vectors.rows);
    free(w);
    return status;
}
