/* In which order pairs of blocks are removed, and what that is predicted to do to the even trials.
 * With F = J'J of these trials and x the pairs that are gone, the next pair is that with the least
 *
 *     (2 (F x)_p + F_pp) / |T_p|^2
 *
 * what it adds to the square of the distance for what it takes; where it adds nothing, the product
 * of the two, so that large ones come first. Of equal ones the first in the order of pairs is
 * taken. Pairs that are empty, or whose modes tie with others, are left out. Local. */
#pragma once

#include "kernel/gauss_newton/pairs.h"

struct removal_order {
    int *pairs;      /* [count] */
    double *shares;  /* [count + 1] squared norm of the first ones, relative to that of all pairs */
    double *squares; /* [count + 1] of the predicted distance without them */
    int count;
    double diagonal; /* sum of F over these pairs, of its diagonal and of all of it, relative to the
                        variation of outputs */
    double whole;
};

/* `variation` is that of the outputs of the even trials. Released by removal_order_release, on
 * failure too. STATUS_INTERNAL without memory. */
MUST_CHECK enum status removal_order_create(struct removal_order *order, const struct pairs *pairs,
                                            double variation, struct error *error);

/* The same with the smallest pairs first. */
MUST_CHECK enum status removal_order_by_mass(struct removal_order *order, const struct pairs *pairs,
                                             double variation, struct error *error);
void removal_order_release(struct removal_order *order);

/* Mean of the square over all sets of so many of the pairs: with n of them each is in it with the
 * chance j / n, two with j (j - 1) / (n (n - 1)). */
double removal_order_random_square(const struct removal_order *order, int count);
