/* Loss of a batch and its gradient by back-propagation through time, in float32 or float64: the
 * same code for both (bptt_real.inc has the equations). */
#pragma once

#include "core/isa.h"
#include "core/network.h"
#include "core/status.h"
#include "core/sweep.h"
#include "core/trials.h"

struct bptt; /* workspace, grown to the largest batch it has met */

/* For networks of this one's shape and cell; states, products and gradients are of the precision,
 * the activation is that of the rollouts with the isa, which must be available. Without biases
 * those of the network count as 0. STATUS_INTERNAL without memory. Released by bptt_destroy. Local.
 */
MUST_CHECK enum status bptt_create(struct bptt **out, const struct network *network, bool has_bias,
                                   enum precision precision, enum isa path, struct error *error);
void bptt_destroy(struct bptt **bptt);

/* loss = sum of mask (y - y*)^2 / (sum of mask * n_out) over the batch, y read after x_t is
 * consumed, h_0 = 0 (v_0 of the current form) and c_0 = 0. gradient: the recurrent weights of all
 * gates, weight_ih, weight_hy and, with biases, bias_h, bias_hn and bias_y become d loss / d weight
 * in a network of the same shape. Denormal numbers
 * are zero, as in rollouts. The bits depend on isa and BLAS: avx2 and avx512 give the same ones
 * where BLAS does. STATUS_INTERNAL without memory. Local. */
MUST_CHECK enum status bptt_gradient(struct bptt *bptt, const struct network *network,
                                     const struct trials *batch, struct network *gradient,
                                     double *loss, struct error *error);
