/* Orthogonal throughout: the scaled Cayley transform W = (I + A)^-1 (I - A) D with skew A, D a
 * fixed diagonal of signs, half of them -1 (Helfrich, Willmott, Ye 2018). The parameters are the
 * strict lower triangle of A, row by row. */
#include "kernel/constructions/construction.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/dense/dense.h"

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

/* m = I + sign A. */
static void fill_shifted(int n, const double *params, double sign, double *m)
{
    for (int i = 0; i < n; i++) {
        m[row_major(i, i, n)] = 1.0;
        for (int j = 0; j < i; j++) {
            const double a = sign * *params++;
            m[row_major(i, j, n)] = a;
            m[row_major(j, i, n)] = -a;
        }
    }
}

/* (I + A) C = I - A, and W = C D. */
static enum status weights(int n, const double *params, const double *fixed, double *w,
                           struct error *error)
{
    const size_t width = (size_t)n;
    double *shifted = NULL;
    TRY(memory_array2(&shifted, width, width, sizeof *shifted, error));
    fill_shifted(n, params, 1.0, shifted);
    fill_shifted(n, params, -1.0, w);
    const enum status status = dense_solve(n, shifted, w, error);
    free(shifted);
    for (size_t i = 0; i < width * width; i++) {
        w[i] *= fixed[i % width];
    }
    return status;
}

/* dW = -(I + A)^-1 dA (W + D), so d loss / dA = -X with (I + A)' X = G (W + D)'. The inverse is
 * known: M = (I + A)^-1 = (I + C) / 2 with C = W D, and (W + D)' = 2 D M', so that
 *
 *     X = 2 M' (G D) M',
 *
 * and the parameter a_ij = -a_ji gets X_ji - X_ij. */
static enum status gradient(int n, const double *params, const double *fixed, const double *w,
                            const double *g, double *params_gradient, struct error *error)
{
    const size_t width = (size_t)n;
    const size_t size = width * width;
    double *work = NULL;
    (void)params;
    TRY(memory_array2(&work, 3 * width, width, sizeof *work, error));
    double *const inverse = work; /* M' */
    double *const signed_g = work + size;
    double *const product = work + 2 * size;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const double c = w[row_major(i, j, n)] * fixed[j];
            inverse[row_major(j, i, n)] = 0.5 * (c + (i == j ? 1.0 : 0.0));
            signed_g[row_major(i, j, n)] = g[row_major(i, j, n)] * fixed[j];
        }
    }
    enum status status = dense_multiply(n, signed_g, inverse, product, error);
    double *const x = signed_g;
    THEN(status, dense_multiply(n, inverse, product, x, error));
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            *params_gradient++ = 2.0 * (x[row_major(j, i, n)] - x[row_major(i, j, n)]);
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
