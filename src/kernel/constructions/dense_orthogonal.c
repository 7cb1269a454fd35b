/* A Haar-distributed orthogonal matrix at the start, free afterwards. */
#include "kernel/constructions/construction.h"

static enum status initialise(int n, struct rng *rng, double *params, double *fixed,
                              struct error *error)
{
    (void)fixed;
    return construction_haar(n, rng, params, error);
}

const struct construction_ops CONSTRUCTION_DENSE_ORTHOGONAL = {
    .name = "dense_orthogonal",
    .rate_factor = 1.0,
    .n_params = construction_dense_params,
    .initialise = initialise,
};
