/* Gaussian entries N(0, 1/n) at the start. */
#include "kernel/constructions/construction.h"

#include <math.h>

static enum status initialise(int n, struct rng *rng, double *params, double *fixed,
                              struct error *error)
{
    const double deviation = 1.0 / sqrt((double)n);
    (void)fixed;
    (void)error;
    for (size_t i = 0; i < construction_dense_params(n); i++) {
        params[i] = deviation * rng_normal(rng);
    }
    return STATUS_OK;
}

const struct construction_ops CONSTRUCTION_DENSE_NORMAL = {
    .name = "dense_normal",
    .rate_factor = 1.0,
    .n_params = construction_dense_params,
    .initialise = initialise,
};
