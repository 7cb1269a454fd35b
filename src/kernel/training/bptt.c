#include "kernel/training/bptt.h"

#include "core/memory.h"
#include "kernel/dynamics/denormals.h"
#include "kernel/dynamics/packed_trials.h"
#include "kernel/training/bptt_kernel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct bptt {
    const struct bptt_kernel *kernel;
    enum precision precision;
    struct cell cell;
    size_t n_steps_held; /* that the arrays of a batch have room for */
    size_t n_groups_held;
    size_t n_trials;  /* of the batch */
    size_t n_counted; /* places of the batch whose mask is set */
    struct bptt_job job;
};

static size_t round_up(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

/* The fewest units of padding; *padded becomes the units of all panels. */
static struct bptt_panels choose_panels(size_t n, size_t main, size_t rest, size_t *padded)
{
    struct bptt_panels best = {0, 0};
    *padded = SIZE_MAX;
    for (size_t n_rest = 0; n_rest < 3; n_rest++) {
        const size_t left = n > n_rest * rest ? n - n_rest * rest : 0;
        const struct bptt_panels panels = {(left + main - 1) / main, n_rest};
        const size_t units = panels.n_main * main + n_rest * rest;
        if (units < *padded) {
            *padded = units;
            best = panels;
        }
    }
    return best;
}

/* Values of so many rows, and what makes their cache lines odd in number. */
static size_t step_of(size_t rows, size_t width, size_t line)
{
    return (rows * width / line | 1) * line;
}

/* Sizes that do not depend on the batch. */
static struct bptt_sizes sizes_of(const struct bptt_kernel *kernel, enum precision precision,
                                  const struct network *network, bool has_bias)
{
    const size_t line = STRIP_BYTES / precision_size(precision);
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    struct bptt_sizes s = {.n_hidden = (size_t)network->n_hidden,
                           .n_in = (size_t)network->n_in,
                           .n_out = (size_t)network->n_out,
                           .has_bias = has_bias,
                           .n_rows = (size_t)parts->n_rows};
    size_t back_padded = 0;
    while (!parts->rows[s.n_inputs_alone].of_units) {
        s.n_inputs_alone++;
    }
    s.forward = choose_panels(s.n_hidden, kernel->units(network->cell.kind, true),
                              kernel->units(network->cell.kind, false), &s.n_padded);
    s.backward = choose_panels(s.n_hidden, kernel->main_rows, kernel->rest_rows, &back_padded);
    s.n_padded = back_padded > s.n_padded ? back_padded : s.n_padded;
    s.carried_step = parts->has_c0 ? (s.n_padded + 1) * kernel->width : 0;
    s.work_row = s.n_padded * kernel->width;
    s.work_step = (size_t)parts->n_work * s.work_row + kernel->width;
    s.rows_a = round_up(s.n_rows * s.n_hidden + s.n_out, kernel->tile_a);
    s.unit_row = s.n_in + has_bias;
    s.rows_b = round_up(s.unit_row + s.n_hidden, kernel->tile_b);
    const size_t rows_b = s.unit_row + s.n_padded;
    s.step_a = step_of(s.rows_a, kernel->width, line);
    s.step_b = step_of(rows_b > s.rows_b ? rows_b : s.rows_b, kernel->width, line);
    s.gradient_stride = s.rows_a + (s.rows_a % 32 == 0 ? kernel->tile_a : 0);
    return s;
}

static enum status allocate_network(struct bptt *bptt, struct error *error)
{
    struct bptt_job *const job = &bptt->job;
    const struct bptt_sizes *const s = &job->sizes;
    const size_t size = precision_size(bptt->precision);
    const size_t width = bptt->kernel->width;
    const size_t sources = s->n_rows * (1 + s->n_in + s->n_hidden);
    TRY(memory_array2(&job->forward, s->n_padded, sources, size, error));
    TRY(memory_array2(&job->backward, s->n_padded, s->n_out + s->n_rows * s->n_hidden, size,
                      error));
    TRY(memory_array2(&job->readout, s->n_hidden + 1, s->n_out, size, error));
    TRY(memory_array2(&job->kept, s->n_padded, width, size, error));
    TRY(memory_array2(&job->d_state, s->n_padded, width, size, error));
    TRY(memory_array2(&job->rows_a, TIME_BLOCK, s->step_a, size, error));
    TRY(memory_array2(&job->totals, TOTALS * s->rows_b, s->gradient_stride, sizeof(double), error));
    return memory_array(&job->losses, (size_t)TOTALS * STRIP_MOST, sizeof(double), error);
}

static void release_batch(struct bptt_job *job)
{
    void **const arrays[] = {&job->inputs, &job->targets, &job->errors, &job->counted,
                             &job->rows_b, &job->work,    &job->carried};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
}

static enum status allocate_batch(struct bptt *bptt, size_t n_steps, size_t n_groups,
                                  struct error *error)
{
    struct bptt_job *const job = &bptt->job;
    const struct bptt_sizes *const s = &job->sizes;
    const struct cell *const cell = &bptt->cell;
    const size_t size = precision_size(bptt->precision);
    const size_t width = bptt->kernel->width;
    const bool leaks = cell->leak != 1.0;
    release_batch(job);
    bptt->n_steps_held = 0;
    TRY(memory_array2(&job->inputs, n_groups * n_steps * s->n_in, width, size, error));
    TRY(memory_array2(&job->targets, n_groups * n_steps * s->n_out, width, size, error));
    TRY(memory_array2(&job->counted, n_groups * n_steps, width, size, error));
    TRY(memory_array2(&job->errors, n_steps * s->n_out, width, size, error));
    TRY(memory_array2(&job->rows_b, n_steps + 1, s->step_b, size, error));
    if (s->n_rows > 1 || (leaks && cell->leak_form == LEAK_RATE)) {
        TRY(memory_array2(&job->work, n_steps, s->work_step, size, error));
    }
    if (s->carried_step > 0 || (leaks && cell->leak_form == LEAK_CURRENT)) {
        TRY(memory_array2(&job->carried, s->carried_step > 0 ? n_steps + 1 : 1,
                          s->carried_step > 0 ? s->carried_step : s->work_row, size, error));
    }
    bptt->n_steps_held = n_steps;
    bptt->n_groups_held = n_groups;
    return STATUS_OK;
}

enum status bptt_create(struct bptt **out, const struct network *network, bool has_bias,
                        enum precision precision, enum isa path, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct bptt *const bptt = *out;
    bptt->kernel = bptt_kernel_find(path, precision);
    bptt->precision = precision;
    bptt->cell = network->cell;
    bptt->job = (struct bptt_job){.sizes = sizes_of(bptt->kernel, precision, network, has_bias),
                                  .cell = &bptt->cell};
    const enum status status = allocate_network(bptt, error);
    if (status != STATUS_OK) {
        bptt_destroy(out);
    }
    return status;
}

void bptt_destroy(struct bptt **bptt)
{
    if (*bptt != NULL) {
        struct bptt_job *const job = &(*bptt)->job;
        release_batch(job);
        void *const arrays[] = {job->forward, job->backward, job->readout, job->kept,
                                job->d_state, job->rows_a,   job->totals,  job->losses};
        for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
            free(arrays[i]);
        }
        free(*bptt);
        *bptt = NULL;
    }
}

