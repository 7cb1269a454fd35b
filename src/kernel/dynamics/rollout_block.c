#include "kernel/dynamics/rollout_block.h"

#include "kernel/dynamics/denormals.h"

#include <assert.h>
#include <cblas.h>
#include <string.h>

struct rollout_plan rollout_plan_make(enum cell_kind kind, int n_hidden,
                                      const struct trials *trials, enum precision precision,
                                      enum isa path, enum rollout_product product)
{
    const struct cell_parts *const parts = cell_parts(kind);
    const struct rollout_kernel *const kernel = rollout_kernel_find(path, precision);
    const size_t size = precision_size(precision);
    const size_t row = (size_t)n_hidden * size;
    const bool is_wide =
        (size_t)parts->n_gates * row * row >= (size_t)ROLLOUT_BLAS_ROW * (size_t)ROLLOUT_BLAS_ROW;
    const bool uses_blas = product == PRODUCT_BY_WIDTH ? is_wide : product == PRODUCT_BLAS;
    const int tiles_of_blas = BLAS_TRIALS * (int)size / TILE_BYTES;
    return (struct rollout_plan){.precision = precision,
                                 .kernel = kernel,
                                 .uses_blas = uses_blas,
                                 .tiles_per_block = uses_blas ? tiles_of_blas : 1,
                                 .tile_width = TILE_BYTES / size,
                                 .parts = parts,
                                 .panel_units =
                                     CELL_UNITS(kernel->panel_rows, (size_t)parts->n_rows),
                                 .n_hidden = (size_t)n_hidden,
                                 .n_in = (size_t)trials->n_in,
                                 .n_out = (size_t)trials->n_out};
}

/* h, x and 1: what BLAS multiplies with. */
static size_t augmented(const struct rollout_plan *plan)
{
    return plan->n_hidden + plan->n_in + 1;
}

static size_t n_panels(const struct rollout_plan *plan)
{
    return (plan->n_hidden + plan->panel_units - 1) / plan->panel_units;
}

/* Of the cell's rows how many come before the one that has both inputs and units. */
static size_t rows_without_units(const struct rollout_plan *plan)
{
    size_t count = 0;
    while (!plan->parts->rows[count].of_units) {
        count++;
    }
    return count;
}

static size_t rows_of_inputs(const struct rollout_plan *plan)
{
    size_t count = (size_t)plan->parts->n_rows;
    while (!plan->parts->rows[count - 1].of_inputs) {
        count--;
    }
    return count;
}

/* Weights that lead to one unit. */
static size_t unit_weights(const struct rollout_plan *plan)
{
    const size_t rows = (size_t)plan->parts->n_rows;
    return plan->uses_blas ? rows * augmented(plan)
                           : rows + plan->n_in * rows_of_inputs(plan) +
                                 plan->n_hidden * (rows - rows_without_units(plan));
}

size_t rollout_plan_recurrent(const struct rollout_plan *plan)
{
    const size_t units = plan->uses_blas ? plan->n_hidden : n_panels(plan) * plan->panel_units;
    return units * unit_weights(plan);
}

size_t rollout_plan_readout(const struct rollout_plan *plan)
{
    return plan->n_out * (plan->n_hidden + 1);
}

size_t rollout_plan_state(const struct rollout_plan *plan)
{
    const size_t rows = plan->uses_blas ? augmented(plan) : n_panels(plan) * plan->panel_units;
    return rows * plan->tile_width * (size_t)plan->tiles_per_block;
}

size_t rollout_plan_sums(const struct rollout_plan *plan)
{
    return plan->uses_blas && plan->parts->n_rows > 1
               ? (size_t)plan->parts->n_work * plan->n_hidden * plan->tile_width *
                     (size_t)plan->tiles_per_block
               : 0;
}

/* Where the weights of one row of the cell to one unit stand. */
struct row_place {
    size_t bias;
    size_t inputs; /* the first, and how far the next is */
    size_t input_step;
    size_t units;
    size_t unit_step;
};

