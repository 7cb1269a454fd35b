#include "core/array.h"
#include "core/memory.h"
#include "kernel/dynamics/denormals.h"
#include "kernel/gauss_newton/adjoint.h"
#include "kernel/gauss_newton/gauss_newton.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS = GAUSS_NEWTON_COLUMNS,     /* that go back together: one product has so many rows */
    TRIALS = 64,                        /* that are linearised together, at most */
    BYTES = GAUSS_NEWTON_WORK_BYTES / 2 /* of each of the two, at most */
};

struct work {
    struct gauss_newton *gn;
    const struct gauss_newton_source *source;
    struct linearisation linear;
    struct adjoint adjoint;
    struct adjoint_column *columns; /* [n_columns] of the trials that are linearised */
    int n_columns;
    double *cotangents; /* [TRIALS or more, n_steps, n_out] */
    double *upper;      /* [n, n] row-major: T above its diagonal blocks */
    double *g;          /* [n, n] row-major: G */
    double *row;        /* [n] */
    double *of_rows;    /* [n_blocks] J summed over the pairs of a row of blocks */
    double *of_columns; /* [n_blocks] and of a column */
    double *jacobian;   /* [columns, n_pairs] row-major */
};

static int n_signs(const struct work *work)
{
    return work->gn->n_probes > 0 ? work->gn->n_probes : 1;
}

/* ---- workspace ---- */

static void release(struct work *work)
{
    adjoint_release(&work->adjoint);
    linearisation_release(&work->linear);
    free(work->columns);
    free(work->cotangents);
    free(work->upper);
    free(work->g);
    free(work->row);
    free(work->of_rows);
    free(work->of_columns);
    free(work->jacobian);
}

static void copy_upper(const struct work *work)
{
    const struct schur *const form = work->source->form;
    for (int b = 0; b < form->n_blocks; b++) {
        const struct schur_block *const block = &form->blocks[b];
        for (int i = block->start; i < block->start + block->size; i++) {
            for (int j = block->start + block->size; j < form->n; j++) {
                work->upper[row_major(i, j, form->n)] = form->t[column_major(i, j, form->n)];
            }
        }
    }
}

static enum status create(struct work *work, struct error *error)
{
    const struct gauss_newton_source *const source = work->source;
    const struct trials *const trials = source->trials;
    const size_t n = (size_t)work->gn->n;
    const size_t outputs = array_count(trials->n_steps, trials->n_out);
    const int of_trial = work->gn->n_probes > 0 ? work->gn->n_probes : (int)outputs;
    const int at_once = COLUMNS / of_trial;
    TRY(linearisation_create(&work->linear, source->network, trials, source->isa,
                             at_once < 1        ? 1
                             : at_once > TRIALS ? TRIALS
                                                : at_once,
                             BYTES, error));
    TRY(adjoint_create(&work->adjoint, &work->linear, source->form, source->gates, COLUMNS, BYTES,
                       error));
    const size_t of_linear = (size_t)work->linear.most;
    TRY(memory_array2(&work->columns, of_linear, (size_t)of_trial, sizeof *work->columns, error));
    TRY(memory_array2(&work->cotangents, of_linear * (size_t)n_signs(work), outputs, sizeof(double),
                      error));
    TRY(memory_array2(&work->upper, n, n, sizeof(double), error));
    TRY(memory_array2(&work->g, n, n, sizeof(double), error));
    TRY(memory_array(&work->row, n, sizeof(double), error));
    TRY(memory_array(&work->of_rows, n, sizeof(double), error));
    TRY(memory_array(&work->of_columns, n, sizeof(double), error));
    TRY(memory_array2(&work->jacobian, (size_t)work->adjoint.most, (size_t)work->gn->n_pairs,
                      sizeof(double), error));
    copy_upper(work);
    return STATUS_OK;
}

/* ---- columns ---- */

static bool counts(const struct work *work, int t, int place)
{
    const struct trials *const trials = work->source->trials;
    return trials->mask[row_major(t, work->linear.list[place], trials->n_trials)] != 0;
}

