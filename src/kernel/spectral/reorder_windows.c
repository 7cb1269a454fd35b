#include "kernel/spectral/reorder_windows.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/lapack.h"
#include "kernel/spectral/reorder.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Every row carries a key, the row at which its block shall start in the end: sorting T is sorting
 * the keys. The next REORDER_GROUP keys are a group. To bring a group to the front, windows on the
 * diagonal climb from its last block upwards,
 *
 *     front ->  . . . . . . . .
 *                 . . . . . . .     in a window: blocks of the group to the top in the order of
 *        start ->   [ w w w ] .     their keys, by dtrexc on this part of T alone
 *                   [ w w w ] .
 *          end ->   [ w w w ] .     then: the part of T right of it <- rotation' times itself,
 *                             .     the part of T above it, and Q <- itself times the rotation
 *
 * and the next window ends with the group's rows that the last one has brought to its top. All but
 * the swaps, which are 2 REORDER_GROUP wide, is products of matrices (Kressner 2006). */

/* A key of no group. */
enum { NO_KEY = INT_MAX };

struct ordering {
    const struct reorder_matrix *matrix;
    int *key;         /* [n] by row: where the block of this row shall start */
    bool *joined;     /* [n] by row: it shares a block with the next one */
    double *local;    /* [REORDER_WINDOW, REORDER_WINDOW] of the windows */
    double *rotation; /* the same */
    double *work;     /* [REORDER_WINDOW] */
    int n_unswapped;
    int n_windows;
};

static void set_keys(int *key, int from, int to, int value)
{
    for (int row = from; row < to; row++) {
        key[row] = value;
    }
}

/* The rows that schur_reorder would give the blocks if the moduli stayed as they are. */
static enum status assign_keys(struct ordering *ordering, const struct schur_block *blocks,
                               int n_blocks, struct error *error)
{
    struct schur_block *unranked = NULL;
    int target = 0;
    TRY(memory_array(&unranked, (size_t)n_blocks, sizeof *unranked, error));
    memcpy(unranked, blocks, (size_t)n_blocks * sizeof *unranked);
    const double tie = schur_reorder_tie(blocks, n_blocks);
    for (int left = n_blocks; left > 0; left--) {
        const int next = schur_reorder_next(unranked, left, 0, tie);
        const struct schur_block block = unranked[next];
        set_keys(ordering->key, block.start, block.start + block.size, target);
        ordering->joined[block.start] = block.size == 2;
        target += block.size;
        memmove(unranked + next, unranked + next + 1, (size_t)(left - next - 1) * sizeof *unranked);
    }
    free(unranked);
    return STATUS_OK;
}

/* Rows of the block that begins at `row` of t[size, size]. */
static int block_rows(const double *t, int size, int row)
{
    return row + 1 < size && t[column_major(row + 1, row, size)] != 0.0 ? 2 : 1;
}

/* First row of the block of the group that belongs foremost, at or after `from`; -1 for none. */
static int find_foremost(const struct reorder_window *window, int from, int limit)
{
    const int *const key = window->key;
    int foremost = -1;
    for (int row = from; row < window->size; row++) {
        if (key[row] < limit && (foremost < 0 || key[row] < key[foremost])) {
            foremost = row;
        }
    }
    return foremost;
}

/* The block at `row` may not pass the one before it, whose eigenvalue is nearly the same: that one
 * takes its place in the order. */
