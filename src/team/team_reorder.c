#include "team/team_reorder.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/spectral/reorder_windows.h"
#include "team/standardise.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

/* Passes that at most bring blocks in order that rounding has moved across each other. */
enum { MOST_PASSES = 4 };

/* Windows on the diagonal, for reorder_windows.h: the root sorts each of them, and every rank
 * multiplies its part of T and Q. No rank holds more than its part, some rows and columns of a
 * window, and the window. */
struct windows {
    struct block_cyclic *t; /* borrowed */
    struct block_cyclic *q; /* borrowed */
    double *strip;          /* [larger local axis of t and q, REORDER_WINDOW] */
    double *panel;          /* [REORDER_WINDOW, REORDER_WINDOW] */
    double *sums;           /* [REORDER_WINDOW, REORDER_WINDOW] */
};

/* Local rows, or columns, that stand for global ones from .. to. */
struct range {
    int first;
    int count;
};

static struct range rows_of(const struct block_cyclic *matrix, int from, int to)
{
    const int first = block_cyclic_rows_before(matrix, from);
    return (struct range){first, block_cyclic_rows_before(matrix, to) - first};
}

static struct range cols_of(const struct block_cyclic *matrix, int from, int to)
{
    const int first = block_cyclic_cols_before(matrix, from);
    return (struct range){first, block_cyclic_cols_before(matrix, to) - first};
}

/* ---- the window itself ---- */

/* Copies this rank's entries of the window out of T, or into it. */
static void exchange_own(const struct block_cyclic *t, const struct reorder_window *window,
                         double *values, bool into_t)
{
    const struct range rows = rows_of(t, window->start, window->start + window->size);
    const struct range cols = cols_of(t, window->start, window->start + window->size);
    for (int j = cols.first; j < cols.first + cols.count; j++) {
        for (int i = rows.first; i < rows.first + rows.count; i++) {
            const int row = block_cyclic_row(t, i) - window->start;
            const int col = block_cyclic_col(t, j) - window->start;
            double *const value = values + column_major(row, col, window->size);
            double *const entry = block_cyclic_local(t, i, j);
            *(into_t ? entry : value) = into_t ? *value : *entry;
        }
    }
}

/* One rank has each entry and all others have 0: the sum is exact. */
static enum status load(void *context, struct reorder_window *window, struct error *error)
{
    const struct windows *const windows = context;
    const struct process_grid *const grid = windows->t->grid;
    const int count = window->size * window->size;
    memset(windows->sums, 0, array_count(window->size, window->size) * sizeof(double));
    exchange_own(windows->t, window, windows->sums, false);
    return grid_check(
        MPI_Reduce(windows->sums, window->local, count, MPI_DOUBLE, MPI_SUM, GRID_ROOT, grid->comm),
        "collect a window", error);
}

/* Only the root sorts: where two processors round differently, ranks that all sorted for themselves
 * would part ways. */
static enum status share(void *context, struct reorder_window *window, struct error *error)
{
    const struct windows *const windows = context;
    MPI_Comm comm = windows->t->grid->comm;
    const int count = window->size * window->size;
    int outcome[4] = {window->first, window->last, window->n_members, window->n_unswapped};
    TRY(grid_check(MPI_Bcast(outcome, 4, MPI_INT, GRID_ROOT, comm), "share a window", error));
    window->first = outcome[0];
    window->last = outcome[1];
    window->n_members = outcome[2];
    window->n_unswapped = outcome[3];
    TRY(grid_check(MPI_Bcast(window->key, window->size, MPI_INT, GRID_ROOT, comm), "share a window",
                   error));
    if (window->first >= window->last) {
        return STATUS_OK;
    }
    TRY(grid_check(MPI_Bcast(window->local, count, MPI_DOUBLE, GRID_ROOT, comm), "share a window",
                   error));
    return grid_check(MPI_Bcast(window->rotation, count, MPI_DOUBLE, GRID_ROOT, comm),
                      "share a window", error);
}

