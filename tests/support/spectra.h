/* The ordered Schur form of every kind of test matrix in every test size, computed once. */
#pragma once

#include "kernel/spectral/schur.h"
#include "support/matgen.h"

#include <stdbool.h>

enum { SPECTRA_SIZE_COUNT = 6, SPECTRA_COUNT = MATGEN_KIND_COUNT * SPECTRA_SIZE_COUNT };

struct spectrum {
    enum matgen_kind kind;
    int n;
    double *w; /* [n, n] row-major */
    struct schur schur;
    int *block_of_row; /* [n] read off T by the support code: rows of a 2x2 block share a number */
};

/* Group set-up and tear-down for cmocka. A matrix that is refused is left out and printed;
 * test_schur demands that none is. */
int spectra_create(void **state);
int spectra_release(void **state);

/* for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) */
const struct spectrum *spectra_first(void);
const struct spectrum *spectra_next(const struct spectrum *spectrum);

/* "kind n=17". Overwritten by the next call. */
const char *spectrum_name(const struct spectrum *spectrum);

/* True when eigenvalues are well conditioned, so that they agree to about n eps |W|. */
bool spectrum_is_well_conditioned(const struct spectrum *spectrum);

/* Entry of T. */
double spectrum_t(const struct spectrum *spectrum, int row, int column);

/* |lambda| of the eigenvalue at a row, from eigenvalue_re and eigenvalue_im. */
double spectrum_modulus(const struct spectrum *spectrum, int row);
