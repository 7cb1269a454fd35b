/* The diagonal blocks of a shared quasi-triangular matrix, on every rank. */
#pragma once

#include "core/status.h"
#include "kernel/spectral/reorder.h"
#include "team/block_cyclic.h"

#include <stdbool.h>

struct diagonal {
    int n;
    double *values; /* [3, n]: the three below, in one piece */
    double *on;     /* t[i, i] */
    double *below;  /* t[i + 1, i]; 0 for the last i */
    double *above;  /* t[i, i + 1]; 0 for the last i */
};

/* For matrices of width n, zero; released by diagonal_release. STATUS_INTERNAL without memory.
 * Local. */
MUST_CHECK enum status diagonal_create(struct diagonal *diagonal, int n, struct error *error);
void diagonal_release(struct diagonal *diagonal);

/* The three diagonals of t, the same bits on all ranks; STATUS_INTERNAL if MPI fails. Collective.
 */
MUST_CHECK enum status diagonal_read(struct diagonal *diagonal, const struct block_cyclic *t,
                                     struct error *error);

/* True when no two neighbouring subdiagonal entries are nonzero. Local. */
bool diagonal_is_quasi_triangular(const struct diagonal *diagonal);

/* schur_describe of the form whose diagonal it is. Local. */
static inline void diagonal_describe(const struct diagonal *diagonal, struct schur *form)
{
    schur_describe(form, diagonal->on, diagonal->below, diagonal->above, 1);
}
