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

enum status construction_haar(int n, struct rng *rng, double *q, struct error *error)
{
    const size_t width = (size_t)n;
    const int size = n * n;
    int info = 0;
    double *tau = NULL; /* [n], then signs[n], then work[n, n] of LAPACK */
    TRY(memory_array2(&tau, width + 2, width, sizeof *tau, error));
    double *const signs = tau + width;
    double *const work = signs + width;
    for (size_t i = 0; i < width * width; i++) {
        q[i] = rng_normal(rng);
    }
    dgeqrf_(&n, &n, q, &n, tau, work, &size, &info);
    for (size_t i = 0; i < width; i++) {
        signs[i] = q[i * width + i] < 0.0 ? -1.0 : 1.0;
    }
    if (info == 0) {
        dorgqr_(&n, &n, &n, q, &n, tau, work, &size, &info);
    }
    for (size_t column = 0; column < width; column++) {
        for (size_t row = 0; row < width; row++) {
            q[column * width + row] *= signs[column];
        }
    }
    free(tau);
    /* Read as row-major this is the transpose, which is Haar-distributed too. */
    return info == 0 ? STATUS_OK
                     : error_set(error, STATUS_INTERNAL, "QR factorisation INFO = %d", info);
}
