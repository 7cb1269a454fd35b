#include "team/matrix_move.h"

#include "core/array.h"
#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SLAB_TAG = 1 };

/* Rows (or columns) of a block that begins at `first` of `count`; the last block may be shorter. */
static int block_length(const struct block_cyclic *matrix, int first, int count)
{
    return count - first < matrix->block ? count - first : matrix->block;
}

/* ---- the whole matrix to and from the root ---- */

/* A slab: what one rank has of a block column, all its rows of up to `block` neighbouring columns.
 * Local storage is column-major, so that a slab is contiguous there and is one message. */
struct slab {
    int owner;
    int row; /* of the owner in the grid */
    int height;
    int first_col; /* global */
    int width;
    double *local; /* the owner's; on other ranks of no meaning */
};

/* The root's side of one slab after the other. */
struct mover {
    const struct block_cyclic *matrix;
    enum matrix_layout layout;
    bool gathers;         /* to the root, else from it */
    const double *source; /* scatter: [n, n], on the root */
    double *full;         /* gather: [n, n], on the root */
    double *buffer;       /* [n, block] */
};

/* Between the slab's values[height, width] (column-major) and the whole matrix, on the root. */
static void copy_slab(const struct mover *mover, const struct slab *slab, double *values)
{
    const struct block_cyclic *const matrix = mover->matrix;
    const int n = matrix->n;
    assert(values != NULL);
    for (int i = 0; i < slab->width; i++) {
        const int col = slab->first_col + i;
        for (int k = 0; k < slab->height; k++, values++) {
            const int row = block_cyclic_global(k, matrix->block, slab->row, matrix->grid->n_rows);
            const size_t place = mover->layout == MATRIX_ROW_MAJOR ? row_major(row, col, n)
                                                                   : column_major(row, col, n);
            if (mover->gathers) {
                mover->full[place] = *values;
            } else {
                *values = mover->source[place];
            }
        }
    }
}

static enum status move_slab(const struct mover *mover, const struct slab *slab,
                             struct error *error)
{
    const struct process_grid *const grid = mover->matrix->grid;
    const int count = slab->height * slab->width;
    const bool mine = grid->rank == slab->owner;
    const bool is_root = grid->rank == GRID_ROOT;
    const int other = is_root ? slab->owner : GRID_ROOT;
    double *const values = mine ? slab->local : mover->buffer;
    if (mine == is_root && !mine) {
        return STATUS_OK; /* between two others */
    }
    if (is_root && !mover->gathers) {
        copy_slab(mover, slab, values);
    }
    if (mine != is_root && is_root == mover->gathers) {
        TRY(grid_check(
            MPI_Recv(values, count, MPI_DOUBLE, other, SLAB_TAG, grid->comm, MPI_STATUS_IGNORE),
            "receive a part", error));
    } else if (mine != is_root) {
        TRY(grid_check(MPI_Send(values, count, MPI_DOUBLE, other, SLAB_TAG, grid->comm),
                       "send a part", error));
    }
    if (is_root && mover->gathers) {
        copy_slab(mover, slab, values);
    }
    return STATUS_OK;
}

/* Rank by rank, and of each its slabs from left to right: all ranks go through them in this order,
 * so that the root needs memory for one slab of another rank. */
static enum status move_all(struct mover *mover, struct error *error)
{
    const struct block_cyclic *const matrix = mover->matrix;
    const struct process_grid *const grid = matrix->grid;
    enum status status = memory_array2(&mover->buffer, (size_t)matrix->n, (size_t)matrix->block,
                                       sizeof(double), error);
    status = grid_agree(grid, status, error);
    for (int owner = 0; owner < grid->size; owner++) {
        const int row = owner / grid->n_cols;
        const int col = owner % grid->n_cols;
        struct slab slab = {.owner = owner,
                            .row = row,
                            .height =
                                block_cyclic_extent(matrix->n, matrix->block, row, grid->n_rows)};
        const int n_cols = block_cyclic_extent(matrix->n, matrix->block, col, grid->n_cols);
        for (int local = 0; slab.height > 0 && local < n_cols; local += matrix->block) {
            slab.first_col = block_cyclic_global(local, matrix->block, col, grid->n_cols);
            slab.width = block_length(matrix, local, n_cols);
            slab.local = grid->rank == owner ? block_cyclic_local(matrix, 0, local) : NULL;
            THEN(status, move_slab(mover, &slab, error));
        }
    }
    free(mover->buffer);
    return status;
}

enum status matrix_scatter(struct block_cyclic *matrix, enum matrix_layout layout,
                           const double *full, struct error *error)
{
    struct mover mover = {.matrix = matrix, .layout = layout, .source = full};
    return move_all(&mover, error);
}

enum status matrix_gather(const struct block_cyclic *matrix, enum matrix_layout layout,
                          double *full, struct error *error)
{
    struct mover mover = {.matrix = matrix, .layout = layout, .gathers = true, .full = full};
    return move_all(&mover, error);
}

/* ---- rows to all ---- */

/* Up to `block` neighbouring rows, on their way from one process row to all ranks. */
struct panel {
    const struct block_cyclic *matrix;
    int first; /* global */
    int count;
    double *part;  /* [count, local columns of one owner] column-major */
    double *whole; /* [count, n] row-major */
};