static int last_counted(const struct work *work, int place)
{
    int t = work->source->trials->n_steps - 1;
    while (t >= 0 && !counts(work, t, place)) {
        t--;
    }
    return t;
}

/* Every counted output, the last ones first. */
static void list_outputs(struct work *work)
{
    work->n_columns = 0;
    for (int t = work->source->trials->n_steps - 1; t >= 0; t--) {
        for (int place = 0; place < work->linear.count; place++) {
            for (int k = 0; counts(work, t, place) && k < work->source->trials->n_out; k++) {
                work->columns[work->n_columns++] =
                    (struct adjoint_column){.trial = place, .last = t, .output = k};
            }
        }
    }
}

/* `each` columns of every trial, with cotangents that are still 0; `output` is which of them. */
static void list_trials(struct work *work, int each)
{
    const struct trials *const trials = work->source->trials;
    const size_t outputs = array_count(trials->n_steps, trials->n_out);
    work->n_columns = 0;
    for (int t = trials->n_steps - 1; t >= 0; t--) {
        for (int place = 0; place < work->linear.count; place++) {
            for (int k = 0; last_counted(work, place) == t && k < each; k++) {
                work->columns[work->n_columns] = (struct adjoint_column){
                    .trial = place,
                    .last = t,
                    .output = k,
                    .cotangents = work->cotangents + (size_t)work->n_columns * outputs};
                work->n_columns++;
            }
        }
    }
    memset(work->cotangents, 0, (size_t)work->n_columns * outputs * sizeof(double));
}

/* Random signs on all counted outputs, those of a trial and a probe in one stream. */
static void list_probes(struct work *work)
{
    const struct trials *const trials = work->source->trials;
    list_trials(work, work->gn->n_probes);
    for (int c = 0; c < work->n_columns; c++) {
        const struct adjoint_column *const column = &work->columns[c];
        double *const signs =
            work->cotangents + (size_t)c * array_count(trials->n_steps, trials->n_out);
        const int trial = work->source->first_trial + work->linear.list[column->trial];
        struct rng rng = rng_stream(work->source->key, (uint64_t)trial, (uint64_t)column->output);
        for (int t = 0; t <= column->last; t++) {
            for (int k = 0; k < trials->n_out; k++) {
                const double sign = rng_sign(&rng);
                signs[row_major(t, k, trials->n_out)] = counts(work, t, column->trial) ? sign : 0.0;
            }
        }
    }
}

/* d fvu / d y = 2 (y - y*) / sum (y* - mean y*)^2 of counted outputs. */
static void list_errors(struct work *work)
{
    const struct trials *const trials = work->source->trials;
    const struct linearisation *const linear = &work->linear;
    list_trials(work, 1);
    for (int c = 0; c < work->n_columns; c++) {
        const struct adjoint_column *const column = &work->columns[c];
        double *const errors =
            work->cotangents + (size_t)c * array_count(trials->n_steps, trials->n_out);
        for (int t = 0; t <= column->last; t++) {
            const double *const y =
                linear->outputs +
                (array_count(t, linear->count) + (size_t)column->trial) * (size_t)trials->n_out;
            const double *const wanted = trials->targets + (array_count(t, trials->n_trials) +
                                                            (size_t)linear->list[column->trial]) *
                                                               (size_t)trials->n_out;
            for (int k = 0; counts(work, t, column->trial) && k < trials->n_out; k++) {
                errors[row_major(t, k, trials->n_out)] =
                    2.0 * (y[k] - wanted[k]) / work->gn->target_variation;
            }
        }
    }
}

/* ---- sums ---- */

