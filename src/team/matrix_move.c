#include "team/matrix_move.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB_TAG = 1 };

/* A slab: the rows that one rank has of `width` neighbouring columns, column-major. */
struct slab {
    int owner;
    int row; /* of the owner in the grid */
    int height;
    int first_col; /* global */
    int width;
    int local_col; /* of the owner */
};

/* Number of block columns of the owner; the slab of number `turn` among them. */
static int slab_count(const struct block_cyclic *matrix, int owner)
{
    const int n_cols = matrix->grid->n_cols;
    const int cols = block_cyclic_extent(matrix->n, matrix->block, owner % n_cols, n_cols);
    return (cols + matrix->block - 1) / matrix->block;
}

static struct slab slab_at(const struct block_cyclic *matrix, int owner, int turn)
{
    const struct process_grid *const grid = matrix->grid;
    const int row = owner / grid->n_cols;
    const int first = (turn * grid->n_cols + owner % grid->n_cols) * matrix->block;
    const int left = matrix->n - first;
    return (struct slab){.owner = owner,
                         .row = row,
                         .height = block_cyclic_extent(matrix->n, matrix->block, row, grid->n_rows),
                         .first_col = first,
                         .width = left < matrix->block ? left : matrix->block,
                         .local_col = turn * matrix->block};
}

static size_t slab_size(const struct slab *slab)
{
    return (size_t)slab->height * (size_t)slab->width;
}

static double *own_part(const struct block_cyclic *matrix, const struct slab *slab)
{
    return matrix->local + (size_t)slab->local_col * (size_t)matrix->n_local_rows;
}

/* Place of the slab's entry in the whole matrix. */
static size_t place(const struct block_cyclic *matrix, enum matrix_layout layout,
                    const struct slab *slab, int local_row, int local_col)
{
    const size_t n = (size_t)matrix->n;
    const int row = block_cyclic_global(local_row, matrix->block, slab->row, matrix->grid->n_rows);
    const int col = slab->first_col + local_col;
    return layout == MATRIX_ROW_MAJOR ? (size_t)row * n + (size_t)col
                                      : (size_t)col * n + (size_t)row;
}

static void pack_slab(const struct block_cyclic *matrix, enum matrix_layout layout,
                      const struct slab *slab, const double *full, double *values)
{
    for (int col = 0; col < slab->width; col++) {
        for (int row = 0; row < slab->height; row++) {
            *values++ = full[place(matrix, layout, slab, row, col)];
        }
    }
}

static void unpack_slab(const struct block_cyclic *matrix, enum matrix_layout layout,
                        const struct slab *slab, const double *values, double *full)
{
    for (int col = 0; col < slab->width; col++) {
        for (int row = 0; row < slab->height; row++) {
            full[place(matrix, layout, slab, row, col)] = *values++;
        }
    }
}

/* One slab at a time, from its owner, to the root or to all. */
struct mover {
    const struct block_cyclic *matrix;
    enum matrix_layout layout;
    double *full;
    const double *source; /* scatter: the same, read */
    double *buffer;       /* [n, block] */
};

typedef enum status (*slab_move)(const struct mover *mover, const struct slab *slab,
                                 struct error *error);

static enum status scatter_slab(const struct mover *mover, const struct slab *slab,
                                struct error *error)
{
    const struct process_grid *const grid = mover->matrix->grid;
    const int count = (int)slab_size(slab);
    const bool mine = grid->rank == slab->owner;
    if (grid->rank == GRID_ROOT) {
        double *const values = mine ? own_part(mover->matrix, slab) : mover->buffer;
        pack_slab(mover->matrix, mover->layout, slab, mover->source, values);
        return mine ? STATUS_OK
                    : grid_check(
                          MPI_Send(values, count, MPI_DOUBLE, slab->owner, SLAB_TAG, grid->comm),
                          "send a part", error);
    }
    return mine ? grid_check(MPI_Recv(own_part(mover->matrix, slab), count, MPI_DOUBLE, GRID_ROOT,
                                      SLAB_TAG, grid->comm, MPI_STATUS_IGNORE),
                             "receive a part", error)
                : STATUS_OK;
}

