/* Bootstrap confidence intervals of mean and interquartile mean.
 *
 * Percentile method (Efron and Tibshirani 1993, chapter 13): 2.5 % and 97.5 % quantiles (type 7) of
 * the statistic over resamples with replacement. Where groups are pooled, every group is resampled
 * by itself and keeps its size (stratified, as in Agarwal et al. 2021). The resamples of a sample
 * size are the same in every call, so that equal data give equal intervals everywhere. */
#pragma once

#include "core/status.h"

/* Fewer values than BOOTSTRAP_LEAST tell nothing of their spread. */
enum { BOOTSTRAP_RESAMPLES = 10000, BOOTSTRAP_LEAST = 3 };

struct interval {
    double low;
    double high;
};

struct bootstrap; /* workspace, and the resamples of the last stratification */

/* Released by bootstrap_destroy. Local. */
MUST_CHECK enum status bootstrap_create(struct bootstrap **out, struct error *error);
void bootstrap_destroy(struct bootstrap **bootstrap);

/* 95 % intervals of values, strata one after the other, of sizes strata[n_strata]. NaN when there
 * are fewer than BOOTSTRAP_LEAST values, or more than 65,535. Local. */
MUST_CHECK enum status bootstrap_intervals(struct bootstrap *bootstrap, const double *values,
                                           const int *strata, int n_strata, struct interval *mean,
                                           struct interval *iqm, struct error *error);
