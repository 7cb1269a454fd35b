#include "kernel/spectral/order_blocked.h"

#include "core/memory.h"
#include "kernel/lapack.h"
#include "kernel/spectral/order.h"

#include <cblas.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUP = 32,             /* rows that are brought to the front together */
    WINDOW = 2 * GROUP + 4, /* the group stays shorter even if each of its rows becomes a pair */
    STRIP = 256,            /* rows or columns of one product: a panel of them stays in the cache */
};

/* A key of no group. */
enum { NO_KEY = INT_MAX };

struct ordering {
    struct schur *schur;
    int *key;         /* [n] by row: where the block of this row shall start */
    double *local;    /* [size, size] column-major: the window of T */
    double *rotation; /* [size, size] column-major: local = rotation' * before * rotation */
    double *panel;    /* [STRIP, WINDOW] or [WINDOW, STRIP] column-major */
    double *work;     /* [n] */
    struct schur_block *unranked; /* [n] */
};

/* Rows start .. start + size of T, never a part of a block. */
struct window {
    int start;
    int size;
    int first; /* rows of the window that a swap has touched: first <= row < last */
    int last;
};

static void release(struct ordering *ordering)
{
    free(ordering->key);
    free(ordering->local);
    free(ordering->rotation);
    free(ordering->panel);
    free(ordering->work);
    free(ordering->unranked);
}

static enum status allocate(struct ordering *ordering, struct schur *schur, struct error *error)
{
    const size_t n = (size_t)schur->n;
    *ordering = (struct ordering){.schur = schur};
    TRY(memory_array(&ordering->key, n, sizeof(int), error));
    TRY(memory_matrix(&ordering->local, WINDOW, WINDOW, sizeof(double), error));
    TRY(memory_matrix(&ordering->rotation, WINDOW, WINDOW, sizeof(double), error));
    TRY(memory_matrix(&ordering->panel, STRIP, WINDOW, sizeof(double), error));
    TRY(memory_array(&ordering->work, n, sizeof(double), error));
    return memory_array(&ordering->unranked, n, sizeof *ordering->unranked, error);
}

static double *entry(double *matrix, int leading, int row, int column)
{
    return matrix + (size_t)column * (size_t)leading + (size_t)row;
}

static void set_keys(int *key, int from, int to, int value)
{
    for (int row = from; row < to; row++) {
        key[row] = value;
    }
}

/* The rows that order_by_modulus would give the blocks if the moduli stayed as they are. */
static void assign_keys(struct ordering *ordering)
{
    const struct schur *const schur = ordering->schur;
    struct schur_block *const unranked = ordering->unranked;
    int target = 0;
    for (int left = order_scan_blocks(schur->t, schur->n, unranked); left > 0; left--) {
        const int next = order_find_largest(unranked, left, 0);
        const struct schur_block block = unranked[next];
        set_keys(ordering->key, block.start, block.start + block.size, target);
        target += block.size;
        memmove(unranked + next, unranked + next + 1, (size_t)(left - next - 1) * sizeof *unranked);
    }
}

/* Rows of the block that begins at `row` of t[size, size]. */
static int block_rows(const double *t, int size, int row)
{
    const bool is_pair = row + 1 < size && t[(size_t)row * (size_t)size + (size_t)row + 1] != 0.0;
    return is_pair ? 2 : 1;
}

static void load(struct ordering *ordering, const struct window *window)
{
    const int n = ordering->schur->n;
    const int size = window->size;
    memset(ordering->rotation, 0, (size_t)size * (size_t)size * sizeof(double));
    for (int column = 0; column < size; column++) {
        *entry(ordering->rotation, size, column, column) = 1.0;
        memcpy(entry(ordering->local, size, 0, column),
               entry(ordering->schur->t, n, window->start, window->start + column),
               (size_t)size * sizeof(double));
    }
}

static void store(struct ordering *ordering, const struct window *window)
{
    const int n = ordering->schur->n;
    for (int column = 0; column < window->size; column++) {
        memcpy(entry(ordering->schur->t, n, window->start, window->start + column),
               entry(ordering->local, window->size, 0, column),
               (size_t)window->size * sizeof(double));
    }
}

/* First row of the block of the group that belongs foremost, at or after `from`; -1 for none. */
static int find_foremost(const int *key, const struct window *window, int from, int limit)
{
    int foremost = -1;
    for (int row = from; row < window->size; row++) {
        if (key[row] < limit && (foremost < 0 || key[row] < key[foremost])) {
            foremost = row;
        }
    }
    return foremost;
}

/* The `count` rows at `from` come to stand at `to`, above it. */
static void move_keys(int *key, int from, int to, int count)
{
    const int moved = key[from];
    memmove(key + to + count, key + to, (size_t)(from - to) * sizeof *key);
    set_keys(key, to, to + count, moved);
}

/* The block at `row` may not pass the one before it, whose eigenvalue is nearly the same: that one
 * takes its place in the order. */
static void exchange_keys(const struct ordering *ordering, const struct window *window, int *key,
                          int row)
{
    const double *const t = ordering->local;
    const int end = row + block_rows(t, window->size, row);
    const int before = row - (row >= 2 ? block_rows(t, window->size, row - 2) : 1);
    const int behind = key[row];
    const int ahead = key[before];
    set_keys(key, before, row, behind);
    set_keys(key, row, end, ahead > behind ? ahead : NO_KEY);
    /* A pair that split under way may have left its halves apart, and the keys out of step. */
    for (int i = 0; i < window->size; i += block_rows(t, window->size, i)) {
        set_keys(key, i, i + block_rows(t, window->size, i), key[i]);
    }
}

