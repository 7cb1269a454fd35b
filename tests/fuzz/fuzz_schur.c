/* Ordered Schur forms of matrices up to 8 x 8 with any numbers in them: a certified form within
 * 50 ms, or a failure of the job. */
#include "fuzz/fuzz.h"
#include "kernel/spectral/reorder.h"
#include "kernel/spectral/schur.h"
#include "kernel/spectral/split.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_WIDTH = 8, MAX_ENTRIES = MAX_WIDTH * MAX_WIDTH };

static const double LONGEST_SECONDS = 0.05; /* of the processor */

/* Most ties and refused swaps come from blocks that are nearly equal. */
static void repeat_blocks(struct fuzz_input *input, double *w, int n)
{
    const int size = 1 + fuzz_below(input, 2);
    const double off = fuzz_real(input);
    for (int i = size; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const double here =
                i - size < n && j >= size ? w[(i - size) * n + j - size] : w[i * n + j];
            w[i * n + j] = i - j < size && j - i < size ? here * (1.0 + off) : w[i * n + j];
        }
    }
}

/* What lies below the diagonal blocks becomes small, so that T is nearly there from the start. */
static void flatten(struct fuzz_input *input, double *w, int n)
{
    const double factor = fuzz_real(input);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j + 1 < i; j++) {
            w[i * n + j] *= factor;
        }
    }
}

static int draw_matrix(struct fuzz_input *input, double *w)
{
    const int n = 1 + fuzz_below(input, MAX_WIDTH);
    const uint8_t form = fuzz_byte(input);
    const double scale = (form & 1) != 0 ? fuzz_real(input) : 1.0;
    for (int i = 0; i < n * n; i++) {
        const double value = scale * fuzz_real(input);
        w[i] = isfinite(value) || (form & 8) != 0 ? value : 0.5;
    }
    if ((form & 2) != 0) {
        repeat_blocks(input, w, n);
    }
    if ((form & 4) != 0) {
        flatten(input, w, n);
    }
    return n;
}

static bool is_typed(enum status status)
{
    return status == STATUS_JOB_WEIGHTS_NONFINITE || status == STATUS_JOB_SCHUR_FAILED ||
           status == STATUS_JOB_SCHUR_NONFINITE || status == STATUS_JOB_CERTIFICATE;
}

static bool has_nonfinite(const double *values, int count)
{
    for (int i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return true;
        }
    }
    return false;
}

static void check_certificate(const struct schur *schur)
{
    const struct schur_certificate *const found = &schur->certificate;
    const double limit = 100.0 * schur->n * DBL_EPSILON;
    FUZZ_DEMAND(found->residual >= 0.0 && found->residual <= limit);
    FUZZ_DEMAND(found->orthogonality_loss >= 0.0 && found->orthogonality_loss <= limit);
    FUZZ_DEMAND(found->disorder <= 1e-6);
    FUZZ_DEMAND(isfinite(schur->norm) && schur->norm >= 0.0);
    FUZZ_DEMAND(isfinite(schur->spectral_radius) && schur->spectral_radius >= 0.0);
}

/* The claim of the certificate, computed anew in plain loops and without its scaling. Values whose
 * squares leave the numbers are judged by the certificate alone. */
static void check_orthogonal(const struct schur *schur)
{
    const int n = schur->n;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double product = 0.0;
            for (int k = 0; k < n; k++) {
                product += schur->q[i * n + k] * schur->q[j * n + k];
            }
            FUZZ_DEMAND(fabs(product - (i == j)) <= 1000.0 * n * DBL_EPSILON);
        }
    }
}

static void check_residual(const struct schur *schur, const double *w)
{
    const int n = schur->n;
    const bool is_ordinary = schur->norm > 1e-100 && schur->norm < 1e100;
    for (int i = 0; is_ordinary && i < n; i++) {
        for (int j = 0; j < n; j++) {
            double entry = w[i * n + j];
            for (int k = 0; k < n; k++) {
                for (int l = 0; l < n; l++) {
                    entry -= schur->q[k * n + i] * schur->t[l * n + k] * schur->q[l * n + j];
                }
            }
            FUZZ_DEMAND(fabs(entry) <= 1000.0 * n * DBL_EPSILON * schur->norm);
        }
    }
}

