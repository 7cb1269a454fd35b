/* Orthogonal throughout: the scaled Cayley transform W = (I + A)^-1 (I - A) D with skew A, D a
 * fixed diagonal of signs, half of them -1 (Helfrich, Willmott, Ye 2018). The parameters are the
 * strict lower triangle of A, row by row. */
#include "kernel/constructions/construction.h"

#include "core/memory.h"
#include "kernel/lapack.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

static size_t n_params(int n)
{
    return (size_t)n * (size_t)(n - 1) / 2;
}

static enum status initialise(int n, struct rng *rng, double *params, double *fixed,
                              struct error *error)
{
    const double deviation = sqrt(2.0 / n);
    (void)error;
    for (size_t i = 0; i < n_params(n); i++) {
        params[i] = deviation * rng_normal(rng);
    }
    for (int i = 0; i < n; i++) {
        fixed[i] = i < n / 2 ? -1.0 : 1.0;
    }
    for (int i = n - 1; i > 0; i--) { /* Fisher and Yates, from the end */
        const int j = (int)rng_below(rng, (uint64_t)i + 1);
        const double swapped = fixed[i];
        fixed[i] = fixed[j];
        fixed[j] = swapped;
    }
    return STATUS_OK;
}

/* m = I + sign * A, row-major; LAPACK reads the same memory as the transpose, I - sign * A. */
static void fill_shifted(int n, const double *params, double sign, double *m)
{
    const size_t width = (size_t)n;
    for (size_t i = 0; i < width; i++) {
        m[i * width + i] = 1.0;
        for (size_t j = 0; j < i; j++) {
            const double a = sign * *params++;
            m[i * width + j] = a;
            m[j * width + i] = -a;
        }
    }
}

/* Solves S x = b for all columns of b, S and b column-major; both are overwritten, b by x. */
static enum status solve(int n, double *shifted, double *b, struct error *error)
{
    int *pivots = NULL;
    int info = 0;
    TRY(memory_array(&pivots, (size_t)n, sizeof *pivots, error));
    dgesv_(&n, &n, shifted, &n, pivots, b, &n, &info);
    free(pivots);
    return info == 0 ? STATUS_OK
                     : error_set(error, STATUS_INTERNAL, "Cayley solve INFO = %d", info);
}

/* Both factors commute, so C = (I + A)^-1 (I - A) solves C (I + A) = I - A, in transposes
 * (I + A)' C' = (I - A)': row-major I + A, I - A and C are that system's column-major arrays. */
static enum status weights(int n, const double *params, const double *fixed, double *w,
                           struct error *error)
{
    const size_t width = (size_t)n;
    double *shifted = NULL;
    TRY(memory_array2(&shifted, width, width, sizeof *shifted, error));
    fill_shifted(n, params, 1.0, shifted);
    fill_shifted(n, params, -1.0, w);
    const enum status status = solve(n, shifted, w, error);
    free(shifted);
    for (size_t i = 0; i < width * width; i++) {
        w[i] *= fixed[i % width];
    }
    return status;
}

/* dW = -(I + A)^-1 dA (W + D), so d loss / dA = -X with (I + A)' X = G (W + D)', and the parameter
 * a_ij = -a_ji gets X_ji - X_ij. */
static enum status gradient(int n, const double *params, const double *fixed, const double *w,
                            const double *g, double *params_gradient, struct error *error)
{
    const size_t width = (size_t)n;
    double *work = NULL;
    TRY(memory_array2(&work, 2 * width, width, sizeof *work, error));
    double *const shifted = work;
    double *const x = work + width * width; /* column-major X */
    for (size_t i = 0; i < width * width; i++) {
        shifted[i] = w[i] + (i / width == i % width ? fixed[i / width] : 0.0);
    }
    /* Column-major G (W + D)' is row-major (W + D) G'. */
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0, shifted, n, g, n, 0.0, x, n);
    fill_shifted(n, params, 1.0, shifted); /* column-major (I + A)' */
    const enum status status = solve(n, shifted, x, error);
    for (size_t i = 0; i < width; i++) {
        for (size_t j = 0; j < i; j++) {
            /* Row-major x[i, j] is X_ji. */
            *params_gradient++ = x[i * width + j] - x[j * width + i];
        }
    }
    free(work);
    return status;
}

const struct construction_ops CONSTRUCTION_CAYLEY = {
    .name = "cayley",
    .rate_factor = 2.0,
    .n_params = n_params,
    .initialise = initialise,
    .weights = weights,
    .gradient = gradient,
};
