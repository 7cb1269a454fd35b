#include "team/team_schur.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/spectral/certificate.h"
#include "team/diagonal.h"
#include "team/factor.h"
#include "team/matrix_move.h"
#include "team/team_reorder.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *schur_route_name(enum schur_route route)
{
    static const char *const NAMES[] = {"local", "scalapack", "fallback"};
    return NAMES[route];
}

enum schur_route schur_route_planned(int n, int n_rows, int n_cols)
{
    const int longer = n_rows > n_cols ? n_rows : n_cols;
    const bool is_line = n_rows == 1 || n_cols == 1;
    const bool is_usable = is_line ? n_rows * n_cols == 2 : true;
    return is_usable && n / TEAM_LEAST_ROWS >= longer ? SCHUR_ROUTE_SCALAPACK : SCHUR_ROUTE_LOCAL;
}

void schur_team_grid(int n, int size, int *n_rows, int *n_cols)
{
    do {
        process_grid_shape(size--, n_rows, n_cols);
    } while (size > 0 && schur_route_planned(n, *n_rows, *n_cols) != SCHUR_ROUTE_SCALAPACK);
}

/* The first entry of this rank's part that is NaN or Inf. Local. */
static enum status check_own(const struct block_cyclic *w, struct error *error)
{
    for (int col = 0; col < w->n_local_cols; col++) {
        const double *const entries = block_cyclic_local(w, 0, col);
        for (int row = 0; row < w->n_local_rows; row++) {
            if (!isfinite(entries[row])) {
                return error_set(error, STATUS_JOB_WEIGHTS_NONFINITE, "weight_hh[%d, %d] is %g",
                                 block_cyclic_row(w, row), block_cyclic_col(w, col), entries[row]);
            }
        }
    }
    return STATUS_OK;
}

void team_schur_release(struct team_schur *schur)
{
    schur_release(&schur->form);
    block_cyclic_release(&schur->t);
    block_cyclic_release(&schur->q);
    *schur = (struct team_schur){0};
}

/* ---- ScaLAPACK ---- */

/* One attempt, with what it needs beside the result. */
struct attempt {
    struct team_schur *schur;
    const struct block_cyclic *w;
    double scale; /* power of two; T is that of scale * W until the end */
    struct block_cyclic work;
    struct block_cyclic product;
    struct diagonal diagonal;
};

/* Nothing of a ScaLAPACK gone wrong may reach the ordering, which could loop or trap on it. */
static enum status check_factor(struct attempt *attempt, struct error *error)
{
    struct team_schur *const schur = attempt->schur;
    enum status status = STATUS_OK;
    if (!block_cyclic_is_finite(&schur->t) || !block_cyclic_is_finite(&schur->q)) {
        status = error_set(error, STATUS_JOB_SCHUR_NONFINITE, "Schur form of width %d overflowed",
                           schur->form.n);
    }
    TRY(grid_agree(attempt->w->grid, status, error));
    TRY(diagonal_read(&attempt->diagonal, &schur->t, error));
    return diagonal_is_quasi_triangular(&attempt->diagonal)
               ? STATUS_OK
               : error_set(error, STATUS_JOB_SCHUR_FAILED,
                           "pdhseqr left a matrix of width %d that is not quasi-triangular",
                           schur->form.n);
}

/* Equal matrices have equal bits from here on: -0.0 becomes 0.0. */
static void scale_entries(struct block_cyclic *t, double factor)
{
    const size_t count = block_cyclic_count(t);
    for (size_t i = 0; i < count; i++) {
        t->local[i] = t->local[i] * factor + 0.0;
    }
}

