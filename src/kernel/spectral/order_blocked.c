#include "kernel/spectral/order_blocked.h"

#include "core/memory.h"
#include "kernel/spectral/order.h"
#include "kernel/spectral/order_windows.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

/* Rows or columns of one product: a panel of them stays in the cache. */
enum { STRIP = 256 };

/* T and Q in one memory. */
struct whole {
    struct schur *schur;
    double *panel; /* [STRIP, ORDER_WINDOW] or [ORDER_WINDOW, STRIP] column-major */
};

static double *entry(double *matrix, int leading, int row, int column)
{
    return matrix + (size_t)column * (size_t)leading + (size_t)row;
}

static enum status load(void *context, struct order_window *window, struct error *error)
{
    const struct whole *const whole = context;
    const int n = whole->schur->n;
    (void)error;
    for (int column = 0; column < window->size; column++) {
        memcpy(entry(window->local, window->size, 0, column),
               entry(whole->schur->t, n, window->start, window->start + column),
               (size_t)window->size * sizeof(double));
    }
    return STATUS_OK;
}

static void store(const struct whole *whole, const struct order_window *window)
{
    const int n = whole->schur->n;
    for (int column = 0; column < window->size; column++) {
        memcpy(entry(whole->schur->t, n, window->start, window->start + column),
               entry(window->local, window->size, 0, column),
               (size_t)window->size * sizeof(double));
    }
}

/* matrix[rows, window] becomes itself times the rotation. */
static void multiply_columns(const struct whole *whole, const struct order_window *window,
                             double *matrix, int rows)
{
    const int n = whole->schur->n;
    const int count = window->last - window->first;
    const double *const rotation =
        entry(window->rotation, window->size, window->first, window->first);
    for (int row = 0; row < rows; row += STRIP) {
        const int height = rows - row < STRIP ? rows - row : STRIP;
        double *const strip = entry(matrix, n, row, window->start + window->first);
        for (int column = 0; column < count; column++) {
            memcpy(entry(whole->panel, height, 0, column), entry(strip, n, 0, column),
                   (size_t)height * sizeof(double));
        }
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, height, count, count, 1.0,
                    whole->panel, height, rotation, window->size, 0.0, strip, n);
    }
}

/* The rows of the window, right of it, become the transposed rotation times themselves. */
static void multiply_rows(const struct whole *whole, const struct order_window *window)
{
    const int n = whole->schur->n;
    const int count = window->last - window->first;
    const double *const rotation =
        entry(window->rotation, window->size, window->first, window->first);
    for (int column = window->start + window->size; column < n; column += STRIP) {
        const int width = n - column < STRIP ? n - column : STRIP;
        double *const strip = entry(whole->schur->t, n, window->start + window->first, column);
        for (int i = 0; i < width; i++) {
            memcpy(entry(whole->panel, count, 0, i), entry(strip, n, 0, i),
                   (size_t)count * sizeof(double));
        }
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, count, width, count, 1.0, rotation,
                    window->size, whole->panel, count, 0.0, strip, n);
    }
}

static enum status apply(void *context, const struct order_window *window, struct error *error)
{
    const struct whole *const whole = context;
    (void)error;
    store(whole, window);
    multiply_rows(whole, window);
    multiply_columns(whole, window, whole->schur->t, window->start);
    multiply_columns(whole, window, whole->schur->q, whole->schur->n);
    return STATUS_OK;
}

static enum status sort(struct whole *whole, double *work, struct error *error)
{
    struct schur *const schur = whole->schur;
    const struct order_matrix matrix = {
        .n = schur->n, .sorts = true, .load = load, .apply = apply, .context = whole};
    int n_windows = 0;
    schur->n_blocks = order_scan_blocks(schur->t, schur->n, schur->blocks);
    schur->certificate.n_unswapped = 0;
    TRY(order_in_windows(&matrix, schur->blocks, schur->n_blocks, &schur->certificate.n_unswapped,
                         &n_windows, error));
    schur->certificate.n_unswapped +=
        order_by_modulus(schur->t, schur->q, schur->n, schur->blocks, &schur->n_blocks, work);
    return STATUS_OK;
}

enum status order_by_modulus_blocked(struct schur *schur, struct error *error)
{
    struct whole whole = {.schur = schur};
    double *work = NULL;
    enum status status = memory_array2(&whole.panel, STRIP, ORDER_WINDOW, sizeof(double), error);
    if (status == STATUS_OK) {
        status = memory_array(&work, (size_t)schur->n, sizeof(double), error);
    }
    if (status == STATUS_OK) {
        status = sort(&whole, work, error);
    }
    free(whole.panel);
    free(work);
    return status;
}
