/* A one-layer recurrent network (nn.RNN convention, y read after x_t is consumed): without a leak
 *   h_t = f(W_hh h_{t-1} + W_ih x_t + b_h),   y_t = W_hy h_t + b_y,   h_0 the same for all trials.
 */
#pragma once

#include "core/cell.h"
#include "core/hash.h"
#include "core/status.h"

#include <stdint.h>

struct network {
    struct cell cell;
    int n_hidden;
    int n_in;
    int n_out;
    double *weight_hh; /* [n_hidden, n_hidden] row-major: to, from */
    double *weight_ih; /* [n_hidden, n_in] row-major */
    double *weight_hy; /* [n_out, n_hidden] row-major */
    double *bias_h;    /* [n_hidden], zeros when the model has none */
    double *bias_y;    /* [n_out] */
    double *h0;        /* [n_hidden]; v_0 of the current form */
    double *h0_scale;  /* [n_hidden] by which initial states of trials are multiplied, for a network
                        * that is another form of the one in its file; NULL: 1 */
};

/* All arrays zero, the cell CELL_DEFAULT; released by network_release. */
MUST_CHECK enum status network_create(struct network *network, int n_hidden, int n_in, int n_out,
                                      struct error *error);
/* The same without the recurrent weights: weight_hh is NULL. */
MUST_CHECK enum status network_create_rest(struct network *network, int n_hidden, int n_in,
                                           int n_out, struct error *error);
void network_release(struct network *network);

/* Name of the first array with a NaN or Inf in it, or NULL; *index is where in the array. */
const char *network_nonfinite(const struct network *network, int64_t *index);

/* Hash of the sizes, of the cell unless it is CELL_DEFAULT, and of every value. */
MUST_CHECK enum status network_hash(const struct network *network, uint64_t *hash,
                                    struct error *error);

/* The same hash of a network without its recurrent weights: between the two calls hasher_doubles
 * takes weight_hh, some entries at a time and in their order. network_hash_end destroys it. */
MUST_CHECK enum status network_hash_begin(const struct network *network, struct hasher **hasher,
                                          struct error *error);
uint64_t network_hash_end(const struct network *network, struct hasher **hasher);
