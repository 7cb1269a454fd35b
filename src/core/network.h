/* A one-layer recurrent network of any cell (core/cell.h), nn.RNN convention: y is read after x_t
 * is consumed; initial states are the same for all trials. Of a gated cell the weights of its gates
 * stand one after the other, in the order of cell_parts, and G is their number; of an rnn it is 1.
 */
#pragma once

#include "core/cell.h"
#include "core/hash.h"
#include "core/status.h"

#include <stdint.h>

struct network {
    struct cell cell;
    int matrix; /* the gate whose recurrent weights are weight_hh */
    int n_hidden;
    int n_in;
    int n_out;
    double
        *weight_hh; /* [n_hidden, n_hidden] row-major, to, from: the matrix that is taken apart */
    double *others_hh; /* [G - 1, n_hidden, n_hidden] those of the other gates, or NULL */
    double *weight_ih; /* [G, n_hidden, n_in] row-major */
    double *weight_hy; /* [n_out, n_hidden] row-major */
    double *bias_h;    /* [G, n_hidden], zeros when the model has none */
    double *bias_y;    /* [n_out] */
    double *h0;        /* [n_hidden]; v_0 of the current form */
    double *bias_hn;   /* [n_hidden] of a gru, else NULL */
    double *c0;        /* [n_hidden] of an lstm, else NULL */
    double *dale_sign; /* [n_hidden] +1 or -1: of the weights that lead from each unit; NULL where
                        * nobody gave them (network_add_dale_sign) */
    double *h0_scale;  /* [n_hidden] by which initial states of trials are multiplied, for a network
                        * that is another form of the one in its file; NULL: 1 */
};

/* What a network is made of before it has values. */
struct network_shape {
    struct cell cell;
    int n_hidden;
    int n_in;
    int n_out;
};

/* All arrays zero, the matrix that of cell_parts; released by network_release. */
MUST_CHECK enum status network_create(struct network *network, const struct network_shape *shape,
                                      struct error *error);
/* The same without the matrix of a gate, which is the one that is taken apart: weight_hh is NULL.
 */
MUST_CHECK enum status network_create_rest(struct network *network,
                                           const struct network_shape *shape, int matrix,
                                           struct error *error);
void network_release(struct network *network);

/* Room for dale_sign, zero. */
MUST_CHECK enum status network_add_dale_sign(struct network *network, struct error *error);

/* The recurrent weights [n_hidden, n_hidden] of a gate. */
double *network_gate(const struct network *network, int gate);

/* Name of the first array with a NaN or Inf in it, or NULL; *index is where in the array. */
const char *network_nonfinite(const struct network *network, int64_t *index);

/* Hash of the sizes, of the cell unless it is CELL_DEFAULT, and of every value that is there,
 * whichever matrix is taken apart. */
MUST_CHECK enum status network_hash(const struct network *network, uint64_t *hash,
                                    struct error *error);

/* The same hash of a network without the matrix that is taken apart: between the two calls
 * hasher_doubles takes it, some entries at a time and in their order. network_hash_end destroys it.
 */
MUST_CHECK enum status network_hash_begin(const struct network *network, struct hasher **hasher,
                                          struct error *error);
uint64_t network_hash_end(const struct network *network, struct hasher **hasher);