/* The ranks of the process row that has these rows broadcast their columns of them in turn. */
static enum status spread_panel(const struct panel *panel, bool wants, struct error *error)
{
    const struct block_cyclic *const matrix = panel->matrix;
    const struct process_grid *const grid = matrix->grid;
    const int process_row = panel->first / matrix->block % grid->n_rows;
    const int local_row = block_cyclic_rows_before(matrix, panel->first);
    for (int col = 0; col < grid->n_cols; col++) {
        const int owner = process_row * grid->n_cols + col;
        const int n_cols = block_cyclic_extent(matrix->n, matrix->block, col, grid->n_cols);
        for (int local = 0; grid->rank == owner && local < n_cols; local++) {
            memcpy(panel->part + column_major(0, local, panel->count),
                   block_cyclic_local(matrix, local_row, local),
                   (size_t)panel->count * sizeof *panel->part);
        }
        TRY(grid_check(MPI_Bcast(panel->part, n_cols * panel->count, MPI_DOUBLE, owner, grid->comm),
                       "spread rows", error));
        for (int local = 0; wants && local < n_cols; local++) {
            const int place = block_cyclic_global(local, matrix->block, col, grid->n_cols);
            for (int row = 0; row < panel->count; row++) {
                panel->whole[row_major(row, place, matrix->n)] =
                    panel->part[column_major(row, local, panel->count)];
            }
        }
    }
    return STATUS_OK;
}

enum status matrix_spread(const struct block_cyclic *matrix, matrix_taker take, void *sink,
                          struct error *error)
{
    const size_t size = array_count(matrix->block, matrix->n);
    struct panel panel = {.matrix = matrix};
    enum status status = memory_array2(&panel.part, 2, size, sizeof(double), error);
    status = grid_agree(matrix->grid, status, error);
    for (; status == STATUS_OK && panel.first < matrix->n; panel.first += matrix->block) {
        panel.whole = panel.part + size;
        panel.count = block_length(matrix, panel.first, matrix->n);
        status = spread_panel(&panel, take != NULL, error);
        if (status == STATUS_OK && take != NULL) {
            take(sink, panel.first, panel.count, panel.whole);
        }
    }
    free(panel.part);
    return status;
}

/* ---- own parts from and to elsewhere ---- */

static enum status read_block(struct block_cyclic *matrix, matrix_reader read, void *source,
                              int local_row, int local_col, double *values, struct error *error)
{
    const int rows = block_length(matrix, local_row, matrix->n_local_rows);
    const int cols = block_length(matrix, local_col, matrix->n_local_cols);
    TRY(read(source, block_cyclic_row(matrix, local_row), block_cyclic_col(matrix, local_col), rows,
             cols, values, error));
    for (int row = 0; row < rows; row++) {
        for (int col = 0; col < cols; col++) {
            *block_cyclic_local(matrix, local_row + row, local_col + col) = *values++;
        }
    }
    return STATUS_OK;
}

enum status matrix_read(struct block_cyclic *matrix, matrix_reader read, void *source,
                        struct error *error)
{
    double *values = NULL; /* [block, block] */
    enum status status =
        memory_array(&values, array_count(matrix->block, matrix->block), sizeof(double), error);
    for (int row = 0; row < matrix->n_local_rows; row += matrix->block) {
        for (int col = 0; status == STATUS_OK && col < matrix->n_local_cols; col += matrix->block) {
            status = read_block(matrix, read, source, row, col, values, error);
        }
    }
    free(values);
    return grid_agree(matrix->grid, status, error);
}

/* Block row by block row: each process row has its own, which a rank of it collects as a sum in
 * which every entry is one rank's and 0 of the others, hence exact. The ranks of a process row take
 * turns. After one of them has failed to write, the others still take part in collecting: the call
 * is collective over the row. buffers: [2, block, n]. */
static enum status write_rows(const struct block_cyclic *matrix, matrix_writer write, void *sink,
                              double *buffers, struct error *error)
{
    const struct process_grid *const grid = matrix->grid;
    double *const whole = buffers + array_count(matrix->block, matrix->n);
    enum status status = STATUS_OK;
    int turn = 0;
    for (int row = 0; row < matrix->n_local_rows; row += matrix->block, turn++) {
        const int rows = block_length(matrix, row, matrix->n_local_rows);
        const int writer = turn % grid->n_cols;
        memset(buffers, 0, array_count(rows, matrix->n) * sizeof *buffers);
        for (int col = 0; col < matrix->n_local_cols; col++) {
            const double *const entries = block_cyclic_local(matrix, row, col);
            const int place = block_cyclic_col(matrix, col);
            for (int i = 0; i < rows; i++) {
                buffers[row_major(i, place, matrix->n)] = entries[i];
            }
        }
        TRY(grid_check(MPI_Reduce(buffers, whole, rows * matrix->n, MPI_DOUBLE, MPI_SUM, writer,
                                  grid->row_comm),
                       "collect rows", error));
        if (grid->col == writer && status == STATUS_OK) {
            status = write(sink, block_cyclic_row(matrix, row), rows, whole, error);
        }
    }
    return status;
}

enum status matrix_write(const struct block_cyclic *matrix, matrix_writer write, void *sink,
                         struct error *error)
{
    double *buffers = NULL;
    enum status status =
        memory_array2(&buffers, 2, array_count(matrix->block, matrix->n), sizeof(double), error);
    status = grid_agree(matrix->grid, status, error);
    THEN(status, grid_agree(matrix->grid, write_rows(matrix, write, sink, buffers, error), error));
    free(buffers);
    return status;
}
