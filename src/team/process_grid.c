#include "team/process_grid.h"

#include "comm/comm.h"
#include "core/array.h"
#include "core/memory.h"
#include "team/scalapack.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum status grid_check(int code, const char *what, struct error *error)
{
    if (code == MPI_SUCCESS) {
        return STATUS_OK;
    }
    char reason[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    (void)MPI_Error_string(code, reason, &length);
    return error_set(error, STATUS_INTERNAL, "MPI cannot %s: %s", what, reason);
}

enum status grid_agree(const struct process_grid *grid, enum status mine, struct error *error)
{
    return comm_agree(grid->comm, mine, error);
}

enum status grid_sum(const struct process_grid *grid, double *values, int count,
                     struct error *error)
{
    assert(count >= 0 && count <= GRID_SUM_MAX);
    TRY(grid_check(
        MPI_Allgather(values, count, MPI_DOUBLE, grid->sums, count, MPI_DOUBLE, grid->comm),
        "gather sums", error));
    for (int i = 0; i < count; i++) {
        values[i] = 0.0;
        for (int rank = 0; rank < grid->size; rank++) {
            values[i] += grid->sums[row_major(rank, i, count)];
        }
    }
    return STATUS_OK;
}

enum { SUM_PIECE = 1 << 15 };

/* The root adds; `gathered` has room for SUM_PIECE values of every rank there. */
static enum status sum_piece(const struct process_grid *grid, double *values, int count,
                             double *gathered, struct error *error)
{
    TRY(grid_check(
        MPI_Gather(values, count, MPI_DOUBLE, gathered, count, MPI_DOUBLE, GRID_ROOT, grid->comm),
        "gather sums", error));
    for (int i = 0; i < count && grid->rank == GRID_ROOT; i++) {
        values[i] = 0.0;
        for (int rank = 0; rank < grid->size; rank++) {
            values[i] += gathered[row_major(rank, i, count)];
        }
    }
    return grid_check(MPI_Bcast(values, count, MPI_DOUBLE, GRID_ROOT, grid->comm), "share sums",
                      error);
}

enum status grid_sum_array(const struct process_grid *grid, double *values, size_t count,
                           struct error *error)
{
    const size_t n_ranks = grid->rank == GRID_ROOT ? (size_t)grid->size : 0;
    double *gathered = NULL;
    enum status status = memory_array2(&gathered, n_ranks, SUM_PIECE, sizeof *gathered, error);
    status = grid_agree(grid, status, error);
    for (size_t first = 0; first < count && status == STATUS_OK; first += SUM_PIECE) {
        const size_t left = count - first;
        status = sum_piece(grid, values + first, left < SUM_PIECE ? (int)left : (int)SUM_PIECE,
                           gathered, error);
    }
    free(gathered);
    return status;
}

enum status grid_max(const struct process_grid *grid, double *value, struct error *error)
{
    const double mine = isnan(*value) ? -INFINITY : *value;
    return grid_check(MPI_Allreduce(&mine, value, 1, MPI_DOUBLE, MPI_MAX, grid->comm),
                      "find the largest value", error);
}

void process_grid_shape(int size, int *n_rows, int *n_cols)
{
    *n_rows = 1;
    *n_cols = 1;
    for (int rows = 1; rows * rows <= size; rows++) {
        const int most = size / rows;
        const int cols = most < 2 * rows ? most : 2 * rows;
        if (rows * cols >= *n_rows * *n_cols) {
            *n_rows = rows;
            *n_cols = cols;
        }
    }
}

/* BLACS reads the ranks of its grid column by column, ours go row by row. */
static void open_context(struct process_grid *grid, int *map)
{
    int yes = 1;
    for (int rank = 0; rank < grid->size; rank++) {
        map[column_major(rank / grid->n_cols, rank % grid->n_cols, grid->n_rows)] = rank;
    }
    grid->handle = Csys2blacs_handle(grid->comm);
    grid->context = grid->handle;
    Cblacs_gridmap(&grid->context, map, grid->n_rows, grid->n_rows, grid->n_cols);
    Cblacs_set(grid->context, BLACS_SUMS_REPEAT, &yes);
    Cblacs_set(grid->context, BLACS_SUMS_COHERENT, &yes);
}

enum status process_grid_create(struct process_grid *grid, MPI_Comm comm, int n_rows, int n_cols,
                                struct error *error)
{
    *grid = (struct process_grid){.n_rows = n_rows,
                                  .n_cols = n_cols,
                                  .comm = comm,
                                  .row_comm = MPI_COMM_NULL,
                                  .column_comm = MPI_COMM_NULL,
                                  .context = -1,
                                  .handle = -1};
    TRY(grid_check(MPI_Comm_rank(comm, &grid->rank), "tell the rank", error));
    TRY(grid_check(MPI_Comm_size(comm, &grid->size), "tell the number of ranks", error));
    if (n_rows < 1 || n_cols < 1 || (long long)n_rows * n_cols != grid->size) {
        return error_set(error, STATUS_INTERNAL, "grid of %d x %d over %d ranks", n_rows, n_cols,
                         grid->size);
    }
    grid->row = grid->rank / n_cols;
    grid->col = grid->rank % n_cols;
    int *map = NULL;
    enum status status = memory_array(&map, (size_t)grid->size, sizeof *map, error);
    THEN(status,
         memory_array2(&grid->sums, (size_t)grid->size, GRID_SUM_MAX, sizeof(double), error));
    status = grid_agree(grid, status, error);
    THEN(status, grid_check(MPI_Comm_split(comm, grid->row, grid->col, &grid->row_comm),
                            "split into rows", error));
    THEN(status, grid_check(MPI_Comm_split(comm, grid->col, grid->row, &grid->column_comm),
                            "split into columns", error));
    if (status == STATUS_OK) {
        open_context(grid, map);
    } else {
        process_grid_destroy(grid);
    }
    free(map);
    return status;
}

void process_grid_destroy(struct process_grid *grid)
{
    if (grid->size == 0) {
        return;
    }
    if (grid->context >= 0 && grid->handle >= 0) {
        Cblacs_gridexit(grid->context);
        Cfree_blacs_system_handle(grid->handle);
    }
    if (grid->row_comm != MPI_COMM_NULL) {
        (void)MPI_Comm_free(&grid->row_comm);
    }
    if (grid->column_comm != MPI_COMM_NULL) {
        (void)MPI_Comm_free(&grid->column_comm);
    }
    free(grid->sums);
    *grid = (struct process_grid){0};
}
