#include "kernel/constructions/construction.h"

#include "core/named.h"
#include "kernel/dense/dense.h"

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
    rng_normals(rng, q, construction_dense_params(n));
    return dense_orthogonalise(n, q, error);
}
