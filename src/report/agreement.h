/* How alike two lists of values order the same things. */
#pragma once

/* Kendall's tau-b of x[n] and y[n] (Kendall 1945; scipy.stats.kendalltau): 1 same order, -1
 * opposite. NaN when one of them is constant, or n < 2. */
double agreement_tau_b(const double *x, const double *y, int n);
