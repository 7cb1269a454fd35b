/* Vector tanh in place: expm1(2x) / (expm1(2x) + 2), at most 3 ulp. NaN passes through, +-Inf gives
 * +-1. Only multiplications, additions and one division in a fixed order: the same bits on every
 * processor. */
#ifndef SCHURSWEEP_KERNEL_DYNAMICS_TANH_H
#define SCHURSWEEP_KERNEL_DYNAMICS_TANH_H

#include <stddef.h>

void tanh_array_double(double *values, size_t count);
void tanh_array_single(float *values, size_t count);

/* The same on the first n_columns values of n_rows rows that begin `stride` values apart. */
void tanh_rows_double(double *values, size_t n_rows, size_t n_columns, size_t stride);
void tanh_rows_single(float *values, size_t n_rows, size_t n_columns, size_t stride);

#endif
