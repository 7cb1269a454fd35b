/* Uniform in +-1/sqrt(n), the start of PyTorch's nn.RNN. */
#include "kernel/constructions/construction.h"

#include <math.h>

static enum status initialise(int n, struct rng *rng, double *params, double *fixed,
                              struct error *error)
{
    const double bound = 1.0 / sqrt((double)n);
    (void)fixed;
    (void)error;
    for (size_t i = 0; i < construction_dense_params(n); i++) {
        params[i] = bound * (2.0 * rng_uniform(rng) - 1.0);
    }
    return STATUS_OK;
}

const struct construction_ops CONSTRUCTION_DENSE_DEFAULT = {
    .name = "dense_default",
    .rate_factor = 1.0,
    .n_params = construction_dense_params,
    .initialise = initialise,
};
