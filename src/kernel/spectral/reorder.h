/* Ordering of a real Schur form by the modulus of its eigenvalues, or of the step operator's.
 * Everything here is local. */
#pragma once

#include "kernel/spectral/schur.h"

#include <stddef.h>

/* Blocks, their number, eigenvalues and radii into a form of width n whose arrays and order are
 * there. on[i * stride] is T's diagonal, below and above what stands beside it in its columns and
 * rows, where row n - 1 is not looked at. */
void schur_describe(struct schur *form, const double *on, const double *below, const double *above,
                    size_t stride);

/* Diagonal blocks of t[n, n] (column-major, quasi-triangular) into blocks[n]; returns how many. */
int schur_scan_blocks(const double *t, int n, struct schur_order order, struct schur_block *blocks);

/* Difference of two moduli under which they tie: relative to the largest modulus of all blocks. The
 * zeros of a matrix of low rank, which rounding makes as far apart as it likes, tie. */
double schur_reorder_tie(const struct schur_block *blocks, int n_blocks);

/* First block at or after `from` that ties with the largest modulus there: the next in order. */
int schur_reorder_next(const struct schur_block *blocks, int n_blocks, int from, double tie);

/* Stable selection sort by dtrexc: the first block whose modulus ties with the largest that is left
 * goes to the front. t and q [n, n] column-major are changed in place so that Q T Q' stays the
 * same; blocks[n] and *n_blocks describe the result; work[n] is scratch. Returns how often dtrexc
 * refused to swap two blocks (their eigenvalues are too close; the order then holds up to that
 * closeness, which the certificate measures). */
int schur_reorder(double *t, double *q, int n, struct schur_order order, struct schur_block *blocks,
                  int *n_blocks, double *work);