/* ---- the rest of T, and Q -----------------------------------------------------------------------
 *
 * With P the rotation among the touched rows k = first .. last of the window, T <- P' T P, Q <- Q
 * P:
 *
 *     T[k, right of the window] <- P' times itself      each process column on its own
 *     T[above the window, k], Q[all, k] <- itself times P      each process row on its own
 *
 * The touched rows (columns) of such a product lie on all processes of the column (row): a sum over
 * them, in which every entry is one rank's and 0 of the others, hence exact, gives each the whole
 * strip, and each computes the rows (columns) that are its own, with the columns of P for them. */

/* panel[touched rows, own] = those columns of the rotation that make this rank's rows or columns;
 * global gives the number of a local one. */
static int pick_columns(const struct windows *windows, const struct reorder_window *window,
                        struct range own, int (*global)(const struct block_cyclic *, int))
{
    const int touched = window->last - window->first;
    for (int i = 0; i < own.count; i++) {
        const int col = global(windows->t, own.first + i) - window->start;
        memcpy(windows->panel + column_major(0, i, touched),
               window->rotation + column_major(window->first, col, window->size),
               (size_t)touched * sizeof(double));
    }
    return touched;
}

/* Local rows 0 .. height of the touched columns <- themselves times P. Collective over the row. */
static enum status multiply_columns(const struct windows *windows,
                                    const struct reorder_window *window,
                                    const struct block_cyclic *matrix, int height,
                                    struct error *error)
{
    const int from = window->start + window->first;
    const struct range own = cols_of(matrix, from, window->start + window->last);
    const int touched = pick_columns(windows, window, own, block_cyclic_col);
    double *const strip = windows->strip; /* [height, touched] */
    memset(strip, 0, array_count(height, touched) * sizeof(double));
    for (int i = own.first; i < own.first + own.count; i++) {
        memcpy(strip + column_major(0, block_cyclic_col(matrix, i) - from, height),
               block_cyclic_local(matrix, 0, i), (size_t)height * sizeof(double));
    }
    TRY(grid_check(MPI_Allreduce(MPI_IN_PLACE, strip, height * touched, MPI_DOUBLE, MPI_SUM,
                                 matrix->grid->row_comm),
                   "collect columns", error));
    if (height > 0 && own.count > 0) {
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, height, own.count, touched, 1.0,
                    strip, height, windows->panel, touched, 0.0,
                    block_cyclic_local(matrix, 0, own.first), matrix->n_local_rows);
    }
    return STATUS_OK;
}

/* The touched rows, right of the window, <- P' times themselves. Collective over the column. */
static enum status multiply_rows(const struct windows *windows, const struct reorder_window *window,
                                 struct error *error)
{
    const struct block_cyclic *const t = windows->t;
    const int from = window->start + window->first;
    const struct range own = rows_of(t, from, window->start + window->last);
    const struct range after = cols_of(t, window->start + window->size, t->n);
    const int touched = pick_columns(windows, window, own, block_cyclic_row);
    double *const strip = windows->strip; /* [touched, after.count] */
    memset(strip, 0, array_count(touched, after.count) * sizeof(double));
    for (int j = 0; j < after.count; j++) {
        for (int i = own.first; i < own.first + own.count; i++) {
            strip[column_major(block_cyclic_row(t, i) - from, j, touched)] =
                *block_cyclic_local(t, i, after.first + j);
        }
    }
    TRY(grid_check(MPI_Allreduce(MPI_IN_PLACE, strip, touched * after.count, MPI_DOUBLE, MPI_SUM,
                                 t->grid->column_comm),
                   "collect rows", error));
    if (own.count > 0 && after.count > 0) {
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, own.count, after.count, touched, 1.0,
                    windows->panel, touched, strip, touched, 0.0,
                    block_cyclic_local(t, own.first, after.first), t->n_local_rows);
    }
    return STATUS_OK;
}