/* Both totals of the gradient of what row a and row b say: d loss / d (weight from b to a). */
static double total(const struct bptt_job *job, size_t a, size_t b)
{
    const size_t stride = job->sizes.gradient_stride;
    return job->totals[b * stride + a] + job->totals[(job->sizes.rows_b + b) * stride + a];
}

/* to[n_rows, n_columns] from A's rows `a` on and B's rows `b` on. In blocks: the totals have the
 * other order. */
static void store_matrix(const struct bptt_job *job, double *to, size_t n_rows, size_t n_columns,
                         size_t a, size_t b)
{
    enum { BLOCK = 8 };
    for (size_t first = 0; first < n_rows; first += BLOCK) {
        const size_t end = first + BLOCK < n_rows ? first + BLOCK : n_rows;
        for (size_t j = 0; j < n_columns; j++) {
            for (size_t i = first; i < end; i++) {
                to[i * n_columns + j] = total(job, a + i, b + j);
            }
        }
    }
}

static void store_gradient(const struct bptt_job *job, struct network *gradient)
{
    const struct bptt_sizes *const s = &job->sizes;
    const struct cell_parts *const parts = cell_parts(gradient->cell.kind);
    const size_t n = s->n_hidden;
    const size_t errors = s->n_rows * n;
    const size_t bias = s->n_in;
    const size_t units = s->unit_row;
    for (size_t k = 0; k < s->n_rows; k++) {
        const struct cell_row *const row = &parts->rows[k];
        const size_t a = k * n;
        const size_t first = (size_t)row->gate * n;
        if (row->of_units) {
            store_matrix(job, network_gate(gradient, row->gate), n, n, a, units);
        }
        if (row->of_inputs) {
            store_matrix(job, gradient->weight_ih + first * s->n_in, n, s->n_in, a, 0);
        }
        if (s->has_bias) {
            store_matrix(job, row->of_inputs ? gradient->bias_h + first : gradient->bias_hn, n, 1,
                         a, bias);
        }
    }
    store_matrix(job, gradient->weight_hy, s->n_out, n, errors, units);
    if (s->has_bias) {
        store_matrix(job, gradient->bias_y, s->n_out, 1, errors, bias);
    }
}

