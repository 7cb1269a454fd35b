/* The dense algebra of constructions, with sums in an order of its own: BLAS chooses another one on
 * another processor, and the networks that start from it are others. avx2 and avx512 give the same
 * bits; the portable path has no fused operations. Matrices are [n, n] row-major; everything here
 * is local, and gives STATUS_INTERNAL without memory. */
#pragma once

#include "core/status.h"

/* c = a b; c is neither of them. */
MUST_CHECK enum status dense_multiply(int n, const double *a, const double *b, double *c,
                                      struct error *error);

/* b becomes a^-1 b, by Gauss with exchanges of rows; of a singular `a` it is not finite. */
MUST_CHECK enum status dense_solve(int n, const double *a, double *b, struct error *error);

/* `a` becomes the orthogonal Q of a = Q R with a positive diagonal of R. */
MUST_CHECK enum status dense_orthogonalise(int n, double *a, struct error *error);