/* For BLAS a row-major [W | U | b] for each row of the cell, one after the other. */
static struct row_place place_for_blas(const struct rollout_plan *plan, size_t row, size_t unit)
{
    const size_t first = (row * plan->n_hidden + unit) * augmented(plan);
    return (struct row_place){.bias = first + plan->n_hidden + plan->n_in,
                              .inputs = first + plan->n_hidden,
                              .input_step = 1,
                              .units = first,
                              .unit_step = 1};
}

/* For the kernel the panels of tile_job. */
static struct row_place place_in_panel(const struct rollout_plan *plan, size_t row, size_t unit)
{
    const size_t units = plan->panel_units;
    const size_t rows = (size_t)plan->parts->n_rows;
    const size_t skipped = rows_without_units(plan);
    const size_t input_step = rows_of_inputs(plan) * units;
    const size_t panel = unit / units * units * unit_weights(plan) + unit % units;
    const size_t inputs = panel + rows * units;
    return (struct row_place){.bias = panel + row * units,
                              .inputs = inputs + row * units,
                              .input_step = input_step,
                              .units =
                                  inputs + plan->n_in * input_step + row * units - skipped * units,
                              .unit_step = (rows - skipped) * units};
}

void rollout_pack_row(const struct rollout_plan *plan, const struct network *network, int gate,
                      size_t i, const double *row, void *recurrent)
{
    const size_t n_in = plan->n_in;
    const size_t place_of_unit = (size_t)gate * plan->n_hidden + i;
    assert(i < plan->n_hidden);
    for (size_t k = 0; k < (size_t)plan->parts->n_rows; k++) {
        const struct cell_row *const kind = &plan->parts->rows[k];
        const struct row_place place =
            plan->uses_blas ? place_for_blas(plan, k, i) : place_in_panel(plan, k, i);
        if (kind->gate != gate) {
            continue;
        }
        precision_put(recurrent, plan->precision, place.bias,
                      kind->of_inputs ? network->bias_h[place_of_unit] : network->bias_hn[i]);
        for (size_t j = 0; kind->of_inputs && j < n_in; j++) {
            precision_put(recurrent, plan->precision, place.inputs + j * place.input_step,
                          network->weight_ih[place_of_unit * n_in + j]);
        }
        for (size_t j = 0; kind->of_units && j < plan->n_hidden; j++) {
            precision_put(recurrent, plan->precision, place.units + j * place.unit_step, row[j]);
        }
    }
}

/* [b_y | W_hy] in panels of READOUT_ROWS outputs, the last one narrower when outputs are left. */
void rollout_pack_readout(const struct rollout_plan *plan, const struct network *network,
                          void *readout)
{
    const size_t n_hidden = plan->n_hidden;
    for (size_t i = 0; i < plan->n_out; i++) {
        const size_t first = i / READOUT_ROWS * READOUT_ROWS;
        const size_t left = plan->n_out - first;
        const size_t rows = left < READOUT_ROWS ? left : READOUT_ROWS;
        const size_t panel = first * (n_hidden + 1) + i % READOUT_ROWS;
        precision_put(readout, plan->precision, panel, network->bias_y[i]);
        for (size_t k = 0; k < n_hidden; k++) {
            precision_put(readout, plan->precision, panel + (k + 1) * rows,
                          network->weight_hy[i * n_hidden + k]);
        }
    }
}

/* Where BLAS multiplies, the states of a block are S_t = [h_{t-1}; x_t; 1], a row per source and a
 * column per trial, tiles side by side, and H_t, which of an rnn without a leak is
 * f([W_hh | W_ih | b_h] S_t), lands in the first n_hidden rows of S_{t+1}. */
struct wide {
    const struct rollout_plan *plan;
    const struct tile_job *jobs;
    size_t n_tiles;
    size_t columns;
};

static void *row_of(const struct wide *wide, void *states, size_t row)
{
    return (char *)states + row * wide->columns * precision_size(wide->plan->precision);
}

static void fill_row(const struct wide *wide, void *row, double value)
{
    for (size_t c = 0; c < wide->columns; c++) {
        precision_put(row, wide->plan->precision, c, value);
    }
}

/* sums[rows, columns] of rows `first` to first + rows of the weights, times all sources but the
 * first `skipped`. */
