/* Hankel singular values of a linear network, an rnn of `identity`. With the leak a it is
 *
 *     x_t = A x_{t-1} + B u_t + ..,    y_t = C x_t + ..,    A = (1 - a) I + a W_hh,    B = a W_ih
 *
 * whose states may be written in any basis: couplings depend on it, these do not. They are the
 * square roots of the eigenvalues of P O, where P is the sum of A^k B B' A'^k over all k >= 0 and O
 * that of A'^k C' C A^k: how much of past inputs the network keeps in each direction, times how
 * much of it is ever heard. They are found as the singular values of R' L, with P = L L' and O = R
 * R', which loses no digits by squaring (Moore 1981; Antoulas, Approximation of Large-Scale
 * Dynamical Systems, 2005, chapter 7).
 *
 * Missing for other networks, and where A is not stable: then the sums have no limit. */
#include "core/array.h"
#include "core/axes.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/lapack.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("hankel_singular_value",
                  "Hankel singular values of a linear network, largest first", &AXIS_MODE),
    {.name = NULL}};

/* Moduli of 1 - 2^-52 are negligible after 2^58 steps. */
enum { DOUBLINGS = 60 };
static const double NEGLIGIBLE = 1e-20;

struct workspace {
    int n;
    double *a;      /* [n, n] column-major: A^(2^k) */
    double *next;   /* [n, n] */
    double *rows;   /* [2 n, n] column-major: L' over (A L)'; more for as many channels */
    double *reach;  /* [n, n] L' */
    double *hear;   /* [n, n] R' */
    double *values; /* [n] */
    double *tau;    /* [n] */
    double *scratch;
    int n_scratch;
};

static enum status create(struct workspace *space, const struct network *network,
                          struct error *error)
{
    const int n = network->n_hidden;
    const int channels = network->n_in > network->n_out ? network->n_in : network->n_out;
    const size_t size = (size_t)n;
    const size_t n_rows = channels > 2 * n ? (size_t)channels : 2 * size;
    *space = (struct workspace){.n = n, .n_scratch = 64 * n + 64};
    TRY(memory_array2(&space->a, size, size, sizeof(double), error));
    TRY(memory_array2(&space->next, size, size, sizeof(double), error));
    TRY(memory_array2(&space->rows, n_rows, size, sizeof(double), error));
    TRY(memory_array2(&space->reach, size, size, sizeof(double), error));
    TRY(memory_array2(&space->hear, size, size, sizeof(double), error));
    TRY(memory_array(&space->values, size, sizeof(double), error));
    TRY(memory_array(&space->tau, size, sizeof(double), error));
    return memory_array(&space->scratch, (size_t)space->n_scratch, sizeof(double), error);
}

static void release(struct workspace *space)
{
    free(space->a);
    free(space->next);
    free(space->rows);
    free(space->reach);
    free(space->hear);
    free(space->values);
    free(space->tau);
    free(space->scratch);
}

/* (1 - a) I + a W, or its transpose, whose column-major reading is that of W row by row. */
static void set_step(struct workspace *space, const struct network *network, bool is_transposed)
{
    const int n = space->n;
    const double leak = network->cell.leak;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const size_t place = is_transposed ? row_major(i, j, n) : column_major(i, j, n);
            space->a[place] =
                leak * network->weight_hh[row_major(i, j, n)] + (i == j ? 1.0 - leak : 0.0);
        }
    }
}

/* The R of a QR decomposition of rows[count, n] into factor[n, n]: the two have the same products
 * of columns. */
static enum status compress(struct workspace *space, int count, double *factor, struct error *error)
{
    const int n = space->n;
    int info = 0;
    dgeqrf_(&count, &n, space->rows, &count, space->tau, space->scratch, &space->n_scratch, &info);
    for (int col = 0; col < n; col++) {
        for (int row = 0; row < n; row++) {
            factor[column_major(row, col, n)] =
                row <= col && row < count ? space->rows[column_major(row, col, count)] : 0.0;
        }
    }
    return info == 0 ? STATUS_OK
                     : error_set(error, STATUS_INTERNAL, "dgeqrf of width %d: INFO %d", n, info);
}

