/* The balanced form of a ReLU network. max(x, 0) commutes with positive scales of the units, so
 * that with S = diag(s), s > 0,
 *
 *     W_hh -> S W_hh S^-1,    W_ih -> S W_ih,    b_h -> S b_h,    h_0 -> S h_0,    W_hy -> W_hy
 * S^-1
 *
 * is the same network, leak or not; but Schur vectors and couplings are others. Of these forms one
 * is taken: that in which of every unit the squared norm of what comes in (its row of W_hh, W_ih
 * and b_h) equals that of what goes out (its column of W_hh and W_hy). It is unique up to units
 * that nothing enters or leaves, which keep their scale. */
#pragma once

#include "core/network.h"

/* sums[i] = sum over j of W_ij^2 x[j], or of W_ji^2 x[j] when transposed; of wherever W_hh lies.
 * Local or collective. */
typedef enum status squares_product(void *context, bool is_transposed, const double *x,
                                    double *sums, struct error *error);

/* Brings the network, but for weight_hh, to its balanced form; its h0_scale must be there. Of
 * scales[BALANCE_ROWS, n_hidden] the first row are the scales by which entry (i, j) of weight_hh is
 * still to be multiplied, scales[i] / scales[j]; the others are scratch. Local or collective as the
 * product, and with its statuses. */
enum { BALANCE_ROWS = 6 };
MUST_CHECK enum status balance_rest(struct network *network, squares_product *product,
                                    void *context, double *scales, struct error *error);

/* The whole network, which has its weight_hh. Local. */
MUST_CHECK enum status balance_network(struct network *network, struct error *error);
