/* What the scores of a network on all its trials amount to. Local. */
#ifndef SCHURSWEEP_KERNEL_DYNAMICS_METRIC_H
#define SCHURSWEEP_KERNEL_DYNAMICS_METRIC_H

#include "core/trials.h"
#include "kernel/dynamics/rollout.h"

/* sum (v - mean)^2 over the counted steps of v[n_steps, n_trials, n_out], about the means of its
 * channels. */
MUST_CHECK enum status metric_variation(const struct trials *trials, const double *values,
                                        double *variation, struct error *error);

/* Fraction of variance unexplained: sum (y - y*)^2 / variation of the targets. */
double metric_fvu(const struct trial_score *sum, double variation);

/* Share of sign(y) == sign(target), where a zero is never right; NaN unless the trials' metric is
 * accuracy. */
double metric_accuracy(const struct trials *trials, const struct trial_score *sum);

/* d_D = sqrt(sum |y - y_full|^2 / variation of y_full); 0 when the answers are equal, Inf when only
 * the full network's are constant. */
double metric_distance(const struct trial_score *sum, double full_variation);

#endif
