/* Why outputs move when D is taken out of T, and how far they would move for random changes of the
 * same norm: closed forms from the sums of a Gauss-Newton form. Everything here is local.
 *
 * For Gaussian directions over a class K of entries of T, the mean of the squared distance for each
 * unit of squared norm is g_K, the mean over K of sum G_ij^2 / sum (y - mean y)^2. With C the mean
 * of z z' and L the sum of mu mu',
 *
 *     d^2 / (|D|^2 g_dense) = exposure * visibility * coordination
 *     exposure   = tr(D C D') / (|D|^2 tr C / n)          the states that D reads are large
 *     visibility = tr(L D C D') / (tr(D C D') tr L / n)   what it writes to moves the outputs
 *
 * and coordination is the rest: whether the two go together. All are 1 in the mean over dense
 * directions. Of several matrices taken apart together, entries between two of them are no part of
 * any class. */
#pragma once

#include "kernel/gauss_newton/gauss_newton.h"
#include "kernel/spectral/removal.h"

struct direction {
    double mass_square; /* |D|_F^2 */
    double exposure;    /* NaN, as the next, where D is 0 */
    double visibility;
    double gain; /* g_K over the entries of the couplings that are removed */
};

/* g_K of all entries, and of those above the diagonal blocks. */
double direction_dense_gain(const struct gauss_newton *gn, const struct schur *form);
double direction_upper_gain(const struct gauss_newton *gn, const struct schur *form);

/* form has T and Q. STATUS_INTERNAL without memory. */
MUST_CHECK enum status direction_of(const struct gauss_newton *gn, const struct schur *form,
                                    const struct removal *removal, struct direction *direction,
                                    struct error *error);
