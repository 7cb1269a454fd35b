/* The pairs of diagonal blocks, or of groups of them, of a Gauss-Newton form: where they lie, how
 * large they are, and which of them depend on the order of modes that tie. Everything here is
 * local. */
#pragma once

#include "kernel/gauss_newton/gauss_newton.h"
#include "kernel/spectral/removal.h"

/* Pairs whose entries are below this part of |T|_F are rounding: nothing can be removed there. */
#define PAIR_EMPTY 1e-12

struct pair {
    int row; /* groups of blocks, row < col */
    int col;
    double mass_square; /* |T_IJ|_F^2 */
    bool is_empty;
    bool is_ambiguous; /* a block of it ties with one outside its group: another order of the two is
                          as good, and has other couplings */
};

struct pairs {
    const struct gauss_newton *gn; /* borrowed */
    const struct schur *form;
    struct pair *list;  /* [gn->n_pairs] in their order */
    double mass_square; /* of all pairs together */
};

/* form has T. Released by pairs_release. STATUS_INTERNAL without memory. */
MUST_CHECK enum status pairs_create(struct pairs *pairs, const struct gauss_newton *gn,
                                    const struct schur *form, struct error *error);
void pairs_release(struct pairs *pairs);

/* Bytes of the bits of a removal of pairs. */
size_t pairs_bits(const struct pairs *pairs);

/* Adds a pair to the bits of a removal. */
void pairs_mark(const struct pairs *pairs, int pair, unsigned char *bits);