static enum status apply(void *context, const struct reorder_window *window, struct error *error)
{
    const struct windows *const windows = context;
    exchange_own(windows->t, window, window->local, true);
    TRY(multiply_rows(windows, window, error));
    TRY(multiply_columns(windows, window, windows->t,
                         block_cyclic_rows_before(windows->t, window->start), error));
    return multiply_columns(windows, window, windows->q, windows->q->n_local_rows, error);
}

static enum status ready(void *context, enum status mine, struct error *error)
{
    const struct windows *const windows = context;
    return grid_agree(windows->t->grid, mine, error);
}

/* ---- order ---- */

/* A window of the pair alone, whose rotation the root finds. Collective. */
static enum status standardise_pair(struct windows *windows, int row, struct error *error)
{
    double local[4];
    double rotation[4] = {1.0, 0.0, 0.0, 1.0};
    int key[2] = {0, 0};
    struct reorder_window window = {
        .start = row, .size = 2, .last = 2, .key = key, .local = local, .rotation = rotation};
    TRY(load(windows, &window, error));
    if (windows->t->grid->rank == GRID_ROOT) {
        (void)standardise_blocks(local, rotation, 2);
    }
    TRY(share(windows, &window, error));
    return apply(windows, &window, error);
}

static enum status standardise_all(struct windows *windows, struct diagonal *diagonal,
                                   struct error *error)
{
    TRY(diagonal_read(diagonal, windows->t, error));
    for (int row = 0; row + 1 < diagonal->n; row++) {
        if (!is_standard_block(diagonal->on[row], diagonal->above[row], diagonal->below[row],
                               diagonal->on[row + 1])) {
            TRY(standardise_pair(windows, row, error));
        }
        row += diagonal->below[row] != 0.0 ? 1 : 0;
    }
    return STATUS_OK;
}

enum status team_reorder(struct block_cyclic *t, struct block_cyclic *q, struct diagonal *diagonal,
                         struct schur *form, struct error *error)
{
    enum { WINDOW = REORDER_WINDOW * REORDER_WINDOW };
    const int longer = t->n_local_rows > t->n_local_cols ? t->n_local_rows : t->n_local_cols;
    struct windows windows = {.t = t, .q = q};
    const struct reorder_matrix matrix = {.n = t->n,
                                          .sorts = t->grid->rank == GRID_ROOT,
                                          .ready = ready,
                                          .load = load,
                                          .share = share,
                                          .apply = apply,
                                          .context = &windows};
    int changed = 1;
    form->certificate.n_unswapped = 0;
    enum status status =
        memory_array2(&windows.strip, (size_t)longer, REORDER_WINDOW, sizeof(double), error);
    THEN(status, memory_array(&windows.panel, WINDOW, sizeof(double), error));
    THEN(status, memory_array(&windows.sums, WINDOW, sizeof(double), error));
    status = grid_agree(t->grid, status, error);
    THEN(status, standardise_all(&windows, diagonal, error));
    for (int pass = 0; status == STATUS_OK && pass < MOST_PASSES && changed > 0; pass++) {
        status = diagonal_read(diagonal, t, error);
        if (status == STATUS_OK) {
            diagonal_describe(diagonal, form);
        }
        /* All ranks must see the same blocks, to the last bit of a modulus. */
        THEN(status, grid_check(MPI_Bcast(&form->n_blocks, 1, MPI_INT, GRID_ROOT, t->grid->comm),
                                "share blocks", error));
        THEN(status, grid_check(MPI_Bcast(form->blocks, form->n_blocks * (int)sizeof *form->blocks,
                                          MPI_BYTE, GRID_ROOT, t->grid->comm),
                                "share blocks", error));
        THEN(status, schur_reorder_in_windows(&matrix, form->blocks, form->n_blocks,
                                              &form->certificate.n_unswapped, &changed, error));
    }
    free(windows.strip);
    free(windows.panel);
    free(windows.sums);
    return status;
}
