/* Constructions of the recurrent matrix: how it begins, and which parameters training moves. A
 * construction is one const struct in one file; construction_list.c names them all. */
#pragma once

#include "core/rng.h"
#include "core/status.h"

#include <stddef.h>

struct construction_ops {
    const char *name;
    bool needs_even;    /* width must be even */
    double rate_factor; /* on a recipe's own learning rate */
    /* Free parameters of the recurrent matrix of width n. */
    size_t (*n_params)(int n);
    /* Starting values params[n_params(n)] and what stays fixed during training, fixed[n]. */
    enum status (*initialise)(int n, struct rng *rng, double *params, double *fixed,
                              struct error *error);
    /* w[n, n] (row-major) from the parameters. NULL: the parameters are w itself, row-major. */
    enum status (*weights)(int n, const double *params, const double *fixed, double *w,
                           struct error *error);
    /* d loss / d params from g[n, n] = d loss / d w (row-major) at the w that `weights` gave. NULL
     * with `weights`. */
    enum status (*gradient)(int n, const double *params, const double *fixed, const double *w,
                            const double *g, double *params_gradient, struct error *error);
};

/* All constructions, NULL at the end. */
extern const struct construction_ops *const CONSTRUCTIONS[];

/* The construction of that name, or NULL. */
const struct construction_ops *construction_find(const char *name);

/* n * n, for constructions whose parameters are the matrix. */
size_t construction_dense_params(int n);

/* Haar-distributed orthogonal q[n, n] (row-major): QR of a Gaussian matrix, the signs of R's
 * diagonal moved into Q (Mezzadri 2007). */
MUST_CHECK enum status construction_haar(int n, struct rng *rng, double *q, struct error *error);
