/* Bootstrap intervals of many samples of one size, those of a group.
 *
 * Percentile method, as in report/bootstrap.h. Seeds can be exchanged, so that a resample is how
 * often it has the smallest value, the next, and so on: these counts are drawn once for a size, and
 * the means of all resamples of all samples are products of two matrices, counts by draw and rank,
 * and values by rank and sample. The interquartile mean has counts of its own, of what is left of a
 * resample without its ends. Nothing depends on the order of the seeds. */
#pragma once

#include "report/bootstrap.h"

/* Beyond this size there are RESAMPLES_FEW draws instead of BOOTSTRAP_RESAMPLES: an end of an
 * interval is then uncertain by 2 % of the interval's width, instead of 0.7 %. Beyond
 * RESAMPLES_LARGEST there are none. */
enum { RESAMPLES_MANY = 100, RESAMPLES_FEW = 1000, RESAMPLES_LARGEST = 20000 };

struct resamples;

/* Of samples of size n, at least BOOTSTRAP_LEAST and at most RESAMPLES_LARGEST. Local. */
MUST_CHECK enum status resamples_create(struct resamples **out, int n, struct error *error);
void resamples_destroy(struct resamples **resamples);

/* Size of the samples that they are for. */
int resamples_size(const struct resamples *resamples);

/* 95 % intervals of m samples, values[m] each [n] ascending. Local. */
void resamples_intervals(struct resamples *resamples, const double *const *values, int m,
                         struct interval *mean, struct interval *iqm);
