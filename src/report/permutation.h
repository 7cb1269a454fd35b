/* Paired comparisons over few seeds. */
#pragma once

#include "core/status.h"

/* Up to PERMUTATION_EXACT_MAX pairs every assignment of signs is counted, beyond it a fixed random
 * choice of PERMUTATION_DRAWS, and of PERMUTATION_FEW beyond PERMUTATION_MANY pairs. */
enum {
    PERMUTATION_EXACT_MAX = 24,
    PERMUTATION_DRAWS = 9999,
    PERMUTATION_MANY = 100,
    PERMUTATION_FEW = 1999
};

/* The signs that were drawn last, for a number of pairs. */
struct permutation {
    int n;                /* pairs; 0: none yet */
    unsigned char *signs; /* [(n + 7) / 8, draws] eight signs in each */
    double *sums;         /* [draws] */
};

/* Zeros are an empty one. */
void permutation_release(struct permutation *permutation);

/* Two-sided p of the hypothesis that paired differences are symmetric about 0 (Fisher's sign-flip
 * permutation test, statistic |mean|; Good 2005, section 3.2.1). Exact for n up to
 * PERMUTATION_EXACT_MAX; beyond, (1 + hits) / (1 + draws). An infinite difference outweighs all
 * finite ones, and another infinite one evens it out. Does not depend on the order of the
 * differences. NaN for n = 0. *direction is the sign of the sum of the differences. Local. */
MUST_CHECK enum status permutation_sign_flip(struct permutation *permutation,
                                             const double *differences, int n, double *p,
                                             int *direction, struct error *error);

/* Smallest p that the test can give with n pairs; NaN for n = 0. */
double permutation_smallest_p(int n);

/* adjusted[m]: p values after Holm's step-down correction (Holm 1979), at most 1. NaN stays NaN and
 * is not counted. */
void permutation_holm(const double *p, double *adjusted, int m);
