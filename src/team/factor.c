#include "team/factor.h"

#include "core/memory.h"
#include "team/scalapack.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

static const int ONE = 1;

struct workspace {
    double *values;
    int n_values;
    int *integers;
    int n_integers;
};

static void release(struct workspace *workspace)
{
    free(workspace->values);
    free(workspace->integers);
    *workspace = (struct workspace){0};
}

/* Zeroed, so that nothing depends on what was in memory before; by calloc, which leaves untouched
 * what nobody uses: of pdhseqr's 28 MB a narrow matrix needs very little. */
static enum status allocate(struct workspace *workspace, const struct process_grid *grid,
                            double n_values, double n_integers, struct error *error)
{
    *workspace = (struct workspace){0};
    enum status status = STATUS_OK;
    if (n_values > INT_MAX || n_integers > INT_MAX) {
        status =
            error_set(error, STATUS_INTERNAL, "ScaLAPACK cannot count a workspace of %g", n_values);
    } else {
        workspace->n_values = (int)n_values;
        workspace->n_integers = (int)n_integers;
        workspace->values = calloc((size_t)n_values, sizeof(double));
        if (workspace->values == NULL) {
            status = error_set(error, STATUS_INTERNAL, "out of memory: %d elements of %zu bytes",
                               workspace->n_values, sizeof(double));
        }
    }
    THEN(status, memory_array(&workspace->integers, (size_t)n_integers, sizeof(int), error));
    status = grid_agree(grid, status, error);
    if (status != STATUS_OK) {
        release(workspace);
    }
    return status;
}

/* Same on all ranks, though INFO may differ between them. */
static enum status check_info(const struct block_cyclic *t, const char *routine, int info,
                              struct error *error)
{
    const enum status status = info == 0
                                   ? STATUS_OK
                                   : error_set(error, STATUS_JOB_SCHUR_FAILED,
                                               "%s INFO = %d at width %d", routine, info, t->n);
    return grid_agree(t->grid, status, error);
}

/* W = Q H Q', H upper Hessenberg, in t; the reflectors of Q below it and in tau. */
static enum status reduce(struct block_cyclic *t, double *tau, struct error *error)
{
    struct workspace workspace;
    double wanted = 0.0;
    int size = -1;
    int info = 0;
    pdgehrd_(&t->n, &ONE, &t->n, t->local, &ONE, &ONE, t->descriptor, tau, &wanted, &size, &info);
    TRY(allocate(&workspace, t->grid, wanted + 1.0, 1.0, error));
    pdgehrd_(&t->n, &ONE, &t->n, t->local, &ONE, &ONE, t->descriptor, tau, workspace.values,
             &workspace.n_values, &info);
    release(&workspace);
    return check_info(t, "pdgehrd", info, error);
}

/* Q explicitly: ScaLAPACK has no pdorghr, but Q is what the reflectors make of the identity. */
static enum status accumulate(const struct block_cyclic *t, const double *tau,
                              struct block_cyclic *q, struct error *error)
{
    const double zero = 0.0;
    const double unit = 1.0;
    struct workspace workspace;
    double wanted = 0.0;
    int size = -1;
    int info = 0;
    pdlaset_("A", &q->n, &q->n, &zero, &unit, q->local, &ONE, &ONE, q->descriptor, 1);
    pdormhr_("L", "N", &t->n, &t->n, &ONE, &t->n, t->local, &ONE, &ONE, t->descriptor, tau,
             q->local, &ONE, &ONE, q->descriptor, &wanted, &size, &info, 1, 1);
    TRY(allocate(&workspace, t->grid, wanted + 1.0, 1.0, error));
    pdormhr_("L", "N", &t->n, &t->n, &ONE, &t->n, t->local, &ONE, &ONE, t->descriptor, tau,
             q->local, &ONE, &ONE, q->descriptor, workspace.values, &workspace.n_values, &info, 1,
             1);
    release(&workspace);
    return check_info(t, "pdormhr", info, error);
}

static void clear_below_subdiagonal(struct block_cyclic *t)
{
    for (int col = 0; col < t->n_local_cols; col++) {
        double *const entries = block_cyclic_local(t, 0, col);
        for (int row = block_cyclic_rows_before(t, block_cyclic_col(t, col) + 2);
             row < t->n_local_rows; row++) {
            entries[row] = 0.0;
        }
    }
}

/* The query itself writes to IWORK, and asks for too little (docs/known_problems.md). */
static enum status ask_for_space(struct block_cyclic *t, struct block_cyclic *q,
                                 double *eigenvalues, struct workspace *workspace,
                                 struct error *error)
{
    const double safe = 16.0 * t->n + 4096.0;
    struct workspace query;
    int size = -1;
    int info = 0;
    TRY(allocate(&query, t->grid, safe, safe, error));
    assert(query.values != NULL && query.integers != NULL);
    pdhseqr_("S", "V", &t->n, &ONE, &t->n, t->local, t->descriptor, eigenvalues, eigenvalues + t->n,
             q->local, q->descriptor, query.values, &size, query.integers, &size, &info, 1, 1);
    const double n_values = 4.0 * query.values[0] + safe;
    const double n_integers = 4.0 * query.integers[0] + safe;
    release(&query);
    return allocate(workspace, t->grid, n_values, n_integers, error);
}

/* H = Z T Z' by small-bulge multishift QR with aggressive early deflation; q <- q Z. */
static enum status iterate(struct block_cyclic *t, struct block_cyclic *q, double *eigenvalues,
                           struct error *error)
{
    struct workspace workspace;
    int info = 0;
    TRY(ask_for_space(t, q, eigenvalues, &workspace, error));
    /* Eigenvalues are read from T later: those that pdhseqr returns may be wrong. */
    pdhseqr_("S", "V", &t->n, &ONE, &t->n, t->local, t->descriptor, eigenvalues, eigenvalues + t->n,
             q->local, q->descriptor, workspace.values, &workspace.n_values, workspace.integers,
             &workspace.n_integers, &info, 1, 1);
    release(&workspace);
    return check_info(t, "pdhseqr", info, error);
}

enum status team_factor(struct block_cyclic *t, struct block_cyclic *q, struct error *error)
{
    double *tau = NULL;
    double *eigenvalues = NULL;
    const size_t n = (size_t)t->n;
    enum status status = memory_array(&tau, n + (size_t)t->block, sizeof(double), error);
    THEN(status, memory_array2(&eigenvalues, 2, n, sizeof(double), error));
    status = grid_agree(t->grid, status, error);
    THEN(status, reduce(t, tau, error));
    THEN(status, accumulate(t, tau, q, error));
    clear_below_subdiagonal(t); /* of the reflectors */
    THEN(status, iterate(t, q, eigenvalues, error));
    clear_below_subdiagonal(t);
    free(tau);
    free(eigenvalues);
    return status;
}
