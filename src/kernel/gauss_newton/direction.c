#include "kernel/gauss_newton/direction.h"

#include "core/array.h"
#include "core/memory.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

/* Whether T can have an entry there: modes of two matrices share none, and T's zero says so, while
 * their vectors stand in different rows of Q. */
static bool is_within(const struct schur *form, int row, int col)
{
    for (int i = 0; i < form->n; i++) {
        if (form->q[column_major(i, row, form->n)] != 0.0 &&
            form->q[column_major(i, col, form->n)] != 0.0) {
            return true;
        }
    }
    return false;
}

/* Mean of G_ij^2 over entries of pairs of blocks that `takes` accepts. */
static double mean_gain(const struct gauss_newton *gn, const struct schur *form,
                        bool (*takes)(const void *context, int row_block, int col_block),
                        const void *context)
{
    double sum = 0.0;
    int64_t count = 0;
    for (int a = 0; a < form->n_blocks; a++) {
        for (int b = 0; b < form->n_blocks; b++) {
            const struct schur_block *const rows = &form->blocks[a];
            const struct schur_block *const cols = &form->blocks[b];
            if (!takes(context, a, b) || !is_within(form, rows->start, cols->start)) {
                continue;
            }
            for (int i = rows->start; i < rows->start + rows->size; i++) {
                for (int j = cols->start; j < cols->start + cols->size; j++) {
                    sum += gn->squares[row_major(i, j, gn->n)];
                    count++;
                }
            }
        }
    }
    return sum / (double)count / gn->full_variation;
}

static bool takes_all(const void *context, int row_block, int col_block)
{
    (void)context;
    (void)row_block;
    (void)col_block;
    return true;
}

static bool takes_upper(const void *context, int row_block, int col_block)
{
    (void)context;
    return row_block < col_block;
}

static bool takes_removed(const void *context, int row_block, int col_block)
{
    return row_block < col_block && removal_takes(context, row_block, col_block);
}

double direction_dense_gain(const struct gauss_newton *gn, const struct schur *form)
{
    return mean_gain(gn, form, takes_all, NULL);
}

double direction_upper_gain(const struct gauss_newton *gn, const struct schur *form)
{
    return mean_gain(gn, form, takes_upper, NULL);
}

static double trace(const double *matrix, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += matrix[row_major(i, i, n)];
    }
    return sum;
}

static double inner(const double *a, const double *b, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* Exposure and visibility of d[n, n] (column-major); dc and dcd [n, n] are scratch. */
static void see(const struct gauss_newton *gn, const double *d, double *dc, double *dcd,
                struct direction *direction)
{
    const int n = gn->n;
    const size_t count = array_count(n, n);
    const double share = 1.0 / *gn->n_states;
    direction->mass_square = inner(d, d, count);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, share, d, n, gn->states, n, 0.0,
                dc, n);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0, dc, n, d, n, 0.0, dcd, n);
    const double read = trace(dcd, n);
    const double written = inner(gn->adjoints, dcd, count); /* both are symmetric */
    direction->exposure = read / (direction->mass_square * share * trace(gn->states, n) / n);
    direction->visibility = written / (read * trace(gn->adjoints, n) / n);
}

enum status direction_of(const struct gauss_newton *gn, const struct schur *form,
                         const struct removal *removal, struct direction *direction,
                         struct error *error)
{
    const size_t n = (size_t)form->n;
    double *d = NULL;
    double *dc = NULL;
    double *dcd = NULL;
    *direction = (struct direction){.gain = mean_gain(gn, form, takes_removed, removal)};
    enum status status = memory_array2(&d, n, n, sizeof(double), error);
    THEN(status, memory_array2(&dc, n, n, sizeof(double), error));
    THEN(status, memory_array2(&dcd, n, n, sizeof(double), error));
    if (status == STATUS_OK) {
        removal_apply(removal, form, d);
        for (size_t i = 0; i < n * n; i++) {
            d[i] = form->t[i] - d[i];
        }
        see(gn, d, dc, dcd, direction);
    }
    free(d);
    free(dc);
    free(dcd);
    return status;
}
