#include "kernel/spectral/removal.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* The rows of one block in the columns of another. */
static void take_pair(const struct removal *removal, const struct schur_block *rows,
                      const struct schur_block *cols, size_t n, double *t)
{
    for (int col = cols->start; col < cols->start + cols->size; col++) {
        double *const entries = t + (size_t)col * n;
        for (int row = rows->start; row < rows->start + rows->size; row++) {
            entries[row] = removal_rest(removal, entries[row]);
        }
    }
}

void removal_apply(const struct removal *removal, const struct schur *schur, double *t_ablated)
{
    const size_t n = (size_t)schur->n;
    memcpy(t_ablated, schur->t, n * n * sizeof *t_ablated);
    for (int col = 1; col < schur->n_blocks; col++) {
        for (int row = 0; row < col; row++) {
            if (removal_takes(removal, row, col)) {
                take_pair(removal, &schur->blocks[row], &schur->blocks[col], n, t_ablated);
            }
        }
    }
}

void removal_weights(const struct schur *schur, const double *t_ablated, double *work, double *w)
{
    const int n = schur->n;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, schur->q, n, t_ablated, n,
                0.0, work, n);
    /* Row-major W~ is the column-major transpose (work Q')' = Q work'. */
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0, schur->q, n, work, n, 0.0, w,
                n);
}

double removal_mass(const struct schur *schur, const double *t_ablated)
{
    const size_t count = (size_t)schur->n * (size_t)schur->n;
    double squares = 0.0;
    for (size_t i = 0; i < count && schur->norm > 0.0; i++) {
        const double removed = (schur->t[i] - t_ablated[i]) / schur->norm;
        squares += removed * removed;
    }
    return sqrt(squares);
}