/* |sW - Q T Q'|_F / |sW|_F, s = scale, and |Q'Q - I|_F / sqrt(n). */
static enum status certify(struct attempt *attempt, struct error *error)
{
    struct team_schur *const schur = attempt->schur;
    struct block_cyclic *const work = &attempt->work;
    struct block_cyclic *const product = &attempt->product;
    struct schur_certificate *const certificate = &schur->form.certificate;
    double norm = 0.0;
    scale_entries(&schur->t, 1.0);
    TRY(diagonal_read(&attempt->diagonal, &schur->t, error));
    diagonal_describe(&attempt->diagonal, &schur->form);
    block_cyclic_copy(product, attempt->w, attempt->scale);
    TRY(block_cyclic_norm(product, &norm, error));
    block_cyclic_multiply("N", &schur->q, "N", &schur->t, 1.0, 0.0, work);
    block_cyclic_multiply("N", work, "T", &schur->q, -1.0, 1.0, product);
    TRY(block_cyclic_norm(product, &certificate->residual, error));
    certificate->residual = norm == 0.0 ? 0.0 : certificate->residual / norm;
    block_cyclic_multiply("T", &schur->q, "N", &schur->q, 1.0, 0.0, work);
    for (int i = 0; i < work->n; i++) {
        double *const entry = block_cyclic_entry(work, i, i);
        if (entry != NULL) {
            *entry -= 1.0;
        }
    }
    TRY(block_cyclic_norm(work, &certificate->orthogonality_loss, error));
    certificate->orthogonality_loss /= sqrt((double)work->n);
    certificate->disorder = schur_disorder(&schur->form);
    return grid_agree(attempt->w->grid, schur_judge(&schur->form, error), error);
}

/* Back to the scale of the weights, where parts of T may underflow: the blocks are read anew. */
static enum status unscale(struct attempt *attempt, struct error *error)
{
    struct team_schur *const schur = attempt->schur;
    struct schur *const form = &schur->form;
    if (attempt->scale != 1.0) {
        scale_entries(&schur->t, 1.0 / attempt->scale);
        form->order.shift = 1.0 - form->order.leak;
        TRY(diagonal_read(&attempt->diagonal, &schur->t, error));
        diagonal_describe(&attempt->diagonal, form);
    }
    TRY(block_cyclic_norm(&schur->t, &form->norm, error));
    const enum status status =
        isfinite(form->norm) && isfinite(form->spectral_radius) && isfinite(form->radius)
            ? STATUS_OK
            : error_set(error, STATUS_JOB_SCHUR_NONFINITE,
                        "norm of the Schur form of width %d overflowed", form->n);
    return grid_agree(attempt->w->grid, status, error);
}

static enum status by_scalapack(struct team_schur *schur, const struct block_cyclic *w,
                                const struct team_schur_hook *hook, struct error *error)
{
    struct attempt attempt = {.schur = schur, .w = w};
    double largest = 0.0;
    TRY(block_cyclic_largest(w, &largest, error));
    attempt.scale = schur_safe_scale(largest);
    schur->form.order.shift = attempt.scale * (1.0 - schur->form.order.leak);
    enum status status =
        grid_agree(w->grid, diagonal_create(&attempt.diagonal, w->n, error), error);
    THEN(status, block_cyclic_create(&attempt.work, w->grid, w->n, w->block, error));
    THEN(status, block_cyclic_create(&attempt.product, w->grid, w->n, w->block, error));
    if (status == STATUS_OK) {
        block_cyclic_copy(&schur->t, w, attempt.scale);
        status = team_factor(&schur->t, &schur->q, error);
    }
    if (hook != NULL && hook->after_factor != NULL) {
        THEN(status, hook->after_factor(hook->context, &schur->t, &schur->q, error));
    }
    THEN(status, check_factor(&attempt, error));
    THEN(status, team_reorder(&schur->t, &schur->q, &attempt.diagonal, &schur->form, error));
    THEN(status, certify(&attempt, error));
    THEN(status, unscale(&attempt, error));
    diagonal_release(&attempt.diagonal);
    block_cyclic_release(&attempt.work);
    block_cyclic_release(&attempt.product);
    return status;
}

/* ---- one rank ---- */

/* All values of a form but its arrays. */
static void take_values(struct schur *form, const struct schur *from)
{
    form->n_blocks = from->n_blocks;
    form->norm = from->norm;
    form->spectral_radius = from->spectral_radius;
    form->order = from->order;
    form->radius = from->radius;
    form->certificate = from->certificate;
}

