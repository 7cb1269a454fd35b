#include "kernel/gauss_newton/adjoint.h"

#include "core/array.h"
#include "core/memory.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

static int n_gates(const struct adjoint *adjoint)
{
    return cell_parts(adjoint->linear->network->cell.kind)->n_gates;
}

enum status adjoint_create(struct adjoint *adjoint, const struct linearisation *linear,
                           const struct schur *form, gate_set gates, int most, size_t bytes,
                           struct error *error)
{
    const size_t n_steps = (size_t)linear->trials->n_steps;
    const size_t width = (size_t)form->n;
    const size_t room = bytes / (n_steps * width * sizeof(double));
    *adjoint = (struct adjoint){.linear = linear, .form = form, .gates = gates, .most = most};
    if (room < (size_t)most) {
        adjoint->most = room > 0 ? (int)room : 1;
    }
    const size_t row = array_count(adjoint->most, linear->network->n_hidden);
    enum status status = memory_array(&adjoint->alive, n_steps, sizeof(int), error);
    THEN(status, memory_array2(&adjoint->mu, n_steps * (size_t)adjoint->most, width, sizeof(double),
                               error));
    THEN(status,
         memory_array2(&adjoint->z, n_steps * (size_t)linear->most, width, sizeof(double), error));
    THEN(status, memory_array(&adjoint->x, row, sizeof(double), error));
    THEN(status, memory_array(&adjoint->k, row, sizeof(double), error));
    for (int gate = 0; gate < n_gates(adjoint); gate++) {
        THEN(status, memory_array(&adjoint->lambda[gate], row, sizeof(double), error));
    }
    if (status != STATUS_OK) {
        adjoint_release(adjoint);
    }
    return status;
}

void adjoint_release(struct adjoint *adjoint)
{
    free(adjoint->alive);
    free(adjoint->mu);
    free(adjoint->z);
    free(adjoint->x);
    free(adjoint->k);
    for (int gate = 0; gate < CELL_MAX_GATES; gate++) {
        free(adjoint->lambda[gate]);
    }
    *adjoint = (struct adjoint){0};
}

/* to[rows, width] = sum over the gates that are taken apart of from[gate][rows, n_hidden] Q, the
 * rows of which stand in the order of the gates. */
static void to_modes(const struct adjoint *adjoint, const double *const *from, int rows, double *to)
{
    const int n = adjoint->linear->network->n_hidden;
    const int width = adjoint->form->n;
    int place = 0;
    for (int gate = 0; gate < CELL_MAX_GATES; gate++) {
        if ((adjoint->gates >> gate & 1) != 0) {
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, width, n, 1.0, from[gate], n,
                        adjoint->form->q + place, width, place == 0 ? 0.0 : 1.0, to, width);
            place += n;
        }
    }
}

void adjoint_move(struct adjoint *adjoint)
{
    const struct linearisation *const linear = adjoint->linear;
    const double *const x = linear->x;
    const double *const all[CELL_MAX_GATES] = {x, x, x, x};
    to_modes(adjoint, all, linear->trials->n_steps * linear->count, adjoint->z);
}

/* xbar += V' c_t */
static void add_cotangent(const struct adjoint *adjoint, const struct adjoint_column *column, int t,
                          double *restrict x)
{
    const struct network *const network = adjoint->linear->network;
    const size_t n = (size_t)network->n_hidden;
    if (column->cotangents == NULL) {
        const double *const v = network->weight_hy + (size_t)column->output * n;
        for (size_t i = 0; t == column->last && i < n; i++) {
            x[i] += v[i];
        }
        return;
    }
    for (int k = 0; k < network->n_out; k++) {
        const double c = column->cotangents[row_major(t, k, network->n_out)];
        const double *const v = network->weight_hy + array_count(k, network->n_hidden);
        for (size_t i = 0; c != 0.0 && i < n; i++) {
            x[i] += c * v[i];
        }
    }
}

/* kbar += B xbar, lambda, and kbar = K kbar of the step before, for one column. */
static void step_column(const struct adjoint *adjoint, const struct adjoint_column *column, int c,
                        int t)
{
    const struct linearisation *const linear = adjoint->linear;
    const size_t n = (size_t)linear->network->n_hidden;
    const size_t from = ((size_t)t * (size_t)linear->count + (size_t)column->trial) * n;
    const size_t to = (size_t)c * n;
    const double *restrict const shape = linear->shape + from;
    const double *restrict const keep = linear->keep + from;
    const double *restrict const x = adjoint->x + to;
    double *restrict const k = adjoint->k + to;
    for (size_t i = 0; i < n; i++) {
        k[i] += shape[i] * x[i];
    }
    for (int gate = 0; gate < n_gates(adjoint); gate++) {
        const double *restrict const gain = linear->gain[gate] + from;
        const double *restrict const of = gate == linear->cell->direct ? x : k;
        double *restrict const lambda = adjoint->lambda[gate] + to;
        for (size_t i = 0; i < n; i++) {
            lambda[i] = gain[i] * of[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        k[i] *= keep[i];
    }
}

/* xbar = sum over all gates of W' lambda, of the first columns. */
static void pull_back(const struct adjoint *adjoint, int alive)
{
    const struct network *const network = adjoint->linear->network;
    const int n = network->n_hidden;
    for (int gate = 0; gate < n_gates(adjoint); gate++) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, alive, n, n, 1.0,
                    adjoint->lambda[gate], n, network_gate(network, gate), n, gate == 0 ? 0.0 : 1.0,
                    adjoint->x, n);
    }
}

void adjoint_run(struct adjoint *adjoint, const struct adjoint_column *columns, int count)
{
    const struct linearisation *const linear = adjoint->linear;
    const size_t n = (size_t)linear->network->n_hidden;
    const size_t slice = array_count(adjoint->most, adjoint->form->n);
    int alive = 0;
    for (int t = linear->trials->n_steps - 1; t >= 0; t--) {
        for (; alive < count && columns[alive].last >= t; alive++) {
            memset(adjoint->x + (size_t)alive * n, 0, n * sizeof(double));
            memset(adjoint->k + (size_t)alive * n, 0, n * sizeof(double));
        }
        adjoint->alive[t] = alive;
        if (alive == 0) {
            continue;
        }
        for (int c = 0; c < alive; c++) {
            add_cotangent(adjoint, &columns[c], t, adjoint->x + (size_t)c * n);
            step_column(adjoint, &columns[c], c, t);
        }
        to_modes(adjoint, (const double *const *)adjoint->lambda, alive,
                 adjoint->mu + (size_t)t * slice);
        if (t > 0) {
            pull_back(adjoint, alive);
        }
    }
}

void adjoint_outer(const struct adjoint *adjoint, const struct adjoint_column *columns, int column,
                   double beta, double *g)
{
    const int n = adjoint->form->n;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, columns[column].last + 1, 1.0,
                adjoint->mu + array_count(column, n), adjoint->most * n,
                adjoint->z + array_count(columns[column].trial, n), adjoint->linear->count * n,
                beta, g, n);
}
