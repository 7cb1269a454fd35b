/* Units of one network put together with units of another, so that their weights are as near as can
 * be: over all permutations P, of networks whose units may change sign over all signed ones,
 *
 *     f(P) = sum of <W_a, P W_b P'> over recurrent matrices + <K, P>,
 *     K = U_a U_b' + b_a b_b' + V_a' V_b
 *
 * is to be largest, which makes |W_a - P W_b P'|^2 and the distances of input weights U, biases b
 * and read-outs V together smallest. */
#pragma once

#include "core/network.h"
#include "core/rng.h"
#include "core/status.h"

/* A permutation with signs: unit i of the first network is sign[i] times unit column[i] of the
 * second. */
struct signed_permutation {
    int *column;  /* [n] */
    double *sign; /* [n] */
};

struct matching;

/* Two networks of one shape and cell, borrowed with their arrays, which may change between two
 * calls of matching_find. Released by matching_destroy. Local. */
MUST_CHECK enum status matching_create(struct matching **out, const struct network *a,
                                       const struct network *b, struct error *error);
void matching_destroy(struct matching **matching);

/* The best that is found from some starts, the random ones with numbers of that key; owned by the
 * matching, until the next call. `go_on` as in struct network_pair; its status. Local. */
MUST_CHECK enum status matching_find(struct matching *matching, struct rng_key key,
                                     enum status (*go_on)(void *context, struct error *error),
                                     void *go_on_context,
                                     const struct signed_permutation **permutation,
                                     struct error *error);

/* sqrt( sum |W_a - P W_b P'|^2 / sum (|W_a|^2 + |W_b|^2) ) over recurrent matrices; NaN when all
 * are zero. Local. */
double matching_distance(const struct matching *matching,
                         const struct signed_permutation *permutation);
