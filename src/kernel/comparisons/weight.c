/* How far the weights of two networks are apart when the units of one are named anew, and change
 * sign where that leaves the network what it is. The number alone says nothing: matching brings any
 * two matrices nearer, so that it stands beside its null: the same with rows and columns of the
 * second network's recurrent matrices permuted apart, which leaves all weights and no structure.
 * Input weights, biases and read-outs stay with the rows. */
#include "core/array.h"
#include "core/memory.h"
#include "kernel/comparisons/comparison.h"
#include "kernel/comparisons/matching.h"

#include <stdlib.h>
#include <string.h>

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("weight_distance",
                  "Frobenius distance of the recurrent weights after matching of the units, "
                  "relative to the root of the sum of their squared norms",
                  NULL),
    VARIABLE_REAL("weight_distance_null",
                  "the same with rows and columns of the second matrix permuted apart", NULL),
    {.name = NULL}};

/* Streams of the pair's random numbers. */
enum { STREAM_ROWS = 1000, STREAM_COLUMNS };

/* A random permutation (Fisher and Yates). */
static void shuffle(int *order, int n, struct rng_key key, int stream)
{
    struct rng rng = rng_stream(key, (uint64_t)stream, 0);
    for (int i = 0; i < n; i++) {
        order[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
        const int other = (int)rng_below(&rng, (uint64_t)i + 1);
        const int swapped = order[i];
        order[i] = order[other];
        order[other] = swapped;
    }
}

/* Rows of from[n, m] in that order. */
static void take_rows(const double *from, const int *order, int n, int m, double *to)
{
    for (int i = 0; i < n; i++) {
        memcpy(to + array_count(i, m), from + array_count(order[i], m), (size_t)m * sizeof *to);
    }
}

/* Columns of from[rows, n]. */
static void take_columns(const double *from, const int *order, int rows, int n, double *to)
{
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < n; j++) {
            to[row_major(i, j, n)] = from[row_major(i, order[j], n)];
        }
    }
}

/* `w` is scratch [n, n]. */
static void permute_apart(const struct network *from, const int *rows, const int *columns,
                          double *w, struct network *to)
{
    const int n = from->n_hidden;
    for (int gate = 0; gate < cell_parts(from->cell.kind)->n_gates; gate++) {
        const size_t first = array_count(gate, n);
        const size_t inputs = first * (size_t)from->n_in;
        take_rows(network_gate(from, gate), rows, n, n, w);
        take_columns(w, columns, n, n, network_gate(to, gate));
        take_rows(from->weight_ih + inputs, rows, n, from->n_in, to->weight_ih + inputs);
        take_rows(from->bias_h + first, rows, n, 1, to->bias_h + first);
    }
    if (from->bias_hn != NULL) {
        take_rows(from->bias_hn, rows, n, 1, to->bias_hn);
    }
    take_columns(from->weight_hy, rows, from->n_out, n, to->weight_hy);
}

static enum status make_null(const struct network_pair *pair, struct network *null,
                             struct error *error)
{
    const struct network *const from = pair->networks[1].network;
    const int n = from->n_hidden;
    int *orders = NULL;
    double *w = NULL;
    enum status status = memory_array2(&orders, (size_t)n, 2, sizeof *orders, error);
    THEN(status, memory_array2(&w, (size_t)n, (size_t)n, sizeof *w, error));
    if (status == STATUS_OK) {
        shuffle(orders, n, pair->key, STREAM_ROWS);
        shuffle(orders + n, n, pair->key, STREAM_COLUMNS);
        permute_apart(from, orders, orders + n, w, null);
    }
    free(orders);
    free(w);
    return status;
}

static enum status match(const struct network_pair *pair, const struct network *second,
                         double *distance, struct error *error)
{
    const struct signed_permutation *best = NULL;
    struct matching *matching = NULL;
    TRY(matching_create(&matching, pair->networks[0].network, second, error));
    const enum status status =
        matching_find(matching, pair->key, pair->go_on, pair->go_on_context, &best, error);
    if (status == STATUS_OK) {
        *distance = matching_distance(matching, best);
    }
    matching_destroy(&matching);
    return status;
}

static enum status run(const struct network_pair *pair, struct record *record, struct error *error)
{
    const struct network *const second = pair->networks[1].network;
    const struct network_shape shape = {second->cell, second->n_hidden, second->n_in,
                                        second->n_out};
    struct network null;
    TRY(match(pair, second, record_f64(record, "weight_distance"), error));
    TRY(network_create(&null, &shape, error));
    enum status status = make_null(pair, &null, error);
    THEN(status, match(pair, &null, record_f64(record, "weight_distance_null"), error));
    network_release(&null);
    return status;
}

const struct comparison_ops COMPARISON_WEIGHT = {
    .name = "weight",
    .long_name = "distance of weights after matching of the units, beside its null",
    .needs = NEEDS_WEIGHTS,
    .variables = VARIABLES,
    .run = run,
};
