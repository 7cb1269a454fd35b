/* A square matrix that the ranks of a grid share: square blocks dealt out round robin along both
 * axes, the first one to rank 0 (ScaLAPACK Users' Guide, section 4.3). Block (I, J) is on the
 * process in row I % n_rows and column J % n_cols, which keeps its blocks side by side: on 2 x 2
 * processes
 *
 *     blocks       0 1 2 3 4            process (0, 1) has
 *              0   a b a b a
 *              1   c d c d c            b(0,1)  b(0,3)
 *              2   a b a b a            b(2,1)  b(2,3)      local, column-major
 *              3   c d c d c            b(4,1)  b(4,3)
 *              4   a b a b a
 */
#pragma once

#include "core/status.h"
#include "team/process_grid.h"

#include <stdbool.h>
#include <stddef.h>

/* Narrower blocks cost messages, and pdhseqr its end (docs/known_problems.md). */
enum { BLOCK_CYCLIC_LEAST = 32, BLOCK_CYCLIC_USUAL = 64 };

struct block_cyclic {
    const struct process_grid *grid; /* borrowed */
    int n;
    int block;
    int n_local_rows; /* may be 0 */
    int n_local_cols;
    int descriptor[9]; /* ScaLAPACK */
    double *local;     /* [n_local_rows, n_local_cols] column-major */
};

/* Zero matrix; released by block_cyclic_release. A rank without memory: STATUS_INTERNAL on all.
 * Collective. */
MUST_CHECK enum status block_cyclic_create(struct block_cyclic *matrix,
                                           const struct process_grid *grid, int n, int block,
                                           struct error *error);
void block_cyclic_release(struct block_cyclic *matrix);

/* How many of n rows (or columns) fall to number `index` of `count` process rows. Pure. */
int block_cyclic_extent(int n, int block, int index, int count);

/* Number of the row (or column) that is the `local` one of process row `index` of `count`. Pure. */
int block_cyclic_global(int local, int block, int index, int count);

/* Bytes of the largest local part, that of rank 0. Pure. */
double block_cyclic_bytes(int n, int block, int n_rows, int n_cols);

/* Global row (column) of a local one. Local. */
int block_cyclic_row(const struct block_cyclic *matrix, int local_row);
int block_cyclic_col(const struct block_cyclic *matrix, int local_col);

/* First local row (column) whose global one is at or after `row`; n_local_rows when there is none.
 * Local. */
int block_cyclic_rows_before(const struct block_cyclic *matrix, int row);
int block_cyclic_cols_before(const struct block_cyclic *matrix, int col);

/* The local entry; a local_row or local_col that is their number is the end. Local. */
double *block_cyclic_local(const struct block_cyclic *matrix, int local_row, int local_col);

/* The entry at a global place, NULL when another rank has it. Local. */
double *block_cyclic_entry(const struct block_cyclic *matrix, int row, int col);

/* Number of local entries. Local. */
size_t block_cyclic_count(const struct block_cyclic *matrix);

/* to = scale * from, of the same shape on the same grid. Local. */
void block_cyclic_copy(struct block_cyclic *to, const struct block_cyclic *from, double scale);

/* False when the local part has a NaN or Inf. Local. */
bool block_cyclic_is_finite(const struct block_cyclic *matrix);

/* The largest |entry|, and the Frobenius norm, of which squares neither overflow nor vanish; NaN in
 * the matrix gives NaN for the norm. The same bits on all ranks. STATUS_INTERNAL when MPI fails.
 * Collective. */
MUST_CHECK enum status block_cyclic_largest(const struct block_cyclic *matrix, double *largest,
                                            struct error *error);
MUST_CHECK enum status block_cyclic_norm(const struct block_cyclic *matrix, double *norm,
                                         struct error *error);

/* c = alpha op(a) op(b) + beta c by pdgemm; op is "N" or "T". c is neither a nor b. Collective. */
void block_cyclic_multiply(const char *op_a, const struct block_cyclic *a, const char *op_b,
                           const struct block_cyclic *b, double alpha, double beta,
                           struct block_cyclic *c);
