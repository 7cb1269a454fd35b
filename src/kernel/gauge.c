#include "kernel/gauge.h"

#include "core/array.h"
#include "core/memory.h"
#include "core/rng.h"
#include "kernel/balance.h"

#include <stdlib.h>

void gauge_signs(int choice, int n, double *signs)
{
    struct rng rng = rng_stream((struct rng_key){{0x6761756765, (uint64_t)choice}}, 0, 0);
    for (int i = 0; i < n; i++) {
        signs[i] = choice == 0 || rng_below(&rng, 2) == 0 ? 1.0 : -1.0;
    }
}

static void scale_columns(double *matrix, int rows, const double *signs, int n)
{
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < n; j++) {
            matrix[row_major(i, j, n)] *= signs[j];
        }
    }
}

static void scale_rows(double *matrix, const double *signs, int n, int columns)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < columns; j++) {
            matrix[row_major(i, j, columns)] *= signs[i];
        }
    }
}

enum status gauge_apply(struct network *network, int choice, struct error *error)
{
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    const int n = network->n_hidden;
    const size_t candidate = array_count(parts->matrix, n);
    double *signs = NULL;
    if (choice == 0) {
        return STATUS_OK;
    }
    TRY(memory_array(&signs, (size_t)n, sizeof *signs, error));
    gauge_signs(choice, n, signs);
    for (int gate = 0; gate < parts->n_gates; gate++) {
        double *const weights = network_gate(network, gate);
        if (weights != NULL) {
            scale_columns(weights, n, signs, n);
        }
        if (weights != NULL && gate == parts->matrix) {
            scale_rows(weights, signs, n, n);
        }
    }
    scale_rows(network->weight_ih + candidate * (size_t)network->n_in, signs, n, network->n_in);
    scale_rows(network->bias_h + candidate, signs, n, 1);
    scale_rows(network->h0, signs, n, 1);
    if (network->bias_hn != NULL) {
        scale_rows(network->bias_hn, signs, n, 1);
    }
    if (network->c0 != NULL) {
        scale_rows(network->c0, signs, n, 1);
    }
    scale_columns(network->weight_hy, network->n_out, signs, n);
    network->h0_scale = signs;
    return STATUS_OK;
}

enum status gauge_bring(struct network *network, int gauge, struct error *error)
{
    return gauge == GAUGE_BALANCED ? balance_network(network, error)
                                   : gauge_apply(network, gauge, error);
}
