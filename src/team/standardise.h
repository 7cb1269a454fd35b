/* 2x2 diagonal blocks as LAPACK leaves them and ScaLAPACK does not always. */
#pragma once

#include <stdbool.h>

/* Of [a b; c d]: true for c = 0, and for a complex pair with a = d and b c < 0. Local. */
bool is_standard_block(double a, double b, double c, double d);

/* Rotates every 2x2 block of the quasi-triangular t[n, n] until it is standard, q[n, n] with it so
 * that Q T Q' stays the same; both column-major. Pairs with real eigenvalues are split. Returns how
 * many were rotated. Local. */
int standardise_blocks(double *t, double *q, int n);
