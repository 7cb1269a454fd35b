#include "team/team_windows.h"

#include "core/memory.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

static enum status allocate(struct team_windows *windows, struct error *error)
{
    const struct block_cyclic *const t = windows->t;
    const int longer = t->n_local_rows > t->n_local_cols ? t->n_local_rows : t->n_local_cols;
    TRY(memory_array2(&windows->strip, (size_t)longer, REORDER_WINDOW, sizeof(double), error));
    TRY(memory_array2(&windows->panel, REORDER_WINDOW, REORDER_WINDOW, sizeof(double), error));
    return memory_array2(&windows->sums, REORDER_WINDOW, REORDER_WINDOW, sizeof(double), error);
}

enum status team_windows_create(struct team_windows *windows, struct block_cyclic *t,
                                struct block_cyclic *q, struct error *error)
{
    *windows = (struct team_windows){.t = t, .q = q};
    const enum status status = grid_agree(t->grid, allocate(windows, error), error);
    if (status != STATUS_OK) {
        team_windows_release(windows);
    }
    return status;
}

void team_windows_release(struct team_windows *windows)
{
    free(windows->strip);
    free(windows->panel);
    free(windows->sums);
    *windows = (struct team_windows){0};
}

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

static double *local_entry(const struct block_cyclic *matrix, int local_row, int local_col)
{
    return matrix->local + (size_t)local_col * (size_t)matrix->n_local_rows + (size_t)local_row;
}

/* ---- the window itself --------------------------------------------------------------------------
 */

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
            double *const value = values + (size_t)col * (size_t)window->size + (size_t)row;
            double *const entry = local_entry(t, i, j);
            *(into_t ? entry : value) = into_t ? *value : *entry;
        }
    }
}

/* One rank has each entry and all others have 0: the sum is exact. */
enum status team_windows_load(void *context, struct reorder_window *window, struct error *error)
{
    const struct team_windows *const windows = context;
    const struct process_grid *const grid = windows->t->grid;
    const int count = window->size * window->size;
    memset(windows->sums, 0, (size_t)count * sizeof(double));
    exchange_own(windows->t, window, windows->sums, false);
    return grid_check(
        MPI_Reduce(windows->sums, window->local, count, MPI_DOUBLE, MPI_SUM, GRID_ROOT, grid->comm),
        "collect a window", error);
}

/* Only the root sorts: where two processors round differently, ranks that all sorted for themselves
 * would part ways. */
enum status team_windows_share(void *context, struct reorder_window *window, struct error *error)
{
    const struct team_windows *const windows = context;
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
 */

/* panel[touched rows, own] = those columns of the rotation that make this rank's rows or columns;
 * global gives the number of a local one. */
static int pick_columns(const struct team_windows *windows, const struct reorder_window *window,
                        struct range own, int (*global)(const struct block_cyclic *, int))
{
    const int touched = window->last - window->first;
    for (int i = 0; i < own.count; i++) {
        const int col = global(windows->t, own.first + i) - window->start;
        memcpy(windows->panel + (size_t)i * (size_t)touched,
               window->rotation + (size_t)col * (size_t)window->size + window->first,
               (size_t)touched * sizeof(double));
    }
    return touched;
}

/* Local rows 0 .. height of the touched columns become themselves times the rotation. */
static enum status multiply_columns(const struct team_windows *windows,
                                    const struct reorder_window *window,
                                    const struct block_cyclic *matrix, int height,
                                    struct error *error)
{
    const int from = window->start + window->first;
    const struct range own = cols_of(matrix, from, window->start + window->last);
    const int touched = pick_columns(windows, window, own, block_cyclic_col);
    double *const strip = windows->strip; /* [height, touched] */
    memset(strip, 0, (size_t)height * (size_t)touched * sizeof(double));
    for (int i = own.first; i < own.first + own.count; i++) {
        memcpy(strip + (size_t)(block_cyclic_col(matrix, i) - from) * (size_t)height,
               local_entry(matrix, 0, i), (size_t)height * sizeof(double));
    }
    TRY(grid_check(MPI_Allreduce(MPI_IN_PLACE, strip, height * touched, MPI_DOUBLE, MPI_SUM,
                                 matrix->grid->row_comm),
                   "collect columns", error));
    if (height > 0 && own.count > 0) {
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, height, own.count, touched, 1.0,
                    strip, height, windows->panel, touched, 0.0, local_entry(matrix, 0, own.first),
                    matrix->n_local_rows);
    }
    return STATUS_OK;
}

/* The touched rows, right of the window, become the transposed rotation times themselves. */
static enum status multiply_rows(const struct team_windows *windows,
                                 const struct reorder_window *window, struct error *error)
{
    const struct block_cyclic *const t = windows->t;
    const int from = window->start + window->first;
    const struct range own = rows_of(t, from, window->start + window->last);
    const struct range behind = cols_of(t, window->start + window->size, t->n);
    const int touched = pick_columns(windows, window, own, block_cyclic_row);
    double *const strip = windows->strip; /* [touched, behind.count] */
    memset(strip, 0, (size_t)touched * (size_t)behind.count * sizeof(double));
    for (int j = 0; j < behind.count; j++) {
        for (int i = own.first; i < own.first + own.count; i++) {
            strip[j * touched + block_cyclic_row(t, i) - from] =
                *local_entry(t, i, behind.first + j);
        }
    }
    TRY(grid_check(MPI_Allreduce(MPI_IN_PLACE, strip, touched * behind.count, MPI_DOUBLE, MPI_SUM,
                                 t->grid->column_comm),
                   "collect rows", error));
    if (own.count > 0 && behind.count > 0) {
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, own.count, behind.count, touched, 1.0,
                    windows->panel, touched, strip, touched, 0.0,
                    local_entry(t, own.first, behind.first), t->n_local_rows);
    }
    return STATUS_OK;
}

enum status team_windows_apply(void *context, const struct reorder_window *window,
                               struct error *error)
{
    const struct team_windows *const windows = context;
    exchange_own(windows->t, window, window->local, true);
    TRY(multiply_rows(windows, window, error));
    TRY(multiply_columns(windows, window, windows->t,
                         block_cyclic_rows_before(windows->t, window->start), error));
    return multiply_columns(windows, window, windows->q, windows->q->n_local_rows, error);
}

static enum status ready(void *context, enum status mine, struct error *error)
{
    const struct team_windows *const windows = context;
    return grid_agree(windows->t->grid, mine, error);
}

struct reorder_matrix team_windows_matrix(struct team_windows *windows)
{
    return (struct reorder_matrix){.n = windows->t->n,
                                   .sorts = windows->t->grid->rank == GRID_ROOT,
                                   .ready = ready,
                                   .load = team_windows_load,
                                   .share = team_windows_share,
                                   .apply = team_windows_apply,
                                   .context = windows};
}
