/* Batched rollout of a network over trials: y_t for every step and trial. */
#ifndef SCHURSWEEP_KERNEL_DYNAMICS_ROLLOUT_H
#define SCHURSWEEP_KERNEL_DYNAMICS_ROLLOUT_H

#include "core/network.h"
#include "core/status.h"
#include "core/sweep.h"
#include "core/trials.h"

struct rollout; /* workspace for one network on one set of trials */

/* Borrows network and trials for its life; released by rollout_destroy. `precision` is that of
 * states and products; inputs, outputs and sums are double. Local. */
MUST_CHECK enum status rollout_create(struct rollout **out, const struct network *network,
                                      const struct trials *trials, enum precision precision,
                                      struct error *error);
void rollout_destroy(struct rollout **rollout);

/* Runs the network with weight_hh[n_hidden, n_hidden] (row-major) in the place of its own.
 * outputs[n_steps, n_trials, n_out] row-major. The result depends on the arguments alone, bit for
 * bit. STATUS_JOB_ROLLOUT_NONFINITE names the first step with a NaN or Inf. Local. */
MUST_CHECK enum status rollout_run(struct rollout *rollout, const double *weight_hh,
                                   double *outputs, struct error *error);

/* Bytes that one rollout workspace takes. */
size_t rollout_memory(int n_hidden, int n_in, int n_out, enum precision precision);

#endif
