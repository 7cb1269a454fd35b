/* What must hold of an ordered Schur form, whichever way it was computed. */
#pragma once

#include "kernel/spectral/schur.h"

#include <stdbool.h>

enum { CONTRACT_TEXT_SIZE = 256 };

/* True when the form, with t and q, keeps every promise of schur.h for w[n, n] (row-major);
 * otherwise the text says which it breaks. Plain loops, no BLAS. */
bool schur_contract_holds(const double *w, const struct schur *schur,
                          char text[CONTRACT_TEXT_SIZE]);

/* Largest distance between the eigenvalues of two forms, in units of |W|_F, when every eigenvalue
 * takes the nearest one of the other that is left. */
double schur_contract_distance(const struct schur *a, const struct schur *b);