/* The weights go to the root, which computes the form alone, and T and Q back to all. */
static enum status on_the_root(struct team_schur *schur, const struct block_cyclic *w,
                               struct error *error)
{
    const struct process_grid *const grid = w->grid;
    const bool is_root = grid->rank == GRID_ROOT;
    double *full = NULL; /* [n, n] row-major, on the root */
    struct schur whole = {0};
    enum status status =
        is_root ? memory_array(&full, array_count(w->n, w->n), sizeof(double), error) : STATUS_OK;
    status = grid_agree(grid, status, error);
    THEN(status, matrix_gather(w, MATRIX_ROW_MAJOR, full, error));
    THEN(status,
         grid_agree(grid,
                    is_root ? schur_compute(&whole, full, w->n, schur->form.order.leak, error)
                            : STATUS_OK,
                    error));
    free(full);
    if (status == STATUS_OK && is_root) {
        const size_t n = (size_t)whole.n;
        take_values(&schur->form, &whole);
        assert(whole.eigenvalue_re != NULL && whole.eigenvalue_im != NULL && whole.blocks != NULL);
        memcpy(schur->form.eigenvalue_re, whole.eigenvalue_re, n * sizeof(double));
        memcpy(schur->form.eigenvalue_im, whole.eigenvalue_im, n * sizeof(double));
        memcpy(schur->form.blocks, whole.blocks, n * sizeof *whole.blocks);
    }
    THEN(status, matrix_scatter(&schur->t, MATRIX_COLUMN_MAJOR, whole.t, error));
    THEN(status, matrix_scatter(&schur->q, MATRIX_COLUMN_MAJOR, whole.q, error));
    schur_release(&whole);
    return status;
}

/* ---- all ranks ---- */

/* Every rank has computed the form, but one processor's last bit may not be another's. */
static enum status share_form(struct schur *form, const struct process_grid *grid,
                              struct error *error)
{
    struct schur shared = *form;
    TRY(grid_check(MPI_Bcast(&shared, sizeof shared, MPI_BYTE, GRID_ROOT, grid->comm),
                   "share the form", error));
    take_values(form, &shared);
    TRY(grid_check(MPI_Bcast(form->eigenvalue_re, form->n, MPI_DOUBLE, GRID_ROOT, grid->comm),
                   "share eigenvalues", error));
    TRY(grid_check(MPI_Bcast(form->eigenvalue_im, form->n, MPI_DOUBLE, GRID_ROOT, grid->comm),
                   "share eigenvalues", error));
    return grid_check(MPI_Bcast(form->blocks, form->n * (int)sizeof *form->blocks, MPI_BYTE,
                                GRID_ROOT, grid->comm),
                      "share blocks", error);
}

enum status team_schur_compute_hooked(struct team_schur *schur, const struct block_cyclic *w,
                                      double leak, const struct team_schur_hook *hook,
                                      struct error *error)
{
    *schur = (struct team_schur){0};
    TRY(grid_agree(w->grid, check_own(w, error), error));
    struct schur *const form = &schur->form;
    const size_t n = (size_t)w->n;
    form->n = w->n;
    form->order.leak = leak;
    enum status status = memory_array(&form->eigenvalue_re, n, sizeof(double), error);
    THEN(status, memory_array(&form->eigenvalue_im, n, sizeof(double), error));
    THEN(status, memory_array(&form->blocks, n, sizeof *form->blocks, error));
    status = grid_agree(w->grid, status, error);
    THEN(status, block_cyclic_create(&schur->t, w->grid, w->n, w->block, error));
    THEN(status, block_cyclic_create(&schur->q, w->grid, w->n, w->block, error));
    const struct process_grid *const grid = w->grid;
    schur->route = hook != NULL && hook->share_small && grid->size > 1
                       ? SCHUR_ROUTE_SCALAPACK
                       : schur_route_planned(w->n, grid->n_rows, grid->n_cols);
    if (status == STATUS_OK && schur->route == SCHUR_ROUTE_SCALAPACK) {
        status = by_scalapack(schur, w, hook, error);
        if (status_is_job_failure(status)) {
            schur->route = SCHUR_ROUTE_FALLBACK;
            status = STATUS_OK;
        }
    }
    if (schur->route != SCHUR_ROUTE_SCALAPACK) {
        THEN(status, on_the_root(schur, w, error));
    }
    THEN(status, share_form(&schur->form, w->grid, error));
    if (status != STATUS_OK) {
        team_schur_release(schur);
    }
    return status;
}

enum status team_schur_compute(struct team_schur *schur, const struct block_cyclic *w, double leak,
                               struct error *error)
{
    return team_schur_compute_hooked(schur, w, leak, NULL, error);
}
