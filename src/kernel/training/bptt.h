/* Loss of a batch and its gradient by back-propagation through time, in float32 or float64
 * (bptt_kernel.inc has the equations). A batch is laid out for the kernel trial by trial. */
#pragma once

#include "core/isa.h"
#include "core/network.h"
#include "core/status.h"
#include "core/sweep.h"
#include "kernel/tasks/task.h"

struct bptt; /* workspace, grown to the largest batch it has met */

/* For networks of this one's shape and cell; states, products and gradients of a strip of trials
 * are of the precision, sums over strips are float64; the isa must be available. Without biases
 * those of the network count as 0. STATUS_INTERNAL without memory. Released by bptt_destroy. Local.
 */
MUST_CHECK enum status bptt_create(struct bptt **out, const struct network *network, bool has_bias,
                                   enum precision precision, enum isa path, struct error *error);
void bptt_destroy(struct bptt **bptt);

/* Begins another batch of that many trials, which must all be given before the gradient is asked
 * for. STATUS_INTERNAL without memory. Local. */
MUST_CHECK enum status bptt_begin(struct bptt *bptt, int n_steps, int n_trials,
                                  struct error *error);

/* Trials first .. first + count of the batch, of n_steps each: BPTT_TRIALS of them, `first` a
 * multiple of that, and fewer only at the batch's end. Local. */
enum { BPTT_TRIALS = 4 };
void bptt_load(struct bptt *bptt, int first, const struct task_trial *trials, int count);

/* loss = sum of mask (y - y*)^2 / (sum of mask * n_out) over the batch, y read after x_t is
 * consumed, h_0 = 0 (v_0 of the current form) and c_0 = 0. gradient: the recurrent weights of all
 * gates, weight_ih, weight_hy and, with biases, bias_h, bias_hn and bias_y become d loss / d weight
 * in a network of the same shape. Denormal numbers are zero, as in rollouts. avx2 and avx512 give
 * the same bits. Local. */
void bptt_gradient(struct bptt *bptt, const struct network *network, struct network *gradient,
                   double *loss);
