/* Several Schur forms taken apart together, as one form. */
#pragma once

#include "kernel/spectral/schur.h"

/* The form of diag(W_1, W_2, ..), of `count` forms with the same width n: count n wide, with the
 * blocks of all of them in the order of their moduli, each relative to the radius of its own form,
 * so that a threshold splits every one where it would split it alone:
 *
 *     T = P diag(T_1, T_2, ..) P',    Q = diag(Q_1, Q_2, ..) P'
 *
 * with a permutation P that keeps the order within each form. The radius is 1, or 0 when all are.
 * Of forms without T and Q it has none. *joint is released by schur_release; STATUS_INTERNAL
 * without memory. Local. */
MUST_CHECK enum status schur_join(struct schur *joint, const struct schur *forms, int count,
                                  struct error *error);

/* numbers[count][n]: which block of the joint form a block of each of the forms is. Local. */
void schur_join_numbers(const struct schur *forms, int count, int *numbers);
