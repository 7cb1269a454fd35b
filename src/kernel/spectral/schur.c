#include "kernel/spectral/schur.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/lapack.h"
#include "kernel/spectral/certificate.h"
#include "kernel/spectral/reorder.h"
#include "kernel/spectral/reorder_blocked.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>

void schur_release(struct schur *schur)
{
    free(schur->t);
    free(schur->q);
    free(schur->eigenvalue_re);
    free(schur->eigenvalue_im);
    free(schur->blocks);
    *schur = (struct schur){0};
}

/* out = scale * in', both [n, n]: from row-major weights to the column-major ones of LAPACK. scale
 * is a power of two, so that nothing is rounded. */
static void copy_transposed(double *out, const double *in, int n, double scale)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            out[column_major(i, j, n)] = scale * in[row_major(i, j, n)];
        }
    }
}

/* Sets to 0 what is below 2^-980 of the largest entry: a change of W far below the backward error
 * of the QR iteration, in which products of such entries vanish, so that dlahqr divides 0 by 0 and
 * goes on with NaN to its limit. */
static void drop_negligible(double *a, size_t count, double largest)
{
    const double least = ldexp(largest, -980);
    for (size_t i = 0; i < count; i++) {
        a[i] = fabs(a[i]) < least ? 0.0 : a[i];
    }
}

static double largest_entry(const double *a, size_t count)
{
    double largest = 0.0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(a[i]));
    }
    return largest;
}

/* m sqrt(sum (a_i / m)^2), m the largest |a_i|: squares neither overflow nor vanish. */
static double frobenius_norm(const double *a, size_t count)
{
    const double largest = largest_entry(a, count);
    double squares = 0.0;
    for (size_t i = 0; i < count && largest > 0.0; i++) {
        squares += (a[i] / largest) * (a[i] / largest);
    }
    return largest * sqrt(squares);
}

/* dgees in place on schur->t: Hessenberg form by reflections, then the QR iteration with small
 * bulges (dhseqr; Braman, Byers and Mathias, SIAM J. Matrix Anal. Appl. 23(4), 2002). It leaves 2x2
 * blocks standardised, [a b; c a] with b c < 0. The eigenvalue arrays serve as its WR and WI. */
static enum status factor(struct schur *schur, struct error *error)
{
    const int n = schur->n;
    int sdim = 0;
    int info = 0;
    int size = -1;
    double wanted = 0.0;
    dgees_("V", "N", NULL, &n, schur->t, &n, &sdim, schur->eigenvalue_re, schur->eigenvalue_im,
           schur->q, &n, &wanted, &size, NULL, &info, 1, 1);
    size = (int)fmax(wanted, 3.0 * n);
    double *work = NULL;
    TRY(memory_array(&work, (size_t)size, sizeof(double), error));
    dgees_("V", "N", NULL, &n, schur->t, &n, &sdim, schur->eigenvalue_re, schur->eigenvalue_im,
           schur->q, &n, work, &size, NULL, &info, 1, 1);
    free(work);
    if (info != 0) {
        return error_set(error, STATUS_JOB_SCHUR_FAILED, "dgees INFO = %d at width %d", info, n);
    }
    return STATUS_OK;
}

static enum status check_overflow(const struct schur *schur, struct error *error)
{
    for (size_t i = 0; i < array_count(schur->n, schur->n); i++) {
        if (!isfinite(schur->t[i]) || !isfinite(schur->q[i])) {
            return error_set(error, STATUS_JOB_SCHUR_NONFINITE, "Schur form of width %d overflowed",
                             schur->n);
        }
    }
    return STATUS_OK;
}

/* Equal matrices have equal bits from here on: -0.0 becomes 0.0. */
static void clear_and_describe(struct schur *schur)
{
    for (size_t i = 0; i < array_count(schur->n, schur->n); i++) {
        schur->t[i] += 0.0;
    }
    schur_describe(schur, schur->t, schur->t + 1, schur->t + schur->n, (size_t)schur->n + 1);
}

/* |sW - Q T Q'|_F / |sW|_F of the form of sW, s = scale. work and product are [n, n] scratch. */
static double residual(const struct schur *schur, const double *w, double scale, double *work,
                       double *product)
{
    const int n = schur->n;
    copy_transposed(product, w, n, scale);
    const double norm = frobenius_norm(product, array_count(n, n));
    if (norm == 0.0) {
        return 0.0;
    }
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, schur->q, n, schur->t, n,
                0.0, work, n);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, n, -1.0, work, n, schur->q, n, 1.0,
                product, n);
    return frobenius_norm(product, array_count(n, n)) / norm;
}

/* |Q'Q - I|_F / sqrt(n). work is [n, n] scratch. */
static double orthogonality_loss(const struct schur *schur, double *work)
{
    const int n = schur->n;
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, n, n, n, 1.0, schur->q, n, schur->q, n,
                0.0, work, n);
    for (int i = 0; i < n; i++) {
        work[column_major(i, i, n)] -= 1.0;
    }
    return frobenius_norm(work, array_count(n, n)) / sqrt((double)n);
}