static void move_up(struct ordering *ordering, struct window *window, int *key, int from, int to)
{
    const int rows = block_rows(ordering->local, window->size, from);
    int source = from + 1;
    int target = to + 1;
    int info = 0;
    dtrexc_("V", &window->size, ordering->local, &window->size, ordering->rotation, &window->size,
            &source, &target, ordering->work, &info, 1);
    const int reached = target - 1;
    move_keys(key, from, reached, rows);
    window->first = to < window->first ? to : window->first;
    window->last = from + rows > window->last ? from + rows : window->last;
    if (info != 0) {
        ordering->schur->certificate.n_unswapped++;
        exchange_keys(ordering, window, key, reached);
    }
}

/* Blocks with keys below the limit come to the top of the window, in the order of their keys; the
 * others keep theirs. Returns how many rows have such keys. */
static int sort_window(struct ordering *ordering, struct window *window, int limit)
{
    int *const key = ordering->key + window->start;
    int front = 0;
    int foremost = find_foremost(key, window, 0, limit);
    while (foremost >= 0) {
        if (foremost > front) {
            move_up(ordering, window, key, foremost, front);
        } else {
            front += block_rows(ordering->local, window->size, front);
        }
        foremost = find_foremost(key, window, front, limit);
    }
    return front;
}

/* matrix[rows, window] becomes itself times the rotation. */
static void multiply_columns(struct ordering *ordering, const struct window *window, double *matrix,
                             int rows)
{
    const int n = ordering->schur->n;
    const int count = window->last - window->first;
    const double *const rotation =
        entry(ordering->rotation, window->size, window->first, window->first);
    for (int row = 0; row < rows; row += STRIP) {
        const int height = rows - row < STRIP ? rows - row : STRIP;
        double *const strip = entry(matrix, n, row, window->start + window->first);
        for (int column = 0; column < count; column++) {
            memcpy(entry(ordering->panel, height, 0, column), entry(strip, n, 0, column),
                   (size_t)height * sizeof(double));
        }
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, height, count, count, 1.0,
                    ordering->panel, height, rotation, window->size, 0.0, strip, n);
    }
}

/* The rows of the window, right of it, become the transposed rotation times themselves. */
static void multiply_rows(struct ordering *ordering, const struct window *window)
{
    const int n = ordering->schur->n;
    const int count = window->last - window->first;
    const double *const rotation =
        entry(ordering->rotation, window->size, window->first, window->first);
    for (int column = window->start + window->size; column < n; column += STRIP) {
        const int width = n - column < STRIP ? n - column : STRIP;
        double *const strip = entry(ordering->schur->t, n, window->start + window->first, column);
        for (int i = 0; i < width; i++) {
            memcpy(entry(ordering->panel, count, 0, i), entry(strip, n, 0, i),
                   (size_t)count * sizeof(double));
        }
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, count, width, count, 1.0, rotation,
                    window->size, ordering->panel, count, 0.0, strip, n);
    }
}

/* Sort rows start .. end of T. Returns how many rows belong to the group. */
static int reorder(struct ordering *ordering, int start, int end, int limit)
{
    struct window window = {.start = start, .size = end - start, .first = end, .last = 0};
    load(ordering, &window);
    const int members = sort_window(ordering, &window, limit);
    if (window.first < window.last) {
        store(ordering, &window);
        multiply_rows(ordering, &window);
        multiply_columns(ordering, &window, ordering->schur->t, window.start);
        multiply_columns(ordering, &window, ordering->schur->q, ordering->schur->n);
    }
    return members;
}

static int window_start(const struct ordering *ordering, int front, int end)
{
    const int n = ordering->schur->n;
    const int start = end - WINDOW;
    if (start <= front) {
        return front;
    }
    const bool splits_a_pair = *entry(ordering->schur->t, n, start, start - 1) != 0.0;
    return start + (splits_a_pair ? 1 : 0);
}

/* Windows climb from the last block with a key below the limit to the front and take along all such
 * blocks they meet. Returns the row after them. */
static int gather_group(struct ordering *ordering, int front, int limit)
{
    int end = ordering->schur->n;
    while (end > front && ordering->key[end - 1] >= limit) {
        end--;
    }
    int start = end;
    while (start > front) {
        start = window_start(ordering, front, end);
        end = start + reorder(ordering, start, end, limit);
    }
    return end;
}

static void sort_in_windows(struct ordering *ordering)
{
    const int n = ordering->schur->n;
    int front = 0;
    while (front < n) {
        const bool in_place = ordering->key[front] <= front;
        const int end = in_place ? front : gather_group(ordering, front, front + GROUP);
        front = end > front ? end : front + block_rows(ordering->schur->t, n, front);
    }
}

enum status order_by_modulus_blocked(struct schur *schur, struct error *error)
{
    struct ordering ordering;
    const enum status status = allocate(&ordering, schur, error);
    if (status == STATUS_OK) {
        schur->certificate.n_unswapped = 0;
        assign_keys(&ordering);
        sort_in_windows(&ordering);
        schur->certificate.n_unswapped += order_by_modulus(
            schur->t, schur->q, schur->n, schur->blocks, &schur->n_blocks, ordering.work);
    }
    release(&ordering);
    return status;
}