/* The row of J that G gives, with its sums over rows and columns of blocks. */
static void contract(const struct work *work, double *jacobian)
{
    const struct gauss_newton *const gn = work->gn;
    const struct schur *const form = work->source->form;
    double *restrict const row = work->row;
    memset(jacobian, 0, (size_t)gn->n_pairs * sizeof *jacobian);
    memset(work->of_columns, 0, (size_t)gn->n_blocks * sizeof(double));
    for (int b = 0; b < gn->n_blocks; b++) {
        const struct schur_block *const block = &form->blocks[b];
        const int group = gauss_newton_group(gn, b);
        memset(row, 0, (size_t)gn->n * sizeof *row);
        for (int i = block->start; i < block->start + block->size; i++) {
            const double *restrict const g = work->g + row_major(i, 0, gn->n);
            const double *restrict const t = work->upper + row_major(i, 0, gn->n);
            for (int j = block->start + block->size; j < gn->n; j++) {
                row[j] += g[j] * t[j];
            }
        }
        work->of_rows[b] = 0.0;
        for (int other = b + 1; other < gn->n_blocks; other++) {
            const int start = form->blocks[other].start;
            const double value =
                form->blocks[other].size == 1 ? row[start] : row[start] + row[start + 1];
            const int to = gauss_newton_group(gn, other);
            work->of_rows[b] += value;
            work->of_columns[other] += value;
            if (to != group) {
                jacobian[gauss_newton_pair(gn, group, to)] += value;
            }
        }
    }
}

/* Products of what RR, CR and CC change at every split; block after block goes from C to R. */
static void add_splits(const struct work *work, double *products)
{
    const int n_blocks = work->gn->n_blocks;
    double change[COUPLING_COUNT] = {0.0};
    double *const of_cc = work->row; /* from the end, so that nothing cancels */
    double sum = 0.0;
    for (int b = n_blocks - 1; b >= 0; b--) {
        sum += work->of_rows[b];
        of_cc[b] = sum;
    }
    for (int k = 0; k <= n_blocks; k++) {
        change[COUPLING_CC] = k < n_blocks ? of_cc[k] : 0.0;
        if (k == n_blocks) {
            change[COUPLING_CR] = 0.0;
        }
        for (int a = 0; a < COUPLING_COUNT; a++) {
            for (int b = 0; b <= a; b++) {
                *products++ += change[a] * change[b];
            }
        }
        if (k < n_blocks) {
            change[COUPLING_RR] += work->of_columns[k];
            change[COUPLING_CR] += work->of_rows[k] - work->of_columns[k];
        }
    }
}

static void add_column(const struct work *work, const struct adjoint_column *columns, int column)
{
    struct gauss_newton *const gn = work->gn;
    const size_t n_pairs = (size_t)gn->n_pairs;
    const size_t square = array_count(gn->n, gn->n);
    const size_t probe = gn->n_probes > 0 ? (size_t)columns[column].output : 0;
    const double share = 1.0 / n_signs(work);
    const double scale = sqrt(share);
    const double *restrict const g = work->g;
    double *restrict const squares = gn->squares;
    double *restrict const jacobian = work->jacobian + (size_t)column * n_pairs;
    double *restrict const pairs = gn->pair_squares + probe * n_pairs;
    adjoint_outer(&work->adjoint, columns, column, 0.0, work->g);
    for (size_t i = 0; i < square; i++) {
        squares[i] += share * g[i] * g[i];
    }
    contract(work, jacobian);
    add_splits(work,
               gn->split_squares + probe * (size_t)(gn->n_blocks + 1) * (size_t)SPLIT_PRODUCTS);
    for (size_t i = 0; i < n_pairs; i++) {
        pairs[i] += jacobian[i] * jacobian[i];
        jacobian[i] *= scale;
    }
}

/* mu mu' of all steps. */
static void add_adjoints(const struct work *work)
{
    const struct adjoint *const adjoint = &work->adjoint;
    const int n = work->gn->n;
    const size_t slice = array_count(adjoint->most, n);
    for (int t = 0; t < work->source->trials->n_steps; t++) {
        if (adjoint->alive[t] > 0) {
            cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, n, adjoint->alive[t],
                        1.0 / n_signs(work), adjoint->mu + (size_t)t * slice, n, 1.0,
                        work->gn->adjoints, n);
        }
    }
}

