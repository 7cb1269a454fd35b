/* Loss of a batch and its gradient, in float32 or float64: the same code for both. */
#ifndef SCHURSWEEP_KERNEL_TRAINING_BPTT_H
#define SCHURSWEEP_KERNEL_TRAINING_BPTT_H

#include "core/network.h"
#include "core/status.h"
#include "core/trials.h"

struct bptt; /* workspace, grown to the largest batch it has met */

/* `single`: states, products and gradients in float32. Released by bptt_destroy. Local. */
MUST_CHECK enum status bptt_create(struct bptt **out, bool single, int n_hidden, int n_in,
                                   int n_out, struct error *error);
void bptt_destroy(struct bptt **bptt);

/* loss = sum of mask (y - y*)^2 / (sum of mask * n_out) over the batch, y read after x_t is
 * consumed, h_0 = 0 and no biases. gradient: the arrays weight_hh, weight_ih and weight_hy become d
 * loss / d weight in the shapes of the network. Local. */
MUST_CHECK enum status bptt_gradient(struct bptt *bptt, const struct network *network,
                                     const struct trials *batch, struct network *gradient,
                                     double *loss, struct error *error);

#endif
