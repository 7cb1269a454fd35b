#include "kernel/constructions/construction.h"

#include "core/memory.h"
#include "core/named.h"
#include "kernel/lapack.h"

#include <stdlib.h>

const struct construction_ops *construction_find(const char *name)
{
    return named_find(CONSTRUCTIONS, name);
}

size_t construction_dense_params(int n)
{
    return (size_t)n * (size_t)n;
}

/* Column-major QR in place; tau and work are [n, 1] and [n, n]. */
static int factor_qr(int n, double *q, double *tau, double *signs, double *work)
{
    const int size = n * n;
    int info = 0;
    dgeqrf_(&n, &n, q, &n, tau, work, &size, &info);
    for (int i = 0; i < n; i++) {
        signs[i] = q[(size_t)i * (size_t)n + (size_t)i] < 0.0 ? -1.0 : 1.0;
    }
    if (info == 0) {
        dorgqr_(&n, &n, &n, q, &n, tau, work, &size, &info);
    }
    return info;
}

enum status construction_haar(int n, struct rng *rng, double *q, struct error *error)
{
    const size_t width = (size_t)n;
    double *work = NULL; /* tau, signs, and LAPACK's workspace */
    TRY(memory_array2(&work, width + 2, width, sizeof *work, error));
    for (size_t i = 0; i < width * width; i++) {
        q[i] = rng_normal(rng);
    }
    double *const signs = work + width;
    const int info = factor_qr(n, q, work, signs, work + 2 * width);
    for (size_t column = 0; column < width; column++) {
        for (size_t row = 0; row < width; row++) {
            q[column * width + row] *= signs[column];
        }
    }
    free(work);
    /* Read as row-major this is the transpose, which is Haar-distributed too. */
    return info == 0 ? STATUS_OK
                     : error_set(error, STATUS_INTERNAL, "QR factorisation INFO = %d", info);
}