/* The chunk of columns from `first` on; returns how many there were. */
static int add_chunk(struct work *work, int first, int half)
{
    struct gauss_newton *const gn = work->gn;
    const struct adjoint_column *const columns = work->columns + first;
    const int left = work->n_columns - first;
    const int count = left < work->adjoint.most ? left : work->adjoint.most;
    adjoint_run(&work->adjoint, columns, count);
    add_adjoints(work);
    for (int c = 0; c < count; c++) {
        add_column(work, columns, c);
    }
    if (gn->n_pairs > 0) { /* the odd trials' half begins one row below the even ones' */
        cblas_dsyrk(CblasColMajor, half == 0 ? CblasUpper : CblasLower, CblasNoTrans, gn->n_pairs,
                    count, 1.0, work->jacobian, gn->n_pairs, 1.0, gn->gram + half, gn->n_pairs + 1);
    }
    return count;
}

static int add_gradient(struct work *work, int first)
{
    const struct adjoint_column *const columns = work->columns + first;
    const int left = work->n_columns - first;
    const int count = left < work->adjoint.most ? left : work->adjoint.most;
    adjoint_run(&work->adjoint, columns, count);
    for (int c = 0; c < count; c++) {
        adjoint_outer(&work->adjoint, columns, c, 1.0, work->gn->gradient);
    }
    return count;
}

/* f' of the units of an rnn at a step: what linear_cell.h calls A / a, or B. */
static double mean_slope(const struct work *work, int place, int t)
{
    const struct linearisation *const linear = &work->linear;
    const struct cell *const cell = &linear->network->cell;
    const int n = linear->network->n_hidden;
    const bool is_rate = cell->leak_form == LEAK_RATE;
    const double *const slopes = (is_rate ? linear->gain[0] : linear->shape) +
                                 (array_count(t, linear->count) + (size_t)place) * (size_t)n;
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += slopes[i];
    }
    return sum / (is_rate ? cell->leak * n : n);
}

static void add_slopes(const struct work *work)
{
    for (int place = 0; place < work->linear.count; place++) {
        for (int t = 0; t <= last_counted(work, place); t++) {
            *work->gn->slopes += mean_slope(work, place, t);
        }
    }
}

/* z z' up to the last counted step. */
static void add_states(const struct work *work)
{
    const int n = work->gn->n;
    const int count = work->linear.count;
    for (int place = 0; place < count; place++) {
        const int n_steps = last_counted(work, place) + 1;
        if (n_steps > 0) {
            cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, n, n_steps, 1.0,
                        work->adjoint.z + array_count(place, n), count * n, 1.0, work->gn->states,
                        n);
            *work->gn->n_states += n_steps;
        }
    }
}

static enum status go_on(const struct work *work, struct error *error)
{
    const struct gauss_newton_source *const source = work->source;
    return source->go_on != NULL ? source->go_on(source->context, error) : STATUS_OK;
}

/* The trials that are linearised, all of one half. */
static enum status add_piece(struct work *work, int half, struct error *error)
{
    adjoint_move(&work->adjoint);
    add_states(work);
    if (cell_parts(work->source->network->cell.kind)->has_activation) {
        add_slopes(work);
    }
    list_errors(work);
    for (int first = 0; first < work->n_columns;) {
        first += add_gradient(work, first);
    }
    if (work->gn->n_probes > 0) {
        list_probes(work);
    } else {
        list_outputs(work);
    }
    for (int first = 0; first < work->n_columns;) {
        TRY(go_on(work, error));
        first += add_chunk(work, first, half);
    }
    return STATUS_OK;
}

static enum status add_half(struct work *work, int half, struct error *error)
{
    const int n_trials = work->source->trials->n_trials;
    int first = (work->source->first_trial % 2) ^ half;
    while (first < n_trials) {
        const unsigned mode = denormals_flush();
        first += 2 * linearisation_move(&work->linear, first, 2, (n_trials - first + 1) / 2);
        const enum status status = add_piece(work, half, error);
        denormals_restore(mode);
        TRY(status);
    }
    return STATUS_OK;
}

enum status gauss_newton_add(struct gauss_newton *gn, const struct gauss_newton_source *source,
                             struct error *error)
{
    struct work work = {.gn = gn, .source = source};
    enum status status = create(&work, error);
    for (int half = 0; half < 2 && status == STATUS_OK; half++) {
        status = add_half(&work, half, error);
    }
    release(&work);
    return status;
}
