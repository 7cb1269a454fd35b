/* The recurrent weights of a model file by rectangular blocks, for ranks that each hold a part. */
#pragma once

#include "core/cell.h"
#include "core/status.h"

#include <hdf5.h>
#include <stdint.h>

struct weight_blocks {
    const char *path; /* borrowed */
    hid_t file;
    hid_t dataset;
    int n;     /* width of the gate's matrix */
    int first; /* its first row in weight_hh */
};

/* Opens the rows of a gate (0 of an rnn) in weight_hh (float32 or float64, any storage layout)
 * read-only; closed by weight_blocks_close. Checks and statuses as model_file_read, but for the
 * other arrays. Local: every rank may open the file. */
MUST_CHECK enum status weight_blocks_open(struct weight_blocks *blocks, const char *path,
                                          enum cell_kind kind, int gate, struct error *error);

/* [row .. row + rows, col .. col + cols] of the gate's matrix into values[rows, cols], row-major.
 * The block must lie in the matrix. STATUS_INPUT names the file when it cannot be read, and the
 * first element that is NaN or Inf. `blocks` is a struct weight_blocks (its type is that of a
 * reader's source). Local. */
MUST_CHECK enum status weight_blocks_read(void *blocks, int row, int col, int rows, int cols,
                                          double *values, struct error *error);

/* The shape of weight_hh: as many square matrices as the cell has gates. */
MUST_CHECK enum status model_check_recurrent(const char *path, enum cell_kind kind,
                                             const hsize_t dims[2], struct error *error);

/* STATUS_INPUT "<path>: <name> has a NaN or Inf at element <index>, expected finite weights". */
MUST_CHECK enum status weights_not_finite(const char *path, const char *name, int64_t index,
                                          struct error *error);

/* Accepts a zeroed struct. */
void weight_blocks_close(struct weight_blocks *blocks);