static void multiply_rows(const struct wide *wide, size_t first, size_t rows, size_t skipped,
                          const void *states, void *sums)
{
    const int n_sources = (int)augmented(wide->plan);
    const int m = (int)rows;
    const int n = (int)wide->columns;
    const int k = n_sources - (int)skipped;
    const size_t place = first * augmented(wide->plan) + skipped;
    if (wide->plan->precision == PRECISION_FLOAT64) {
        const double *const weights = wide->jobs[0].recurrent;
        const double *const sources = states;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0, weights + place,
                    n_sources, sources + skipped * wide->columns, n, 0.0,
                    (double *)sums + first * wide->columns, n);
    } else {
        const float *const weights = wide->jobs[0].recurrent;
        const float *const sources = states;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, weights + place,
                    n_sources, sources + skipped * wide->columns, n, 0.0f,
                    (float *)sums + first * wide->columns, n);
    }
}

/* Rows without units leave out h; those without inputs meet zeros. */
static void multiply(const struct wide *wide, const void *states, void *sums)
{
    const size_t n = wide->plan->n_hidden;
    const size_t alone = rows_without_units(wide->plan) * n;
    if (alone > 0) {
        multiply_rows(wide, 0, alone, n, states, sums);
    }
    multiply_rows(wide, alone, (size_t)wide->plan->parts->n_rows * n - alone, 0, states, sums);
}

/* h_0 of the network or of each trial, and c_0. */
static void begin(const struct wide *wide, void *states)
{
    const struct rollout_plan *const plan = wide->plan;
    const struct tile_job *const job = &wide->jobs[0];
    for (size_t i = 0; i < plan->n_hidden; i++) {
        char *const row = row_of(wide, states, i);
        fill_row(wide, row, precision_get(job->h0, plan->precision, i));
        for (size_t tile = 0; job->initial != NULL && tile < wide->n_tiles; tile++) {
            const char *const initial = wide->jobs[tile].initial;
            memcpy(row + tile * TILE_BYTES, initial + i * TILE_BYTES, TILE_BYTES);
        }
        if (job->c0 != NULL) {
            fill_row(wide, row_of(wide, job->carried, i),
                     precision_get(job->c0, plan->precision, i));
        }
    }
    plan->kernel->begin(job->cell, states, job->carried, plan->n_hidden * wide->columns);
    fill_row(wide, row_of(wide, states, augmented(plan) - 1), 1.0);
}

static void run_wide(const struct wide *wide)
{
    const struct rollout_plan *const plan = wide->plan;
    const struct tile_job *const job = &wide->jobs[0];
    void *states = job->state;
    void *next = job->next;
    begin(wide, states);
    fill_row(wide, row_of(wide, next, augmented(plan) - 1), 1.0);
    for (size_t t = 0; t < job->n_steps; t++) {
        for (size_t k = 0; k < plan->n_in; k++) {
            char *const row = row_of(wide, states, plan->n_hidden + k);
            const size_t place = (t * plan->n_in + k) * TILE_BYTES;
            for (size_t tile = 0; tile < wide->n_tiles; tile++) {
                const char *const inputs = wide->jobs[tile].inputs;
                memcpy(row + tile * TILE_BYTES, inputs + place, TILE_BYTES);
            }
        }
        void *const sums = job->sums != NULL ? job->sums : next;
        multiply(wide, states, sums);
        plan->kernel->update(job->cell, sums, states, next, job->carried,
                             plan->n_hidden * wide->columns);
        for (size_t tile = 0; tile < wide->n_tiles; tile++) {
            plan->kernel->score_step(&wide->jobs[tile], t, (char *)next + tile * TILE_BYTES,
                                     wide->columns);
        }
        void *const swap = states;
        states = next;
        next = swap;
    }
}

void rollout_run_block(const struct rollout_plan *plan, const struct tile_job *jobs, int n_tiles)
{
    assert(n_tiles >= 1 && n_tiles <= plan->tiles_per_block);
    const unsigned mode = denormals_flush();
    if (plan->uses_blas) {
        const struct wide wide = {plan, jobs, (size_t)n_tiles, (size_t)n_tiles * plan->tile_width};
        run_wide(&wide);
    } else {
        plan->kernel->run(&jobs[0]);
    }
    denormals_restore(mode);
}