static void fit_steps(struct bptt_sizes *s, size_t n_steps)
{
    const size_t most = s->rows_a > 128 ? TIME_BLOCK / 2 : TIME_BLOCK;
    const size_t n_blocks = (n_steps + most - 1) / most;
    s->n_steps = n_steps;
    s->block_steps = round_up((n_steps + n_blocks - 1) / n_blocks, 8);
}

enum status bptt_begin(struct bptt *bptt, int n_steps, int n_trials, struct error *error)
{
    const size_t steps = (size_t)n_steps;
    const size_t groups = ((size_t)n_trials + bptt->kernel->width - 1) / bptt->kernel->width;
    if (steps > bptt->n_steps_held || groups > bptt->n_groups_held) {
        TRY(allocate_batch(bptt, steps > bptt->n_steps_held ? steps : bptt->n_steps_held,
                           groups > bptt->n_groups_held ? groups : bptt->n_groups_held, error));
    }
    fit_steps(&bptt->job.sizes, steps);
    bptt->n_trials = (size_t)n_trials;
    bptt->n_counted = 0;
    return STATUS_OK;
}

void bptt_load(struct bptt *bptt, int first, const struct task_trial *trials, int count)
{
    const struct bptt_job *const job = &bptt->job;
    const size_t end = (size_t)first + (size_t)count;
    assert(count > 0 && first % BPTT_TRIALS == 0);
    bptt->kernel->load_trials(job, (size_t)first, trials, (size_t)count);
    for (int i = 0; i < count; i++) {
        for (size_t t = 0; t < job->sizes.n_steps; t++) {
            bptt->n_counted += trials[i].mask[t] != 0;
        }
    }
    /* So do all columns behind the batch. */
    for (size_t i = (size_t)first + BPTT_TRIALS;
         end == bptt->n_trials && i % bptt->kernel->width > 0; i += BPTT_TRIALS) {
        bptt->kernel->load_trials(job, i, &trials[count - 1], 0);
    }
}

/* The same job with the trials of one group. */
static struct bptt_job job_of_group(const struct bptt *bptt, size_t group)
{
    struct bptt_job job = bptt->job;
    const struct bptt_sizes *const s = &job.sizes;
    const size_t row = bptt->kernel->width * precision_size(bptt->precision);
    const size_t rows = group * s->n_steps;
    job.inputs = (char *)job.inputs + rows * s->n_in * row;
    job.targets = (char *)job.targets + rows * s->n_out * row;
    job.counted = (char *)job.counted + rows * row;
    job.n_strips = group * (row / STRIP_BYTES);
    return job;
}

void bptt_gradient(struct bptt *bptt, const struct network *network, struct network *gradient,
                   double *loss)
{
    struct bptt_job *const job = &bptt->job;
    const double share = 1.0 / ((double)bptt->n_counted * (double)job->sizes.n_out);
    const unsigned mode = denormals_flush();
    assert((size_t)network->n_hidden == job->sizes.n_hidden);
    job->share = 2.0 * share;
    memset(job->totals, 0,
           TOTALS * job->sizes.rows_b * job->sizes.gradient_stride * sizeof *job->totals);
    memset(job->losses, 0, (size_t)TOTALS * STRIP_MOST * sizeof *job->losses);
    bptt->kernel->load_weights(job, network);
    for (size_t group = 0; group * bptt->kernel->width < bptt->n_trials; group++) {
        const struct bptt_job of_group = job_of_group(bptt, group);
        bptt->kernel->run(&of_group);
    }
    store_gradient(job, gradient);
    *loss = 0.0;
    for (int i = 0; i < TOTALS * STRIP_MOST; i++) {
        *loss += job->losses[i];
    }
    *loss *= share;
    denormals_restore(mode);
}
