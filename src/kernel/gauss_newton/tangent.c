#include "kernel/gauss_newton/tangent.h"

#include "core/array.h"
#include "core/memory.h"

#include <cblas.h>
#include <stdlib.h>

struct tangent {
    const struct linearisation *linear;
    gate_set gates;
    const double *dw;
    int width;   /* rows of dw */
    double *x;   /* [count, n_hidden] dx */
    double *k;   /* [count, n_hidden] dk */
    double *s;   /* [count, n_hidden] s_g */
    double *now; /* [count, n_hidden] what the direct gate adds to dx, else 0 */
    double *y;   /* [count, n_out] dy */
};

/* s_g = W_g dx + dW_g x, and its part of dk or dx; linear_cell.h has the equations. */
static void add_gate(const struct tangent *tangent, int gate, int t, const double *dw)
{
    const struct linearisation *const linear = tangent->linear;
    const int n = linear->network->n_hidden;
    const size_t count = array_count(linear->count, n);
    const double *const gain = linear->gain[gate] + (size_t)t * count;
    double *const to = gate == linear->cell->direct ? tangent->now : tangent->k;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, linear->count, n, n, 1.0, tangent->x, n,
                network_gate(linear->network, gate), n, 0.0, tangent->s, n);
    if (dw != NULL) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, linear->count, n, n, 1.0,
                    linear->x + (size_t)t * count, n, dw, tangent->width, 1.0, tangent->s, n);
    }
    for (size_t i = 0; i < count; i++) {
        to[i] += gain[i] * tangent->s[i];
    }
}

static void advance(const struct tangent *tangent, int t)
{
    const struct linearisation *const linear = tangent->linear;
    const int n = linear->network->n_hidden;
    const size_t count = array_count(linear->count, n);
    const double *const keep = linear->keep + (size_t)t * count;
    const double *const shape = linear->shape + (size_t)t * count;
    const double *dw = tangent->dw;
    for (size_t i = 0; i < count; i++) {
        tangent->k[i] *= keep[i];
        tangent->now[i] = 0.0;
    }
    for (int gate = 0; gate < cell_parts(linear->network->cell.kind)->n_gates; gate++) {
        const bool is_changed = (tangent->gates >> gate & 1) != 0;
        add_gate(tangent, gate, t, is_changed ? dw : NULL);
        dw += is_changed ? array_count(n, tangent->width) + (size_t)n : 0;
    }
    for (size_t i = 0; i < count; i++) {
        tangent->x[i] = shape[i] * tangent->k[i] + tangent->now[i];
    }
}

static double squares_of_step(const struct tangent *tangent, int t)
{
    const struct linearisation *const linear = tangent->linear;
    const struct network *const network = linear->network;
    const int n_out = network->n_out;
    double sum = 0.0;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, linear->count, n_out, network->n_hidden,
                1.0, tangent->x, network->n_hidden, network->weight_hy, network->n_hidden, 0.0,
                tangent->y, n_out);
    for (int trial = 0; trial < linear->count; trial++) {
        const bool counts =
            linear->trials->mask[row_major(t, linear->list[trial], linear->trials->n_trials)] != 0;
        for (int k = 0; counts && k < n_out; k++) {
            const double dy = tangent->y[row_major(trial, k, n_out)];
            sum += dy * dy;
        }
    }
    return sum;
}

enum status tangent_squares(const struct linearisation *linear, gate_set gates, const double *dw,
                            double *squares, struct error *error)
{
    const size_t count = array_count(linear->count, linear->network->n_hidden);
    struct tangent tangent = {.linear = linear,
                              .gates = gates,
                              .dw = dw,
                              .width = gate_set_count(gates) * linear->network->n_hidden};
    enum status status = memory_array(&tangent.x, count, sizeof(double), error);
    THEN(status, memory_array(&tangent.k, count, sizeof(double), error));
    THEN(status, memory_array(&tangent.s, count, sizeof(double), error));
    THEN(status, memory_array(&tangent.now, count, sizeof(double), error));
    THEN(status, memory_array(&tangent.y, array_count(linear->count, linear->network->n_out),
                              sizeof(double), error));
    *squares = 0.0;
    for (int t = 0; status == STATUS_OK && t < linear->trials->n_steps; t++) {
        advance(&tangent, t);
        *squares += squares_of_step(&tangent, t);
    }
    free(tangent.x);
    free(tangent.k);
    free(tangent.s);
    free(tangent.now);
    free(tangent.y);
    return status;
}