/* Of the scaled Schur form against the scaled weights. */
static enum status certify(struct schur *schur, const double *w, double scale, struct error *error)
{
    double *work = NULL;
    const size_t count = array_count(schur->n, schur->n);
    TRY(memory_array2(&work, 2, count, sizeof(double), error));
    schur->certificate.residual = residual(schur, w, scale, work, work + count);
    schur->certificate.orthogonality_loss = orthogonality_loss(schur, work);
    schur->certificate.disorder = schur_disorder(schur);
    free(work);
    return schur_judge(schur, error);
}

/* Back to the scale of the weights, where parts of T may underflow: the blocks are read anew. */
static enum status unscale(struct schur *schur, double scale, struct error *error)
{
    const size_t count = array_count(schur->n, schur->n);
    if (scale != 1.0) {
        schur->order.shift = 1.0 - schur->order.leak;
        for (size_t i = 0; i < count; i++) {
            schur->t[i] /= scale;
        }
        clear_and_describe(schur);
    }
    schur->norm = frobenius_norm(schur->t, count);
    TRY(check_overflow(schur, error));
    return isfinite(schur->norm) && isfinite(schur->spectral_radius) && isfinite(schur->radius)
               ? STATUS_OK
               : error_set(error, STATUS_JOB_SCHUR_NONFINITE,
                           "norm of the Schur form of width %d overflowed", schur->n);
}

/* The two ways of sorting give the same order up to rounding. */
static enum status reorder(struct schur *schur, struct error *error)
{
    if (schur->n >= REORDER_BLOCKED_FROM) {
        return schur_reorder_blocked(schur, error);
    }
    double *work = NULL;
    TRY(memory_array(&work, (size_t)schur->n, sizeof(double), error));
    schur->certificate.n_unswapped = schur_reorder(schur->t, schur->q, schur->n, schur->order,
                                                   schur->blocks, &schur->n_blocks, work);
    free(work);
    return STATUS_OK;
}

/* W is brought near 1 by a power of two s where it is far from it, sW = Q T Q' is factored, sorted
 * and certified, and T is scaled back. */
static enum status compute_in(struct schur *schur, const double *w, struct error *error)
{
    const size_t n = (size_t)schur->n;
    const double largest = largest_entry(w, n * n);
    const double scale = schur_safe_scale(largest);
    schur->order.shift = scale * (1.0 - schur->order.leak);
    TRY(memory_array2(&schur->t, n, n, sizeof(double), error));
    TRY(memory_array2(&schur->q, n, n, sizeof(double), error));
    TRY(memory_array(&schur->eigenvalue_re, n, sizeof(double), error));
    TRY(memory_array(&schur->eigenvalue_im, n, sizeof(double), error));
    TRY(memory_array(&schur->blocks, n, sizeof *schur->blocks, error));
    copy_transposed(schur->t, w, schur->n, scale);
    drop_negligible(schur->t, n * n, scale * largest);
    TRY(factor(schur, error));
    TRY(check_overflow(schur, error));
    TRY(reorder(schur, error));
    clear_and_describe(schur);
    TRY(certify(schur, w, scale, error));
    return unscale(schur, scale, error);
}

enum status schur_compute(struct schur *schur, const double *w, int n, double leak,
                          struct error *error)
{
    assert(n >= 1);
    *schur = (struct schur){0};
    for (size_t i = 0; i < array_count(n, n); i++) {
        if (!isfinite(w[i])) {
            return error_set(error, STATUS_JOB_WEIGHTS_NONFINITE, "weight_hh[%zu, %zu] is %g",
                             i / (size_t)n, i % (size_t)n, w[i]);
        }
    }
    schur->n = n;
    schur->order.leak = leak;
    const enum status status = compute_in(schur, w, error);
    if (status != STATUS_OK) {
        schur_release(schur);
    }
    return status;
}

enum status schur_map_blocks(const struct schur *schur, int **block_of, struct error *error)
{
    TRY(memory_array(block_of, (size_t)schur->n, sizeof **block_of, error));
    for (int i = 0; i < schur->n_blocks; i++) {
        for (int k = 0; k < schur->blocks[i].size; k++) {
            (*block_of)[schur->blocks[i].start + k] = i;
        }
    }
    return STATUS_OK;
}

/* |T|_F^2 - sum |lambda|^2 is the squares above the diagonal blocks plus, of each pair [a b; c a],
 * 2 a^2 + b^2 + c^2 - 2 (a^2 - b c) = (b + c)^2. */
double schur_nonnormality(const struct schur *schur)
{
    if (schur->norm == 0.0) {
        return 0.0;
    }
    const int n = schur->n;
    double total = 0.0;
    for (int i = 0; i < schur->n_blocks; i++) {
        const int first = schur->blocks[i].start;
        for (int column = first; column < first + schur->blocks[i].size; column++) {
            for (int row = 0; row < first; row++) {
                const double entry = schur->t[column_major(row, column, n)] / schur->norm;
                total += entry * entry;
            }
        }
        if (schur->blocks[i].size == 2) {
            const double *const pair = schur->t + column_major(first, first, n);
            const double sum = (pair[n] + pair[1]) / schur->norm;
            total += sum * sum;
        }
    }
    return sqrt(total);
}

double schur_modulus_gap(const struct schur *schur)
{
    double gap = NAN;
    for (int i = 0; i + 1 < schur->n_blocks && schur->radius > 0.0; i++) {
        gap = fmin(gap,
                   fabs(schur->blocks[i].modulus - schur->blocks[i + 1].modulus) / schur->radius);
    }
    return gap;
}
