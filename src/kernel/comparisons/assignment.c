/* Shortest augmenting paths with dual variables (Jonker and Volgenant 1987; as in section 4 of
 * Burkard, Dell'Amico, Martello, "Assignment Problems"): rows enter one after the other. Of the row
 * that enters, Dijkstra's algorithm finds the cheapest alternating path to a free column, by
 * reduced costs cost[i, j] - u[i] - v[j] >= 0, which are 0 where row and column are together.
 * O(n^3). */
#include "kernel/comparisons/assignment.h"

#include "core/array.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

struct assignment {
    int n;
    double *u;   /* [n] of rows */
    double *v;   /* [n] of columns */
    int *row;    /* [n] of a column, or NONE */
    int *column; /* [n] of a row that has entered */
    /* Of the path that is looked for: */
    double *length; /* [n] of the shortest path to a column */
    int *before;    /* [n] row that this path comes from */
    char *is_done;  /* [n] columns whose path is known */
};

enum status assignment_create(struct assignment **out, int n, struct error *error)
{
    const size_t size = (size_t)n;
    TRY(memory_array(out, 1, sizeof **out, error));
    struct assignment *const made = *out;
    made->n = n;
    enum status status = memory_array(&made->u, size, sizeof(double), error);
    THEN(status, memory_array(&made->v, size, sizeof(double), error));
    THEN(status, memory_array(&made->row, size, sizeof(int), error));
    THEN(status, memory_array(&made->column, size, sizeof(int), error));
    THEN(status, memory_array(&made->length, size, sizeof(double), error));
    THEN(status, memory_array(&made->before, size, sizeof(int), error));
    THEN(status, memory_array(&made->is_done, size, 1, error));
    if (status != STATUS_OK) {
        assignment_destroy(out);
    }
    return status;
}

void assignment_destroy(struct assignment **assignment)
{
    struct assignment *const old = *assignment;
    if (old != NULL) {
        free(old->u);
        free(old->v);
        free(old->row);
        free(old->column);
        free(old->length);
        free(old->before);
        free(old->is_done);
        free(old);
        *assignment = NULL;
    }
}

/* Paths over `row`, which is reached with length `reached`; returns the nearest column that is not
 * done. */
static int relax(struct assignment *a, const double *cost, int row, double reached)
{
    const double *const costs = cost + array_count(row, a->n);
    int nearest = NONE;
    for (int j = 0; j < a->n; j++) {
        if (a->is_done[j]) {
            continue;
        }
        const double length = reached + (costs[j] - a->u[row] - a->v[j]);
        if (length < a->length[j]) {
            a->length[j] = length;
            a->before[j] = row;
        }
        nearest = nearest == NONE || a->length[j] < a->length[nearest] ? j : nearest;
    }
    return nearest;
}

/* The free column at the end of the shortest path from a row, whose length it returns. */
static int find_path(struct assignment *a, const double *cost, int from, double *total)
{
    int row = from;
    int column = NONE;
    *total = 0.0;
    for (int j = 0; j < a->n; j++) {
        a->length[j] = INFINITY;
        a->is_done[j] = 0;
    }
    do {
        column = relax(a, cost, row, *total);
        *total = a->length[column];
        a->is_done[column] = 1;
        row = a->row[column];
    } while (row != NONE);
    return column;
}

static void enter(struct assignment *a, const double *cost, int from)
{
    double total = 0.0;
    int column = find_path(a, cost, from, &total);
    /* Reduced costs stay >= 0, and become 0 along the path. */
    a->u[from] += total;
    for (int j = 0; j < a->n; j++) {
        if (a->is_done[j] && j != column) {
            a->u[a->row[j]] += total - a->length[j];
            a->v[j] -= total - a->length[j];
        }
    }
    int row = NONE;
    do { /* every row on the path takes the column after it, and leaves the one before it */
        row = a->before[column];
        const int left = a->column[row];
        a->row[column] = row;
        a->column[row] = column;
        column = left;
    } while (row != from);
}

void assignment_solve(struct assignment *a, const double *cost, int *column)
{
    for (int i = 0; i < a->n; i++) {
        a->u[i] = 0.0;
        a->v[i] = 0.0;
        a->row[i] = NONE;
    }
    for (int i = 0; i < a->n; i++) {
        enter(a, cost, i);
    }
    memcpy(column, a->column, (size_t)a->n * sizeof *column);
}
