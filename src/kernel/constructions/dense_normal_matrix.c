/* A random normal matrix (W W' = W' W) at the start: Q D Q' with Haar Q and 2x2 blocks that rotate
 * by U(0, pi) and scale by sqrt(U(0, 1)): complex eigenvalues uniform in the unit disc. */
#include "kernel/constructions/construction.h"

#include "core/array.h"
#include "core/elementary.h"
#include "core/memory.h"
#include "kernel/dense/dense.h"

#include <math.h>
#include <stdlib.h>

/* b[n, n] = Q D: every block mixes two columns of Q. */
static void scale_rotate(int n, struct rng *rng, const double *q, double *b)
{
    for (int k = 0; k + 1 < n; k += 2) {
        const double radius = sqrt(rng_uniform(rng));
        double c = 0.0;
        double s = 0.0;
        elementary_circle(0.5 * rng_uniform(rng), &c, &s);
        c *= radius;
        s *= radius;
        for (int i = 0; i < n; i++) {
            const size_t place = (size_t)i * (size_t)n + (size_t)k;
            b[place] = q[place] * c + q[place + 1] * s;
            b[place + 1] = q[place + 1] * c - q[place] * s;
        }
    }
}

static void transpose(int n, const double *from, double *to)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            to[row_major(j, i, n)] = from[row_major(i, j, n)];
        }
    }
}

static enum status initialise(int n, struct rng *rng, double *params, double *fixed,
                              struct error *error)
{
    const size_t count = construction_dense_params(n);
    double *q = NULL; /* Q, then Q D, then Q' */
    (void)fixed;
    TRY(memory_array2(&q, 3, count, sizeof *q, error));
    enum status status = construction_haar(n, rng, q, error);
    if (status == STATUS_OK) {
        scale_rotate(n, rng, q, q + count);
        transpose(n, q, q + 2 * count);
        status = dense_multiply(n, q + count, q + 2 * count, params, error);
    }
    free(q);
    return status;
}

const struct construction_ops CONSTRUCTION_DENSE_NORMAL_MATRIX = {
    .name = "dense_normal_matrix",
    .needs_even = true,
    .rate_factor = 1.0,
    .n_params = construction_dense_params,
    .initialise = initialise,
};
