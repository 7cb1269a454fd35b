/* Rollout of a network over packed trials, and what its outputs amount to. Every number depends on
 * network, trials, precision and isa alone, bit for bit: neither on the range that is asked
 * for nor on what ran before. The isas avx2 and avx512 give the same bits.
 *
 *     h_t = f(W_hh h_{t-1} + W_ih x_t + b_h),    y_t = W_hy h_t + b_y
 *
 * or what else the network's cell says (core/cell.h).
 *
 * Everything here is local, and whatever allocates gives STATUS_INTERNAL without memory. */
#pragma once

#include "core/isa.h"
#include "core/network.h"
#include "core/status.h"
#include "kernel/dynamics/packed_trials.h"

/* Who multiplies matrices: the kernel, which keeps a tile of trials in the first cache and streams
 * the weights past it, or BLAS. By width is who is faster: BLAS where a row of weights has
 * ROLLOUT_BLAS_ROW bytes, of a gated cell where all matrices are as large as that one would be. */
enum rollout_product { PRODUCT_BY_WIDTH, PRODUCT_FUSED, PRODUCT_BLAS };
enum { ROLLOUT_BLAS_ROW = 1280 * 8 };

struct rollout; /* workspace for one network on one set of trials */

/* Sums over the steps of one trial, or of several. */
struct trial_score {
    double squared_error;  /* (y - target)^2 over counted steps and channels */
    double squared_change; /* (y - y_reference)^2 likewise; 0 while there is no reference */
    int64_t n_right;       /* by the trials' metric: accuracy, counted outputs that have the sign of
                              their target, zero being none; argmax, counted steps whose largest
                              output, and no other, is that of the largest target; else 0 */
    int n_finite;          /* steps before the first with a NaN or Inf, counted or not */
};

struct trial_range {
    int first;
    int count;
};

/* Borrows network and trials, whose h0 is of its width or NULL, for its life, and computes with the
 * network's own weights until it is told others, which it must be when the network has none
 * (weight_hh NULL); released by rollout_destroy. The isa must be available; the product is by width
 * unless told otherwise. */
MUST_CHECK enum status rollout_create(struct rollout **out, const struct network *network,
                                      const struct packed_trials *trials, enum isa path,
                                      struct error *error);
MUST_CHECK enum status rollout_create_with(struct rollout **out, const struct network *network,
                                           const struct packed_trials *trials, enum isa path,
                                           enum rollout_product product, struct error *error);
void rollout_destroy(struct rollout **rollout);

/* weight_hh[n_hidden, n_hidden] (row-major) takes the place of the network's, the matrix that is
 * taken apart. Copied. */
void rollout_set_weights(struct rollout *rollout, const double *weight_hh);

/* The matrix of any gate: rows of weights[n_hidden, n_hidden] begin `stride` values apart. Copied.
 */
void rollout_set_gate(struct rollout *rollout, int gate, const double *weights, size_t stride);

/* The same of its rows first .. first + count, rows[count, n_hidden] row-major. */
void rollout_set_rows(struct rollout *rollout, int gate, int first, int count, const double *rows);

/* scores[range.count] of the trials first, first + 1, ... */
void rollout_score(struct rollout *rollout, struct trial_range range, struct trial_score *scores);

/* Makes the outputs of the present weights on all trials the reference of squared_change, and gives
 * their scores[n_trials], whose own squared_change is 0. */
MUST_CHECK enum status rollout_keep_reference(struct rollout *rollout, struct trial_score *scores,
                                              struct error *error);

/* outputs[n_steps, n_trials, n_out] row-major of the reference, which must be there. */
void rollout_reference(const struct rollout *rollout, double *outputs);

/* outputs[n_steps, n_trials, n_out] row-major of the present weights.
 * STATUS_JOB_ROLLOUT_NONFINITE names the first step with a NaN or Inf. */
MUST_CHECK enum status rollout_run(struct rollout *rollout, double *outputs, struct error *error);

/* The sum of all scores in their order, and the smallest n_finite. */
struct trial_score trial_scores_sum(const struct trial_score *scores, int count);

/* STATUS_JOB_ROLLOUT_NONFINITE that names the step unless all n_steps are finite. */
MUST_CHECK enum status trial_score_check(const struct trial_score *score, int n_steps,
                                         struct error *error);

/* Bytes that a rollout takes, with a reference, beside its packed trials. */
size_t rollout_memory(enum cell_kind kind, int n_hidden, const struct trials *trials,
                      enum precision precision);

/* tanh in place of values[count] of the precision as rollouts and training compute it: at most 2.5
 * ulp, NaN stays, +-Inf gives +-1, and each result depends on its argument alone. The isa must be
 * available; avx2 and avx512 give the same bits. */
void rollout_tanh(void *values, size_t count, enum isa path, enum precision precision);
