#include "team/diagonal.h"

#include "core/memory.h"
#include "kernel/spectral/reorder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum status diagonal_create(struct diagonal *diagonal, int n, struct error *error)
{
    const size_t count = (size_t)n;
    *diagonal = (struct diagonal){.n = n};
    TRY(memory_array2(&diagonal->values, 3, count, sizeof(double), error));
    diagonal->on = diagonal->values;
    diagonal->below = diagonal->values + count;
    diagonal->above = diagonal->values + 2 * count;
    return STATUS_OK;
}

void diagonal_release(struct diagonal *diagonal)
{
    free(diagonal->values);
    *diagonal = (struct diagonal){0};
}

static void read_own(double *value, const struct block_cyclic *t, int row, int col)
{
    const double *const entry = row < t->n && col < t->n ? block_cyclic_entry(t, row, col) : NULL;
    if (entry != NULL) {
        *value = *entry;
    }
}

enum status diagonal_read(struct diagonal *diagonal, const struct block_cyclic *t,
                          struct error *error)
{
    memset(diagonal->values, 0, 3 * (size_t)t->n * sizeof(double));
    for (int i = 0; i < t->n; i++) {
        read_own(&diagonal->on[i], t, i, i);
        read_own(&diagonal->below[i], t, i + 1, i);
        read_own(&diagonal->above[i], t, i, i + 1);
    }
    /* One rank has each value and all others have 0: the sum is exact. */
    return grid_check(
        MPI_Allreduce(MPI_IN_PLACE, diagonal->values, 3 * t->n, MPI_DOUBLE, MPI_SUM, t->grid->comm),
        "collect the diagonal", error);
}

bool diagonal_is_quasi_triangular(const struct diagonal *diagonal)
{
    for (int i = 0; i + 1 < diagonal->n; i++) {
        if (diagonal->below[i] != 0.0 && diagonal->below[i + 1] != 0.0) {
            return false;
        }
    }
    return true;
}

static void describe_pair(const struct diagonal *diagonal, int row, struct schur *form)
{
    const double imaginary = sqrt(fabs(diagonal->below[row])) * sqrt(fabs(diagonal->above[row]));
    form->eigenvalue_im[row] = imaginary;
    form->eigenvalue_re[row + 1] = diagonal->on[row + 1];
    form->eigenvalue_im[row + 1] = -imaginary;
    form->blocks[form->n_blocks].size = 2;
    form->blocks[form->n_blocks].modulus =
        schur_pair_modulus(diagonal->on[row], diagonal->above[row], diagonal->below[row]);
}

void diagonal_describe(const struct diagonal *diagonal, struct schur *form)
{
    form->n_blocks = 0;
    form->spectral_radius = 0.0;
    for (int row = 0; row < diagonal->n;) {
        struct schur_block *const block = &form->blocks[form->n_blocks];
        *block = (struct schur_block){row, 1, fabs(diagonal->on[row])};
        form->eigenvalue_re[row] = diagonal->on[row];
        form->eigenvalue_im[row] = 0.0;
        if (diagonal->below[row] != 0.0) {
            describe_pair(diagonal, row, form);
        }
        form->spectral_radius = fmax(form->spectral_radius, block->modulus);
        form->n_blocks++;
        row += block->size;
    }
}
