/* A grid of the ranks of one communicator: who holds which part of a shared matrix. Collective
 * functions are so over grid->comm, and give STATUS_INTERNAL when MPI fails. */
#pragma once

#include "core/status.h"

#include <mpi.h>

/* The rank that does what only one does. */
enum { GRID_ROOT = 0 };

/* Most values of one grid_sum. */
enum { GRID_SUM_MAX = 4 };

struct process_grid {
    int n_rows;
    int n_cols;
    int row; /* of this rank: rank = row * n_cols + col */
    int col;
    MPI_Comm comm; /* borrowed */
    int rank;
    int size;             /* n_rows * n_cols */
    MPI_Comm row_comm;    /* the ranks of this row, in the order of their columns */
    MPI_Comm column_comm; /* the ranks of this column, in the order of their rows */
    int context;          /* BLACS */
    int handle;           /* BLACS' number for comm */
    double *sums;         /* [size, GRID_SUM_MAX] of grid_sum */
};

/* Grid of n_rows x n_cols over exactly that many ranks; released by process_grid_destroy. A
 * communicator of another size, or no memory on a rank: STATUS_INTERNAL on all. Collective:
 * ranks wait busily, but for grid_agree. */
MUST_CHECK enum status process_grid_create(struct process_grid *grid, MPI_Comm comm, int n_rows,
                                           int n_cols, struct error *error);

/* Collective. Accepts a zeroed struct. */
void process_grid_destroy(struct process_grid *grid);

/* The grid to make of at most `size` ranks, at least one: n_rows <= n_cols <= 2 n_rows, as many
 * ranks as such a grid can use, the more square one of two. 3 ranks give 1 x 2, 7 ranks 2 x 3.
 * Pure. */
void process_grid_shape(int size, int *n_rows, int *n_cols);

/* All ranks leave with the same status, that of the lowest rank that failed, and its message.
 * Collective. */
MUST_CHECK enum status grid_agree(const struct process_grid *grid, enum status mine,
                                  struct error *error);

/* Every values[count] becomes the sum over all ranks, added in the order of the ranks: the same
 * bits on all of them. count <= GRID_SUM_MAX. Collective. */
MUST_CHECK enum status grid_sum(const struct process_grid *grid, double *values, int count,
                                struct error *error);

/* The same for any number of values, on a rank without memory STATUS_INTERNAL for all. Collective.
 */
MUST_CHECK enum status grid_sum_array(const struct process_grid *grid, double *values, size_t count,
                                      struct error *error);

/* The largest *value of all ranks; NaN counts for nothing. Collective. */
MUST_CHECK enum status grid_max(const struct process_grid *grid, double *value,
                                struct error *error);

/* STATUS_INTERNAL "MPI cannot <what>: <reason>" unless the code is MPI_SUCCESS. Local. */
MUST_CHECK enum status grid_check(int code, const char *what, struct error *error);
