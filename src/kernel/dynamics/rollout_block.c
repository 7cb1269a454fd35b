#include "kernel/dynamics/rollout_block.h"

#include "kernel/dynamics/denormals.h"

#include <assert.h>
#include <cblas.h>
#include <string.h>

struct rollout_plan rollout_plan_make(int n_hidden, const struct trials *trials,
                                      enum precision precision, enum isa path,
                                      enum rollout_product product)
{
    const struct rollout_kernel *const kernel = rollout_kernel_find(path, precision);
    const size_t size = precision_size(precision);
    const bool is_wide = (size_t)n_hidden * size >= ROLLOUT_BLAS_ROW;
    const bool uses_blas = product == PRODUCT_BY_WIDTH ? is_wide : product == PRODUCT_BLAS;
    const int tiles_of_blas = BLAS_TRIALS * (int)size / TILE_BYTES;
    return (struct rollout_plan){.precision = precision,
                                 .kernel = kernel,
                                 .uses_blas = uses_blas,
                                 .tiles_per_block = uses_blas ? tiles_of_blas : 1,
                                 .tile_width = TILE_BYTES / size,
                                 .panel_rows = kernel->panel_rows,
                                 .n_hidden = (size_t)n_hidden,
                                 .n_in = (size_t)trials->n_in,
                                 .n_out = (size_t)trials->n_out};
}

/* h, x and 1: what BLAS multiplies with. */
static size_t augmented(const struct rollout_plan *plan)
{
    return plan->n_hidden + plan->n_in + 1;
}

static size_t padded_hidden(const struct rollout_plan *plan)
{
    return (plan->n_hidden + plan->panel_rows - 1) / plan->panel_rows * plan->panel_rows;
}

size_t rollout_plan_recurrent(const struct rollout_plan *plan)
{
    return (plan->uses_blas ? plan->n_hidden : padded_hidden(plan)) * augmented(plan);
}

size_t rollout_plan_readout(const struct rollout_plan *plan)
{
    return plan->n_out * (plan->n_hidden + 1);
}

size_t rollout_plan_state(const struct rollout_plan *plan)
{
    const size_t rows = plan->uses_blas ? augmented(plan) : padded_hidden(plan);
    return rows * plan->tile_width * (size_t)plan->tiles_per_block;
}

/* Row-major [W_hh | W_ih | b_h] for BLAS; for the kernel [b_h | W_ih | W_hh], in panels in which
 * the weights of one source to panel_rows neighbouring units stand together. */
void rollout_pack_row(const struct rollout_plan *plan, const struct network *network, size_t i,
                      const double *row, void *recurrent)
{
    const size_t n_hidden = plan->n_hidden;
    const size_t n_in = plan->n_in;
    const size_t n_sources = augmented(plan);
    const size_t rows = plan->uses_blas ? 1 : plan->panel_rows;
    const size_t first = i / rows * rows * n_sources + i % rows; /* place of the first source */
    const size_t bias = plan->uses_blas ? n_hidden + n_in : 0;
    const size_t inputs = plan->uses_blas ? n_hidden : 1;
    const size_t units = plan->uses_blas ? 0 : 1 + n_in;
    assert(i < n_hidden);
    precision_put(recurrent, plan->precision, first + bias * rows, network->bias_h[i]);
    for (size_t k = 0; k < n_in; k++) {
        precision_put(recurrent, plan->precision, first + (inputs + k) * rows,
                      network->weight_ih[i * n_in + k]);
    }
    for (size_t k = 0; k < n_hidden; k++) {
        precision_put(recurrent, plan->precision, first + (units + k) * rows, row[k]);
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
 * column per trial, tiles side by side, and H_t, which without a leak is f([W_hh | W_ih | b_h]
 * S_t), lands in the first n_hidden rows of S_{t+1}. */
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

static void multiply(const struct wide *wide, const void *states, void *next)
{
    const int rows = (int)wide->plan->n_hidden;
    const int sources = (int)augmented(wide->plan);
    const int columns = (int)wide->columns;
    if (wide->plan->precision == PRECISION_FLOAT64) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, sources, 1.0,
                    wide->jobs[0].recurrent, sources, states, columns, 0.0, next, columns);
    } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, sources, 1.0f,
                    wide->jobs[0].recurrent, sources, states, columns, 0.0f, next, columns);
    }
}

static void run_wide(const struct wide *wide)
{
    const struct rollout_plan *const plan = wide->plan;
    const struct tile_job *const job = &wide->jobs[0];
    void *states = job->state;
    void *next = job->next;
    for (size_t i = 0; i < plan->n_hidden; i++) {
        char *const row = row_of(wide, states, i);
        fill_row(wide, row, precision_get(job->h0, plan->precision, i));
        for (size_t tile = 0; job->initial != NULL && tile < wide->n_tiles; tile++) {
            const char *const initial = wide->jobs[tile].initial;
            memcpy(row + tile * TILE_BYTES, initial + i * TILE_BYTES, TILE_BYTES);
        }
    }
    plan->kernel->begin(job->cell, states, job->current, plan->n_hidden * wide->columns);
    fill_row(wide, row_of(wide, states, augmented(plan) - 1), 1.0);
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
        multiply(wide, states, next);
        plan->kernel->update(job->cell, states, next, job->current, plan->n_hidden * wide->columns);
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
