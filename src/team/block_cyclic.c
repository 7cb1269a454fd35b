#include "team/block_cyclic.h"

#include "core/array.h"
#include "core/memory.h"
#include "team/scalapack.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* NUMROC of ScaLAPACK's tools, with the first block on process 0: whole blocks in turn, the rest of
 * n to the process after them. */
int block_cyclic_extent(int n, int block, int index, int count)
{
    assert(n >= 0 && block >= 1 && index >= 0 && index < count);
    const int whole = n / block;
    const int extra = whole % count;
    const int own = whole / count * block;
    return index < extra ? own + block : index == extra ? own + n % block : own;
}

double block_cyclic_bytes(int n, int block, int n_rows, int n_cols)
{
    return (double)sizeof(double) * block_cyclic_extent(n, block, 0, n_rows) *
           block_cyclic_extent(n, block, 0, n_cols);
}

int block_cyclic_global(int local, int block, int index, int count)
{
    return (local / block * count + index) * block + local % block;
}

int block_cyclic_row(const struct block_cyclic *matrix, int local_row)
{
    return block_cyclic_global(local_row, matrix->block, matrix->grid->row, matrix->grid->n_rows);
}

int block_cyclic_col(const struct block_cyclic *matrix, int local_col)
{
    return block_cyclic_global(local_col, matrix->block, matrix->grid->col, matrix->grid->n_cols);
}

/* The local indices below a global one are those that fall to this rank of that many. */
int block_cyclic_rows_before(const struct block_cyclic *matrix, int row)
{
    return block_cyclic_extent(row, matrix->block, matrix->grid->row, matrix->grid->n_rows);
}

int block_cyclic_cols_before(const struct block_cyclic *matrix, int col)
{
    return block_cyclic_extent(col, matrix->block, matrix->grid->col, matrix->grid->n_cols);
}

double *block_cyclic_local(const struct block_cyclic *matrix, int local_row, int local_col)
{
    return matrix->local + column_major(local_row, local_col, matrix->n_local_rows);
}

double *block_cyclic_entry(const struct block_cyclic *matrix, int row, int col)
{
    const struct process_grid *const grid = matrix->grid;
    if (row / matrix->block % grid->n_rows != grid->row ||
        col / matrix->block % grid->n_cols != grid->col) {
        return NULL;
    }
    return block_cyclic_local(matrix, block_cyclic_rows_before(matrix, row),
                              block_cyclic_cols_before(matrix, col));
}

size_t block_cyclic_count(const struct block_cyclic *matrix)
{
    return array_count(matrix->n_local_rows, matrix->n_local_cols);
}

enum status block_cyclic_create(struct block_cyclic *matrix, const struct process_grid *grid, int n,
                                int block, struct error *error)
{
    const int n_local_rows = block_cyclic_extent(n, block, grid->row, grid->n_rows);
    const int leading = n_local_rows > 1 ? n_local_rows : 1;
    *matrix = (struct block_cyclic){
        .grid = grid,
        .n = n,
        .block = block,
        .n_local_rows = n_local_rows,
        .n_local_cols = block_cyclic_extent(n, block, grid->col, grid->n_cols),
        /* Type 1 (dense), context, sizes, block sizes, first process row and column, leading
         * dimension. */
        .descriptor = {1, grid->context, n, n, block, block, 0, 0, leading}};
    const enum status status =
        grid_agree(grid,
                   memory_array2(&matrix->local, (size_t)matrix->n_local_rows,
                                 (size_t)matrix->n_local_cols, sizeof(double), error),
                   error);
    if (status != STATUS_OK) {
        block_cyclic_release(matrix);
    }
    return status;
}

void block_cyclic_release(struct block_cyclic *matrix)
{
    free(matrix->local);
    *matrix = (struct block_cyclic){0};
}

void block_cyclic_copy(struct block_cyclic *to, const struct block_cyclic *from, double scale)
{
    const size_t count = block_cyclic_count(from);
    for (size_t i = 0; i < count; i++) {
        to->local[i] = scale * from->local[i];
    }
}

bool block_cyclic_is_finite(const struct block_cyclic *matrix)
{
    const size_t count = block_cyclic_count(matrix);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(matrix->local[i])) {
            return false;
        }
    }
    return true;
}

enum status block_cyclic_largest(const struct block_cyclic *matrix, double *largest,
                                 struct error *error)
{
    const size_t count = block_cyclic_count(matrix);
    *largest = 0.0;
    for (size_t i = 0; i < count; i++) {
        *largest = fmax(*largest, fabs(matrix->local[i]));
    }
    return grid_max(matrix->grid, largest, error);
}

enum status block_cyclic_norm(const struct block_cyclic *matrix, double *norm, struct error *error)
{
    const size_t count = block_cyclic_count(matrix);
    double largest = 0.0;
    double squares = 0.0; /* sum (a_ij / unit)^2 */
    TRY(block_cyclic_largest(matrix, &largest, error));
    /* NaN is no largest entry: it must still reach the sum. */
    const double unit = largest > 0.0 ? largest : 1.0;
    for (size_t i = 0; i < count; i++) {
        squares += (matrix->local[i] / unit) * (matrix->local[i] / unit);
    }
    TRY(grid_sum(matrix->grid, &squares, 1, error));
    *norm = unit * sqrt(squares);
    return STATUS_OK;
}

void block_cyclic_multiply(const char *op_a, const struct block_cyclic *a, const char *op_b,
                           const struct block_cyclic *b, double alpha, double beta,
                           struct block_cyclic *c)
{
    const int one = 1;
    pdgemm_(op_a, op_b, &c->n, &c->n, &c->n, &alpha, a->local, &one, &one, a->descriptor, b->local,
            &one, &one, b->descriptor, &beta, c->local, &one, &one, c->descriptor, 1, 1);
}