static void exchange_keys(const struct reorder_window *window, int row)
{
    const double *const t = window->local;
    int *const key = window->key;
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

/* dtrexc brings the block at row `from` up to row `to`, or as far as it dares. */
static void move_up(struct reorder_window *window, double *work, int from, int to)
{
    int *const key = window->key;
    const int moved = key[from];
    const int rows = block_rows(window->local, window->size, from);
    int source = from + 1;
    int target = to + 1;
    int info = 0;
    dtrexc_("V", &window->size, window->local, &window->size, window->rotation, &window->size,
            &source, &target, work, &info, 1);
    const int reached = target - 1;
    memmove(key + reached + rows, key + reached, (size_t)(from - reached) * sizeof *key);
    set_keys(key, reached, reached + rows, moved);
    window->first = to < window->first ? to : window->first;
    window->last = from + rows > window->last ? from + rows : window->last;
    if (info != 0) {
        window->n_unswapped++;
        exchange_keys(window, reached);
    }
}

/* Blocks with keys below the limit come to the top of the window, in the order of their keys; the
 * others keep theirs. */
static void sort_window(struct reorder_window *window, double *work, int limit)
{
    int front = 0;
    int foremost = find_foremost(window, 0, limit);
    while (foremost >= 0) {
        if (foremost > front) {
            move_up(window, work, foremost, front);
        } else {
            front += block_rows(window->local, window->size, front);
        }
        foremost = find_foremost(window, front, limit);
    }
    window->n_members = front;
}

/* Sorts rows start .. end of T; *members tells how many belong to the group. Collective where the
 * matrix is. */
static enum status sort_rows(struct ordering *ordering, int start, int end, int limit, int *members,
                             struct error *error)
{
    const struct reorder_matrix *const matrix = ordering->matrix;
    struct reorder_window window = {.start = start,
                                    .size = end - start,
                                    .first = end,
                                    .last = 0,
                                    .key = ordering->key + start,
                                    .local = ordering->local,
                                    .rotation = ordering->rotation};
    TRY(matrix->load(matrix->context, &window, error));
    if (matrix->sorts) {
        memset(window.rotation, 0, array_count(window.size, window.size) * sizeof(double));
        for (int i = 0; i < window.size; i++) {
            window.rotation[column_major(i, i, window.size)] = 1.0;
        }
        sort_window(&window, ordering->work, limit);
    }
    if (matrix->share != NULL) {
        TRY(matrix->share(matrix->context, &window, error));
    }
    *members = window.n_members;
    ordering->n_unswapped += window.n_unswapped;
    if (window.first >= window.last) {
        return STATUS_OK;
    }
    ordering->n_windows++;
    for (int row = 0; row < window.size; row++) {
        ordering->joined[start + row] = block_rows(window.local, window.size, row) == 2;
    }
    return matrix->apply(matrix->context, &window, error);
}

/* Windows climb from the last block with a key below the limit to the front and take along all such
 * blocks they meet. *behind is the row after them. */
static enum status gather_group(struct ordering *ordering, int front, int limit, int *behind,
                                struct error *error)
{
    int end = ordering->matrix->n;
    while (end > front && ordering->key[end - 1] >= limit) {
        end--;
    }
    int start = end;
    while (start > front) {
        int members = 0;
        start = end - REORDER_WINDOW > front ? end - REORDER_WINDOW : front;
        if (start > front && ordering->joined[start - 1]) {
            start++; /* not in the middle of a pair */
        }
        TRY(sort_rows(ordering, start, end, limit, &members, error));
        end = start + members;
    }
    *behind = end;
    return STATUS_OK;
}

enum status schur_reorder_in_windows(const struct reorder_matrix *matrix,
                                     const struct schur_block *blocks, int n_blocks,
                                     int *n_unswapped, int *n_windows, struct error *error)
{
    enum { WINDOW = REORDER_WINDOW * REORDER_WINDOW };
    struct ordering ordering = {.matrix = matrix};
    const size_t n = (size_t)matrix->n;
    enum status status = memory_array(&ordering.key, n, sizeof *ordering.key, error);
    THEN(status, memory_array(&ordering.joined, n, sizeof *ordering.joined, error));
    THEN(status, memory_array(&ordering.local, WINDOW, sizeof(double), error));
    THEN(status, memory_array(&ordering.rotation, WINDOW, sizeof(double), error));
    THEN(status, memory_array(&ordering.work, REORDER_WINDOW, sizeof(double), error));
    THEN(status, assign_keys(&ordering, blocks, n_blocks, error));
    if (matrix->ready != NULL) {
        status = matrix->ready(matrix->context, status, error);
    }
    for (int front = 0; status == STATUS_OK && front < matrix->n;) {
        int end = front;
        if (ordering.key[front] > front) {
            status = gather_group(&ordering, front, front + REORDER_GROUP, &end, error);
        }
        front = end > front ? end : front + (ordering.joined[front] ? 2 : 1);
    }
    *n_unswapped += ordering.n_unswapped;
    *n_windows = ordering.n_windows;
    free(ordering.key);
    free(ordering.joined);
    free(ordering.local);
    free(ordering.rotation);
    free(ordering.work);
    return status;
}