/* Blocks tile the diagonal; their eigenvalues stand in the arrays. */
static void check_blocks(const struct schur *schur)
{
    int row = 0;
    for (int i = 0; i < schur->n_blocks; i++) {
        const struct schur_block *const block = &schur->blocks[i];
        FUZZ_DEMAND(block->start == row);
        FUZZ_DEMAND(block->size == 1 || block->size == 2);
        FUZZ_DEMAND(block->modulus >= 0.0 && block->modulus <= schur->spectral_radius);
        FUZZ_DEMAND((schur->eigenvalue_im[row] != 0.0) <= (block->size == 2));
        row += block->size;
    }
    FUZZ_DEMAND(row == schur->n);
    FUZZ_DEMAND(!has_nonfinite(schur->eigenvalue_re, schur->n));
    FUZZ_DEMAND(!has_nonfinite(schur->eigenvalue_im, schur->n));
}

/* R shrinks as alpha grows; together the couplings hold what is above the block diagonal, wherever
 * the split is. */
static void check_sectors(const struct schur *schur)
{
    static const double alphas[] = {1e-300, 0.25, 0.5, 0.9, 1.0};
    const double nonnormality = schur_nonnormality(schur);
    /* A denormal norm is itself rounded. */
    const double steps = schur->norm > 0.0 ? DBL_TRUE_MIN / schur->norm : 0.0;
    const double slack = 1e-12 + schur->n * schur->n * steps;
    int last = schur->n;
    for (size_t i = 0; i < sizeof alphas / sizeof alphas[0]; i++) {
        const struct split split = split_at(schur, alphas[i]);
        FUZZ_DEMAND(split.n_r >= 1 && split.n_r <= last);
        FUZZ_DEMAND(!(split.alpha_gap < 0.0));
        last = split.n_r;
        for (int k = 0; k < COUPLING_COUNT; k++) {
            FUZZ_DEMAND(split.mass[k] >= 0.0 && split.mass[k] <= 1.0 + slack);
        }
        FUZZ_DEMAND(hypot(hypot(split.mass[0], split.mass[1]), split.mass[2]) <=
                    nonnormality * (1.0 + 1e-12));
    }
    FUZZ_DEMAND(nonnormality >= 0.0 && nonnormality <= 1.0 + slack);
    FUZZ_DEMAND(!(schur_modulus_gap(schur) < 0.0));
}

/* schur_compute, which must not be slow twice: on a machine with other work one slow run says
 * nothing. */
static enum status compute(struct schur *schur, const double *w, int n, struct error *error)
{
    double start = fuzz_seconds();
    enum status status = schur_compute(schur, w, n, 1.0, error);
    if (fuzz_seconds() - start >= LONGEST_SECONDS) {
        schur_release(schur);
        start = fuzz_seconds();
        status = schur_compute(schur, w, n, 1.0, error);
        FUZZ_DEMAND(fuzz_seconds() - start < LONGEST_SECONDS);
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {.bytes = bytes, .size = size};
    struct schur schur;
    struct error error = {""};
    double w[MAX_ENTRIES] = {0};
    double copy[MAX_ENTRIES];
    const int n = draw_matrix(&input, w);
    memcpy(copy, w, sizeof copy);
    const enum status status = compute(&schur, w, n, &error);
    FUZZ_DEMAND(memcmp(copy, w, sizeof copy) == 0);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(is_typed(status));
        FUZZ_DEMAND(has_nonfinite(w, n * n) == (status == STATUS_JOB_WEIGHTS_NONFINITE));
        FUZZ_DEMAND(schur.t == NULL && schur.blocks == NULL);
        fuzz_demand_message(&error);
        return 0;
    }
    check_certificate(&schur);
    check_orthogonal(&schur);
    check_residual(&schur, w);
    check_blocks(&schur);
    check_sectors(&schur);
    schur_release(&schur);
    return 0;
}
