#include "kernel/spectral/reorder_blocked.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/spectral/reorder.h"
#include "kernel/spectral/reorder_windows.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

/* Rows or columns of one product: a panel of them stays in the cache. */
enum { STRIP = 256 };

/* T and Q in one memory. */
struct whole {
    struct schur *schur;
    double *panel; /* [STRIP, REORDER_WINDOW] or [REORDER_WINDOW, STRIP] column-major */
};

/* to[rows, columns] = from[rows, columns], column-major with leading dimensions. */
static void copy_block(double *to, int to_leading, const double *from, int from_leading, int rows,
                       int columns)
{
    for (int column = 0; column < columns; column++) {
        memcpy(to + column_major(0, column, to_leading),
               from + column_major(0, column, from_leading), (size_t)rows * sizeof(double));
    }
}

static enum status load(void *context, struct reorder_window *window, struct error *error)
{
    const struct whole *const whole = context;
    const int n = whole->schur->n;
    (void)error;
    copy_block(window->local, window->size,
               whole->schur->t + column_major(window->start, window->start, n), n, window->size,
               window->size);
    return STATUS_OK;
}

/* The touched rows and columns of the rotation, [count, count] with leading dimension
 * window->size. */
static const double *touched(const struct reorder_window *window)
{
    return window->rotation + column_major(window->first, window->first, window->size);
}

/* matrix[0 .. rows, touched] <- itself times the rotation, STRIP rows at a time. */
static void multiply_columns(const struct whole *whole, const struct reorder_window *window,
                             double *matrix, int rows)
{
    const int n = whole->schur->n;
    const int count = window->last - window->first;
    for (int row = 0; row < rows; row += STRIP) {
        const int height = rows - row < STRIP ? rows - row : STRIP;
        double *const strip = matrix + column_major(row, window->start + window->first, n);
        copy_block(whole->panel, height, strip, n, height, count);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, height, count, count, 1.0,
                    whole->panel, height, touched(window), window->size, 0.0, strip, n);
    }
}

/* t[touched, columns right of the window] <- rotation' times itself, STRIP columns at a time. */
static void multiply_rows(const struct whole *whole, const struct reorder_window *window)
{
    const int n = whole->schur->n;
    const int count = window->last - window->first;
    for (int column = window->start + window->size; column < n; column += STRIP) {
        const int width = n - column < STRIP ? n - column : STRIP;
        double *const strip =
            whole->schur->t + column_major(window->start + window->first, column, n);
        copy_block(whole->panel, count, strip, n, count, width);
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, count, width, count, 1.0,
                    touched(window), window->size, whole->panel, count, 0.0, strip, n);
    }
}

/* T <- P' T P and Q <- Q P, where P is the identity with the rotation at the window's place. Left
 * of the window T is zero below it, so that its rows change only right of it. */
static enum status apply(void *context, const struct reorder_window *window, struct error *error)
{
    const struct whole *const whole = context;
    struct schur *const schur = whole->schur;
    (void)error;
    copy_block(schur->t + column_major(window->start, window->start, schur->n), schur->n,
               window->local, window->size, window->size, window->size);
    multiply_rows(whole, window);
    multiply_columns(whole, window, schur->t, window->start);
    multiply_columns(whole, window, schur->q, schur->n);
    return STATUS_OK;
}

enum status schur_reorder_blocked(struct schur *schur, struct error *error)
{
    struct whole whole = {.schur = schur};
    const struct reorder_matrix matrix = {
        .n = schur->n, .sorts = true, .load = load, .apply = apply, .context = &whole};
    double *work = NULL;
    int n_windows = 0;
    enum status status = memory_array2(&whole.panel, STRIP, REORDER_WINDOW, sizeof(double), error);
    THEN(status, memory_array(&work, (size_t)schur->n, sizeof(double), error));
    if (status == STATUS_OK) {
        schur->n_blocks = schur_scan_blocks(schur->t, schur->n, schur->order, schur->blocks);
        schur->certificate.n_unswapped = 0;
        status = schur_reorder_in_windows(&matrix, schur->blocks, schur->n_blocks,
                                          &schur->certificate.n_unswapped, &n_windows, error);
    }
    if (status == STATUS_OK) {
        schur->certificate.n_unswapped += schur_reorder(schur->t, schur->q, schur->n, schur->order,
                                                        schur->blocks, &schur->n_blocks, work);
    }
    free(whole.panel);
    free(work);
    return status;
}