static enum status gather_slab(const struct mover *mover, const struct slab *slab,
                               struct error *error)
{
    const struct process_grid *const grid = mover->matrix->grid;
    const int count = (int)slab_size(slab);
    const bool mine = grid->rank == slab->owner;
    if (grid->rank == GRID_ROOT) {
        const double *const values = mine ? own_part(mover->matrix, slab) : mover->buffer;
        if (!mine) {
            TRY(grid_check(MPI_Recv(mover->buffer, count, MPI_DOUBLE, slab->owner, SLAB_TAG,
                                    grid->comm, MPI_STATUS_IGNORE),
                           "receive a part", error));
        }
        unpack_slab(mover->matrix, mover->layout, slab, values, mover->full);
        return STATUS_OK;
    }
    return mine ? grid_check(MPI_Send(own_part(mover->matrix, slab), count, MPI_DOUBLE, GRID_ROOT,
                                      SLAB_TAG, grid->comm),
                             "send a part", error)
                : STATUS_OK;
}

static enum status move_slabs(const struct mover *mover, slab_move move, struct error *error)
{
    for (int owner = 0; owner < mover->matrix->grid->size; owner++) {
        const int count = slab_count(mover->matrix, owner);
        for (int turn = 0; turn < count; turn++) {
            const struct slab slab = slab_at(mover->matrix, owner, turn);
            if (slab_size(&slab) > 0) {
                TRY(move(mover, &slab, error));
            }
        }
    }
    return STATUS_OK;
}

static enum status move_all(struct mover *mover, slab_move move, struct error *error)
{
    const struct block_cyclic *const matrix = mover->matrix;
    enum status status = memory_array2(&mover->buffer, (size_t)matrix->n, (size_t)matrix->block,
                                       sizeof(double), error);
    status = grid_agree(matrix->grid, status, error);
    if (status == STATUS_OK) {
        status = move_slabs(mover, move, error);
    }
    free(mover->buffer);
    return status;
}

enum status matrix_scatter(struct block_cyclic *matrix, enum matrix_layout layout,
                           const double *full, struct error *error)
{
    struct mover mover = {.matrix = matrix, .layout = layout, .source = full};
    return move_all(&mover, scatter_slab, error);
}

enum status matrix_gather(const struct block_cyclic *matrix, enum matrix_layout layout,
                          double *full, struct error *error)
{
    struct mover mover = {.matrix = matrix, .layout = layout, .full = full};
    return move_all(&mover, gather_slab, error);
}

/* Rows of the block from a row (or column) on, of `count`. */
static int block_length(const struct block_cyclic *matrix, int first, int count)
{
    return count - first < matrix->block ? count - first : matrix->block;
}

/* ---- rows to all -------------------------------------------------------------------------------
 */

/* Up to `block` neighbouring rows, on their way from one process row to all ranks. */
struct panel {
    const struct block_cyclic *matrix;
    int first; /* global */
    int count;
    double *part;  /* [local columns of one owner, count] */
    double *whole; /* [count, n] row-major */
};

static void pack_part(const struct panel *panel)
{
    const struct block_cyclic *const matrix = panel->matrix;
    const size_t count = (size_t)panel->count;
    const size_t first = (size_t)block_cyclic_rows_before(matrix, panel->first);
    for (size_t col = 0; col < (size_t)matrix->n_local_cols; col++) {
        memcpy(panel->part + col * count,
               matrix->local + col * (size_t)matrix->n_local_rows + first,
               count * sizeof *panel->part);
    }
}

static void unpack_part(const struct panel *panel, int process_col, int n_cols)
{
    const struct block_cyclic *const matrix = panel->matrix;
    const size_t n = (size_t)matrix->n;
    const double *value = panel->part;
    for (int local = 0; local < n_cols; local++) {
        double *to = panel->whole +
                     block_cyclic_global(local, matrix->block, process_col, matrix->grid->n_cols);
        for (int row = 0; row < panel->count; row++, to += n) {
            *to = *value++;
        }
    }
}

static enum status spread_panel(const struct panel *panel, bool wants, struct error *error)
{
    const struct block_cyclic *const matrix = panel->matrix;
    const struct process_grid *const grid = matrix->grid;
    const int process_row = panel->first / matrix->block % grid->n_rows;
    for (int col = 0; col < grid->n_cols; col++) {
        const int owner = process_row * grid->n_cols + col;
        const int n_cols = block_cyclic_extent(matrix->n, matrix->block, col, grid->n_cols);
        if (grid->rank == owner) {
            pack_part(panel);
        }
        TRY(grid_check(MPI_Bcast(panel->part, n_cols * panel->count, MPI_DOUBLE, owner, grid->comm),
                       "spread rows", error));
        if (wants) {
            unpack_part(panel, col, n_cols);
        }
    }
    return STATUS_OK;
}

