/* All trained numbers of a network in one vector: for each gate the parameters p of its recurrent
 * matrix, then W_ih, W_hy and, where they are trained, the biases. A recurrent matrix is a function
 * of its p, the construction; without one of its own p is the matrix. Everything here is local. */
#pragma once

#include "core/network.h"
#include "core/rng.h"
#include "kernel/constructions/construction.h"

enum { DIRECT_MAX = 5 };

/* An array that is trained as it is, in the network and in the gradient. */
struct direct_array {
    double *weights;
    const double *gradient;
    size_t size;
};

struct param_vector {
    const struct construction_ops *construction;
    struct network network;
    struct network gradient; /* d loss / d weight, of the same shape */
    struct direct_array direct[DIRECT_MAX];
    int n_direct;
    size_t n_recurrent;    /* of one gate */
    size_t size;           /* of all */
    double *values;        /* [size] */
    double *values_change; /* [size] d loss / d value */
    double *fixed;         /* [gates, n_hidden] of the construction */
};

/* All zero; released by param_vector_release. STATUS_INTERNAL without memory. */
MUST_CHECK enum status param_vector_create(struct param_vector *vector,
                                           const struct network_shape *shape,
                                           const struct construction_ops *construction,
                                           bool has_bias, struct error *error);
void param_vector_release(struct param_vector *vector);

/* Every p as the construction starts; W_ih normal with that scale if it is above 0, else like all
 * others uniform in +-1/sqrt(n_hidden), as PyTorch does. */
MUST_CHECK enum status param_vector_start(struct param_vector *vector, struct rng *rng,
                                          double input_scale, struct error *error);

/* values to the weights of the network. */
MUST_CHECK enum status param_vector_unfold(struct param_vector *vector, struct error *error);

/* The gradient to values_change: by the construction's chain rule, or as it is. */
MUST_CHECK enum status param_vector_fold(struct param_vector *vector, struct error *error);
