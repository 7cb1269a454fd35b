/* What is measured on the answers of a network. All arrays [n_steps, n_trials, n_out] row-major;
 * only steps with mask 1 count; sums run over steps first, then trials, then channels. Local. */
#ifndef SCHURSWEEP_KERNEL_DYNAMICS_METRIC_H
#define SCHURSWEEP_KERNEL_DYNAMICS_METRIC_H

#include "core/trials.h"

/* Fraction of variance unexplained: sum (y - y*)^2 / variation, where variation is
 * trials_total_variation of the targets about their own channel means. */
double metric_fvu(const struct trials *trials, double variation, const double *outputs);

/* Share of sign(y) == sign(target), where a zero is never right; NaN unless the trials' metric is
 * accuracy. */
double metric_accuracy(const struct trials *trials, const double *outputs);

/* d_D = sqrt(sum |y - y_full|^2 / full_variation), full_variation that of y_full about its channel
 * means; 0 when the answers are equal, Inf when only the full network's are constant. */
double metric_distance(const struct trials *trials, double full_variation,
                       const double *full_outputs, const double *outputs);

#endif
