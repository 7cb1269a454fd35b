#include "team/team_form.h"

#include "core/memory.h"
#include "kernel/balance.h"
#include "kernel/gauge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Each rank sums over its own entries; the root adds up, so that all have the same bits. */
static enum status multiply(void *context, bool is_transposed, const double *x, double *sums,
                            struct error *error)
{
    const struct block_cyclic *const w = context;
    const struct process_grid *const grid = w->grid;
    memset(sums, 0, (size_t)w->n * sizeof *sums);
    for (int local_col = 0; local_col < w->n_local_cols; local_col++) {
        const int col = block_cyclic_col(w, local_col);
        for (int local_row = 0; local_row < w->n_local_rows; local_row++) {
            const int row = block_cyclic_row(w, local_row);
            const double weight = *block_cyclic_local(w, local_row, local_col);
            sums[is_transposed ? col : row] += weight * weight * x[is_transposed ? row : col];
        }
    }
    const bool is_root = grid->rank == GRID_ROOT;
    TRY(grid_check(MPI_Reduce(is_root ? MPI_IN_PLACE : sums, sums, w->n, MPI_DOUBLE, MPI_SUM,
                              GRID_ROOT, grid->comm),
                   "sum squares of weights", error));
    return grid_check(MPI_Bcast(sums, w->n, MPI_DOUBLE, GRID_ROOT, grid->comm),
                      "share squares of weights", error);
}

/* Entry (i, j) times rows[i] columns[j]; NULL: 1. */
static void scale(struct block_cyclic *weight_hh, const double *rows, const double *columns)
{
    for (int col = 0; col < weight_hh->n_local_cols; col++) {
        const double factor = columns[block_cyclic_col(weight_hh, col)];
        for (int row = 0; row < weight_hh->n_local_rows; row++) {
            *block_cyclic_local(weight_hh, row, col) *=
                rows != NULL ? rows[block_cyclic_row(weight_hh, row)] * factor : factor;
        }
    }
}

static enum status balance(struct network *network, struct block_cyclic *weight_hh,
                           struct error *error)
{
    const size_t n = (size_t)weight_hh->n;
    double *scales = NULL;
    enum status status = memory_array(&network->h0_scale, n, sizeof *scales, error);
    THEN(status, memory_array2(&scales, BALANCE_ROWS, n, sizeof *scales, error));
    status = grid_agree(weight_hh->grid, status, error);
    THEN(status, balance_rest(network, multiply, weight_hh, scales, error));
    assert(status != STATUS_OK || scales != NULL);
    for (int col = 0; col < weight_hh->n_local_cols && status == STATUS_OK; col++) {
        for (int row = 0; row < weight_hh->n_local_rows; row++) {
            *block_cyclic_local(weight_hh, row, col) *=
                scales[block_cyclic_row(weight_hh, row)] / scales[block_cyclic_col(weight_hh, col)];
        }
    }
    free(scales);
    return status;
}

enum status team_change_form(struct network *network, struct block_cyclic *weight_hh, int gauge,
                             struct error *error)
{
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    if (gauge == GAUGE_BALANCED) {
        return balance(network, weight_hh, error);
    }
    TRY(grid_agree(weight_hh->grid, gauge_apply(network, gauge, error), error));
    if (gauge != GAUGE_STORED) {
        const double *const signs = network->h0_scale;
        scale(weight_hh, network->matrix == parts->matrix ? signs : NULL, signs);
    }
    return STATUS_OK;
}