/* From factor' factor = S_0 that of the sum of A^k S_0 A'^k over all k, by doubling: with the sum S
 * over k < 2^j, S + A^(2^j) S A'^(2^j) is that over k < 2^(j+1). */
static enum status sum_up(struct workspace *space, double *factor, struct error *error)
{
    const int n = space->n;
    const int twice = 2 * n;
    for (int k = 0; k < DOUBLINGS && cblas_dnrm2(n * n, space->a, 1) > NEGLIGIBLE; k++) {
        for (int col = 0; col < n; col++) {
            memcpy(space->rows + column_major(0, col, twice), factor + column_major(0, col, n),
                   (size_t)n * sizeof *factor);
        }
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0, factor, n, space->a, n,
                    0.0, space->rows + n, twice);
        TRY(compress(space, twice, factor, error));
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, space->a, n, space->a,
                    n, 0.0, space->next, n);
        double *const swap = space->a;
        space->a = space->next;
        space->next = swap;
    }
    return STATUS_OK;
}

/* L' of P from B = a W_ih, and R' of O from C = W_hy. */
static enum status find_factors(struct workspace *space, const struct network *network,
                                struct error *error)
{
    const int n = space->n;
    for (size_t i = 0; i < array_count(n, network->n_in); i++) {
        space->rows[i] = network->cell.leak * network->weight_ih[i]; /* row-major: B' */
    }
    TRY(compress(space, network->n_in, space->reach, error));
    set_step(space, network, false);
    TRY(sum_up(space, space->reach, error));
    for (int i = 0; i < network->n_out; i++) {
        for (int j = 0; j < n; j++) {
            space->rows[column_major(i, j, network->n_out)] =
                network->weight_hy[row_major(i, j, n)];
        }
    }
    TRY(compress(space, network->n_out, space->hear, error));
    set_step(space, network, true);
    return sum_up(space, space->hear, error);
}

static enum status find_values(struct workspace *space, const struct network *network,
                               struct error *error)
{
    const int n = space->n;
    const int one = 1;
    int info = 0;
    TRY(find_factors(space, network, error));
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0, space->hear, n, space->reach,
                n, 0.0, space->next, n);
    for (size_t i = 0; i < array_count(n, n); i++) {
        if (!isfinite(space->next[i])) {
            return error_set(error, STATUS_JOB_SCHUR_NONFINITE,
                             "sums over past and future of width %d overflowed", n);
        }
    }
    dgesvd_("N", "N", &n, &n, space->next, &n, space->values, NULL, &one, NULL, &one,
            space->scratch, &space->n_scratch, &info, 1, 1);
    return info == 0 ? STATUS_OK
                     : error_set(error, STATUS_JOB_SCHUR_FAILED,
                                 "dgesvd of width %d did not converge: INFO %d", n, info);
}

static bool is_stable(const struct experiment *experiment)
{
    const double leak = experiment->network->cell.leak;
    const struct schur *const form = experiment->form;
    bool stable = true;
    for (int i = 0; i < form->n; i++) {
        stable = stable && hypot(1.0 - leak + leak * form->eigenvalue_re[i],
                                 leak * form->eigenvalue_im[i]) < 1.0;
    }
    return stable;
}

static enum status fill(const struct network *network, struct record *record, struct error *error)
{
    struct workspace space;
    enum status status = create(&space, network, error);
    THEN(status, find_values(&space, network, error));
    if (status == STATUS_OK) {
        memcpy(record_f64(record, "hankel_singular_value"), space.values,
               (size_t)space.n * sizeof(double));
    }
    release(&space);
    return status;
}

/* On the root alone. */
static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const struct cell *const cell = &experiment->network->cell;
    struct gauss_newton_source source;
    (void)params;
    if (!cell_parts(cell->kind)->has_activation || cell->activation != ACTIVATION_IDENTITY ||
        !is_stable(experiment)) {
        return STATUS_OK;
    }
    TRY(experiment->ops->source(experiment, &source, error));
    return experiment->ops->agree(
        experiment, experiment->is_root ? fill(source.network, record, error) : STATUS_OK, error);
}

const struct diagnostic_ops DIAGNOSTIC_HANKEL = {
    .name = "hankel",
    .long_name = "Hankel singular values of a linear network",
    .variables = VARIABLES,
    .run = run,
};
