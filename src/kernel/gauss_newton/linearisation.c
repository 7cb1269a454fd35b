#include "kernel/gauss_newton/linearisation.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/dynamics/denormals.h"
#include "kernel/dynamics/rollout_kernel.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

static const struct linear_cell *const CELLS[] = {
#define CELL(id) [CELL_##id] = &LINEAR_CELL_##id,
#include "core/cells/cells.def"
#undef CELL
};

static int n_gates(const struct linearisation *linear)
{
    return cell_parts(linear->network->cell.kind)->n_gates;
}

static enum status allocate(struct linearisation *linear, struct error *error)
{
    const struct network *const network = linear->network;
    const size_t most = (size_t)linear->most;
    const size_t row = most * (size_t)network->n_hidden;
    const size_t n_steps = (size_t)linear->trials->n_steps;
    TRY(memory_array(&linear->list, most, sizeof(int), error));
    TRY(memory_array2(&linear->x, n_steps + 1, row, sizeof(double), error));
    TRY(memory_array2(&linear->k, 2, row, sizeof(double), error));
    for (int k = 0; k < cell_parts(network->cell.kind)->n_rows; k++) {
        TRY(memory_array(&linear->sums[k], row, sizeof(double), error));
    }
    TRY(memory_array2(&linear->inputs, most, (size_t)network->n_in, sizeof(double), error));
    TRY(memory_array2(&linear->outputs, n_steps * most, (size_t)network->n_out, sizeof(double),
                      error));
    for (int gate = 0; gate < n_gates(linear); gate++) {
        TRY(memory_array2(&linear->gain[gate], n_steps, row, sizeof(double), error));
    }
    TRY(memory_array2(&linear->keep, n_steps, row, sizeof(double), error));
    return memory_array2(&linear->shape, n_steps, row, sizeof(double), error);
}

enum status linearisation_create(struct linearisation *linear, const struct network *network,
                                 const struct trials *trials, enum isa isa, int most, size_t bytes,
                                 struct error *error)
{
    *linear =
        (struct linearisation){.network = network,
                               .trials = trials,
                               .cell = CELLS[network->cell.kind],
                               .activate = rollout_kernel_find(isa, PRECISION_FLOAT64)->activate};
    const size_t of_trial = ((size_t)n_gates(linear) + 3) * array_count(trials->n_steps, 1) *
                            (size_t)network->n_hidden * sizeof(double);
    const size_t room = bytes / of_trial > 0 ? bytes / of_trial : 1;
    linear->most = room < (size_t)most ? (int)room : most;
    const enum status status = allocate(linear, error);
    if (status != STATUS_OK) {
        linearisation_release(linear);
    }
    return status;
}

void linearisation_release(struct linearisation *linear)
{
    free(linear->list);
    free(linear->x);
    free(linear->k);
    free(linear->inputs);
    free(linear->outputs);
    free(linear->keep);
    free(linear->shape);
    for (int k = 0; k < CELL_MAX_ROWS; k++) {
        free(linear->sums[k]);
    }
    for (int gate = 0; gate < CELL_MAX_GATES; gate++) {
        free(linear->gain[gate]);
    }
    *linear = (struct linearisation){0};
}

/* x_0 and k_0: initial states are the network's own or those of the trials. */
static void begin(struct linearisation *linear)
{
    const struct network *const network = linear->network;
    const size_t n = (size_t)network->n_hidden;
    const double *const scale = network->h0_scale;
    for (int trial = 0; trial < linear->count; trial++) {
        const double *const own = linear->trials->h0;
        double *const x = linear->x + array_count(trial, network->n_hidden);
        for (size_t i = 0; i < n; i++) {
            x[i] = own == NULL
                       ? network->h0[i]
                       : own[(size_t)linear->list[trial] * n + i] * (scale != NULL ? scale[i] : 1);
        }
        memcpy(linear->k + array_count(trial, network->n_hidden),
               network->c0 != NULL ? network->c0 : x, n * sizeof *x);
    }
    if (network->cell.leak_form == LEAK_CURRENT) {
        linear->activate(linear->x, array_count(linear->count, network->n_hidden),
                         network->cell.activation);
    }
}

/* sums = b + U inputs + W x of one row of the cell. */
static void add_up(const struct linearisation *linear, const struct cell_row *row, const double *x,
                   double *sums)
{
    const struct network *const network = linear->network;
    const int n = network->n_hidden;
    const int n_in = network->n_in;
    const size_t first = array_count(row->gate, n);
    const double *const bias = row->of_inputs ? network->bias_h + first : network->bias_hn;
    for (int trial = 0; trial < linear->count; trial++) {
        memcpy(sums + array_count(trial, n), bias, (size_t)n * sizeof *sums);
    }
    if (row->of_inputs) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, linear->count, n, n_in, 1.0,
                    linear->inputs, n_in, network->weight_ih + first * (size_t)n_in, n_in, 1.0,
                    sums, n);
    }
    if (row->of_units) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, linear->count, n, n, 1.0, x, n,
                    network_gate(network, row->gate), n, 1.0, sums, n);
    }
}

static void advance(struct linearisation *linear, int t)
{
    const struct network *const network = linear->network;
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    const size_t count = array_count(linear->count, network->n_hidden);
    const size_t place = (size_t)t * count;
    const size_t n_in = (size_t)network->n_in;
    struct linear_step step = {.cell = &network->cell,
                               .activate = linear->activate,
                               .count = count,
                               .x = linear->x + place,
                               .k = linear->k + (size_t)(t % 2) * count,
                               .next_x = linear->x + place + count,
                               .next_k = linear->k + (size_t)((t + 1) % 2) * count,
                               .keep = linear->keep + place,
                               .shape = linear->shape + place};
    for (int trial = 0; trial < linear->count; trial++) {
        const size_t from = array_count(t, linear->trials->n_trials) + (size_t)linear->list[trial];
        memcpy(linear->inputs + (size_t)trial * n_in, linear->trials->inputs + from * n_in,
               n_in * sizeof(double));
    }
    for (int k = 0; k < parts->n_rows; k++) {
        step.sums[k] = linear->sums[k];
        add_up(linear, &parts->rows[k], step.x, step.sums[k]);
    }
    for (int gate = 0; gate < parts->n_gates; gate++) {
        step.gain[gate] = linear->gain[gate] + place;
    }
    linear->cell->step(&step);
}

static void read_out(const struct linearisation *linear)
{
    const struct network *const network = linear->network;
    const int rows = linear->trials->n_steps * linear->count;
    const int n_out = network->n_out;
    for (int row = 0; row < rows; row++) {
        memcpy(linear->outputs + array_count(row, n_out), network->bias_y,
               (size_t)n_out * sizeof(double));
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, n_out, network->n_hidden, 1.0,
                linear->x + array_count(linear->count, network->n_hidden), network->n_hidden,
                network->weight_hy, network->n_hidden, 1.0, linear->outputs, n_out);
}

int linearisation_move(struct linearisation *linear, int first, int stride, int count)
{
    const unsigned mode = denormals_flush();
    linear->count = count < linear->most ? count : linear->most;
    for (int i = 0; i < linear->count; i++) {
        linear->list[i] = first + i * stride;
    }
    begin(linear);
    for (int t = 0; t < linear->trials->n_steps; t++) {
        advance(linear, t);
    }
    read_out(linear);
    denormals_restore(mode);
    return linear->count;
}