static enum status spread_panels(struct panel *panel, matrix_taker take, void *sink,
                                 struct error *error)
{
    const struct block_cyclic *const matrix = panel->matrix;
    for (panel->first = 0; panel->first < matrix->n; panel->first += matrix->block) {
        panel->count = block_length(matrix, panel->first, matrix->n);
        TRY(spread_panel(panel, take != NULL, error));
        if (take != NULL) {
            take(sink, panel->first, panel->count, panel->whole);
        }
    }
    return STATUS_OK;
}

enum status matrix_spread(const struct block_cyclic *matrix, matrix_taker take, void *sink,
                          struct error *error)
{
    const size_t size = (size_t)matrix->block * (size_t)matrix->n;
    struct panel panel = {.matrix = matrix};
    enum status status = memory_array2(&panel.part, 2, size, sizeof(double), error);
    status = grid_agree(matrix->grid, status, error);
    if (status == STATUS_OK) {
        panel.whole = panel.part + size;
        status = spread_panels(&panel, take, sink, error);
    }
    free(panel.part);
    return status;
}

/* ---- own parts from and to elsewhere -----------------------------------------------------------
 */

static enum status read_block(struct block_cyclic *matrix, matrix_reader read, void *source,
                              int local_row, int local_col, double *values, struct error *error)
{
    const int rows = block_length(matrix, local_row, matrix->n_local_rows);
    const int cols = block_length(matrix, local_col, matrix->n_local_cols);
    TRY(read(source, block_cyclic_row(matrix, local_row), block_cyclic_col(matrix, local_col), rows,
             cols, values, error));
    for (int row = 0; row < rows; row++) {
        for (int col = 0; col < cols; col++) {
            matrix->local[(size_t)(local_col + col) * (size_t)matrix->n_local_rows +
                          (size_t)(local_row + row)] = *values++;
        }
    }
    return STATUS_OK;
}

static enum status read_blocks(struct block_cyclic *matrix, matrix_reader read, void *source,
                               double *values, struct error *error)
{
    for (int row = 0; row < matrix->n_local_rows; row += matrix->block) {
        for (int col = 0; col < matrix->n_local_cols; col += matrix->block) {
            TRY(read_block(matrix, read, source, row, col, values, error));
        }
    }
    return STATUS_OK;
}

enum status matrix_read(struct block_cyclic *matrix, matrix_reader read, void *source,
                        struct error *error)
{
    double *values = NULL;
    const size_t block = (size_t)matrix->block;
    enum status status = memory_array2(&values, block, block, sizeof(double), error);
    if (status == STATUS_OK) {
        status = read_blocks(matrix, read, source, values, error);
    }
    free(values);
    return grid_agree(matrix->grid, status, error);
}

/* This rank's part of `rows` rows from a local one on, zero elsewhere. */
static void fill_rows(const struct block_cyclic *matrix, int local_row, int rows, double *values)
{
    memset(values, 0, (size_t)rows * (size_t)matrix->n * sizeof *values);
    for (int col = 0; col < matrix->n_local_cols; col++) {
        const int place = block_cyclic_col(matrix, col);
        const double *const entries =
            matrix->local + (size_t)col * (size_t)matrix->n_local_rows + (size_t)local_row;
        for (int row = 0; row < rows; row++) {
            values[(size_t)row * (size_t)matrix->n + (size_t)place] = entries[row];
        }
    }
}

/* The ranks of this process row take turns. After one of them has failed to write, the others still
 * take part in collecting: the call is collective. */
static enum status write_rows(const struct block_cyclic *matrix, matrix_writer write, void *sink,
                              double *buffers, struct error *error)
{
    const struct process_grid *const grid = matrix->grid;
    double *const whole = buffers + (size_t)matrix->block * (size_t)matrix->n;
    enum status status = STATUS_OK;
    int turn = 0;
    for (int row = 0; row < matrix->n_local_rows; row += matrix->block, turn++) {
        const int rows = block_length(matrix, row, matrix->n_local_rows);
        const int writer = turn % grid->n_cols;
        fill_rows(matrix, row, rows, buffers);
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
    enum status status = memory_array2(&buffers, 2 * (size_t)matrix->block, (size_t)matrix->n,
                                       sizeof(double), error);
    status = grid_agree(matrix->grid, status, error);
    if (status == STATUS_OK) {
        status = grid_agree(matrix->grid, write_rows(matrix, write, sink, buffers, error), error);
    }
    free(buffers);
    return status;
}
