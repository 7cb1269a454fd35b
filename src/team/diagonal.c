#include "team/diagonal.h"

#include "core/array.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum status diagonal_create(struct diagonal *diagonal, int n, struct error *error)
{
    *diagonal = (struct diagonal){.n = n};
    TRY(memory_array2(&diagonal->values, 3, (size_t)n, sizeof(double), error));
    diagonal->on = diagonal->values;
    diagonal->below = diagonal->on + n;
    diagonal->above = diagonal->below + n;
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
    memset(diagonal->values, 0, array_count(3, t->n) * sizeof(double));
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
