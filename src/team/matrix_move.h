/* Ways of a shared matrix to and from ranks that hold all of it, and from a source by blocks. All
 * are collective over the matrix's grid. A rank without memory: STATUS_INTERNAL on all of them, and
 * a reader's or writer's own status reaches all too; when MPI fails, STATUS_INTERNAL there. */
#pragma once

#include "core/status.h"
#include "team/block_cyclic.h"

/* How a whole matrix [n, n] lies in memory. */
enum matrix_layout { MATRIX_ROW_MAJOR, MATRIX_COLUMN_MAJOR };

/* Deals the root's full[n, n] out; `full` is read on the root only and may be NULL elsewhere.
 * Collective. */
MUST_CHECK enum status matrix_scatter(struct block_cyclic *matrix, enum matrix_layout layout,
                                      const double *full, struct error *error);

/* Collects the matrix into the root's full[n, n]; NULL elsewhere. Collective. */
MUST_CHECK enum status matrix_gather(const struct block_cyclic *matrix, enum matrix_layout layout,
                                     double *full, struct error *error);

/* Takes rows first .. first + count, rows[count, n] row-major. */
typedef void (*matrix_taker)(void *sink, int first, int count, const double *rows);

/* Every rank that passes a taker is given all rows in their order, `matrix->block` at a time, so
 * that none need have the whole matrix; a rank that passes NULL only gives its part. Collective. */
MUST_CHECK enum status matrix_spread(const struct block_cyclic *matrix, matrix_taker take,
                                     void *sink, struct error *error);

/* Reads rows x cols entries from (row, col) on into values[rows, cols], row-major. */
typedef enum status (*matrix_reader)(void *source, int row, int col, int rows, int cols,
                                     double *values, struct error *error);

/* Every rank reads its own blocks, so that none sees the whole matrix. Fails on all ranks alike.
 * Collective. */
MUST_CHECK enum status matrix_read(struct block_cyclic *matrix, matrix_reader read, void *source,
                                   struct error *error);

/* Takes rows first .. first + rows, values[rows, n] row-major. */
typedef enum status (*matrix_writer)(void *sink, int first, int rows, const double *values,
                                     struct error *error);

/* Every rank writes some whole block rows, collected from the ranks beside it; `matrix->block` rows
 * are in memory at a time. Fails on all ranks alike. Collective. */
MUST_CHECK enum status matrix_write(const struct block_cyclic *matrix, matrix_writer write,
                                    void *sink, struct error *error);
