/* What the matrix is worth, whatever its coordinates: the whole of it zero, and its small singular
 * values zero. W = U S V' is taken apart in the same way in every choice of signs of the units, and
 * of gates too (kernel/gauge.h): what the couplings of a sigmoid gate cannot tell, its rank can.
 *
 * Of several matrices that are taken apart together each loses what is small beside its own largest
 * singular value. On a team the root alone takes W apart: the same bits as on one rank. */
#include "core/array.h"
#include "core/axes.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/lapack.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SHARES[] = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9};
enum { N_SHARES = sizeof SHARES / sizeof SHARES[0] };

static int64_t n_shares(const struct sweep *sweep)
{
    (void)sweep;
    return N_SHARES;
}

static struct label share_label(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.real = SHARES[i]};
}

static const struct axis AXIS_SHARE = {
    "share", "singular values below this share of the largest are removed", VALUE_F64, n_shares,
    share_label};

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("zero_fvu", "fvu with the whole matrix zero", NULL),
    VARIABLE_REAL("zero_distance", "distance with the whole matrix zero", NULL),
    VARIABLE_REAL("singular_value", "singular values of the matrix, largest first", &AXIS_MODE),
    {"rank_kept", "1", "singular values that are kept", VALUE_I32, FILL_MARKED, {&AXIS_SHARE}},
    VARIABLE_REAL("rank_fvu", "fvu without the small singular values", &AXIS_SHARE),
    VARIABLE_REAL("rank_distance", "distance without the small singular values", &AXIS_SHARE),
    VARIABLE_REAL("rank_removed_mass",
                  "Frobenius norm of what is removed, relative to that of the matrix", &AXIS_SHARE),
    {.name = NULL}};

/* One matrix, row-major, whose column-major reading is W' = U S V'. */
struct decomposed {
    int n;
    double *u;      /* [n, n] column-major */
    double *v;      /* [n, n] column-major: V' */
    double *scaled; /* [n, n] scratch */
    double *values; /* [n] of S, largest first */
};

static void release(struct decomposed *one)
{
    free(one->u);
    free(one->v);
    free(one->scaled);
    free(one->values);
}

static enum status decompose(struct decomposed *one, const double *w, int n, struct error *error)
{
    const size_t size = (size_t)n;
    const int lwork = 8 * n + 64;
    double *work = NULL;
    int info = 0;
    *one = (struct decomposed){.n = n};
    TRY(memory_array2(&one->u, size, size, sizeof(double), error));
    TRY(memory_array2(&one->v, size, size, sizeof(double), error));
    TRY(memory_array2(&one->scaled, size, size, sizeof(double), error));
    TRY(memory_array(&one->values, size, sizeof(double), error));
    TRY(memory_array(&work, (size_t)lwork, sizeof(double), error));
    memcpy(one->scaled, w, size * size * sizeof *w);
    dgesvd_("A", "A", &n, &n, one->scaled, &n, one->values, one->u, &n, one->v, &n, work, &lwork,
            &info, 1, 1);
    free(work);
    return info == 0 ? STATUS_OK
                     : error_set(error, STATUS_JOB_SCHUR_FAILED,
                                 "dgesvd of width %d did not converge: INFO %d", n, info);
}

/* The first `kept` of W, row-major, into w with rows `stride` apart. */
static void compose(const struct decomposed *one, int kept, double *w, int stride)
{
    const int n = one->n;
    for (int k = 0; k < kept; k++) {
        for (int i = 0; i < n; i++) {
            one->scaled[column_major(i, k, n)] = one->u[column_major(i, k, n)] * one->values[k];
        }
    }
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, kept, 1.0, one->scaled, n, one->v,
                n, 0.0, w, stride);
}

/* All matrices of a case. */
struct matrices {
    struct decomposed list[CELL_MAX_GATES];
    int count;
    int width;  /* of all together */
    double *w;  /* [width, width] row-major, a matrix in each block of the diagonal */
    double all; /* sum of squares of all singular values */
};

static enum status create(struct matrices *matrices, const struct network *network, gate_set gates,
                          struct error *error)
{
    const size_t width = (size_t)network->n_hidden * (size_t)gate_set_count(gates);
    matrices->width = (int)width;
    TRY(memory_array2(&matrices->w, width, width, sizeof(double), error));
    for (int gate = 0; gate < CELL_MAX_GATES; gate++) {
        if ((gates >> gate & 1) != 0) {
            struct decomposed *const one = &matrices->list[matrices->count++];
            TRY(decompose(one, network_gate(network, gate), network->n_hidden, error));
            for (int k = 0; k < one->n; k++) {
                matrices->all += one->values[k] * one->values[k];
            }
        }
    }
    return STATUS_OK;
}

/* What is left at a share; a share above 1 leaves nothing. */
static double cut(struct matrices *matrices, double share, int *n_kept)
{
    double removed = 0.0;
    *n_kept = 0;
    for (int m = 0; m < matrices->count; m++) {
        const struct decomposed *const one = &matrices->list[m];
        int kept = 0;
        while (kept < one->n && one->values[kept] > 0.0 &&
               one->values[kept] >= share * one->values[0]) {
            kept++;
        }
        for (int k = kept; k < one->n; k++) {
            removed += one->values[k] * one->values[k];
        }
        *n_kept += kept;
        compose(one, kept,
                matrices->w + (array_count(m, matrices->width) + (size_t)m) * (size_t)one->n,
                matrices->width);
    }
    return matrices->all > 0.0 ? sqrt(removed / matrices->all) : 0.0;
}

static enum status measure(struct experiment *experiment, struct matrices *matrices, double share,
                           int *kept, struct job_result *result, struct error *error)
{
    const double mass = experiment->is_root ? cut(matrices, share, kept) : 0.0;
    TRY(experiment_go_on(experiment, error));
    *result = job_result_absent();
    return experiment->ops->measure_weights(experiment, matrices->w, mass, result, error);
}

static enum status fill(struct experiment *experiment, struct matrices *matrices,
                        struct record *record, struct error *error)
{
    const int fvu = measure_number("fvu");
    const int distance = measure_number("distance");
    const int mass = measure_number("removed_mass");
    struct gauss_newton_source source;
    struct job_result result;
    int kept = 0;
    TRY(experiment->ops->source(experiment, &source, error));
    TRY(experiment->ops->agree(
        experiment,
        experiment->is_root ? create(matrices, source.network, source.gates, error) : STATUS_OK,
        error));
    TRY(measure(experiment, matrices, 2.0, &kept, &result, error));
    *record_f64(record, "zero_fvu") = result.values[fvu];
    *record_f64(record, "zero_distance") = result.values[distance];
    if (matrices->count == 1) {
        memcpy(record_f64(record, "singular_value"), matrices->list[0].values,
               (size_t)matrices->width * sizeof(double));
    }
    for (int i = 0; i < N_SHARES; i++) {
        TRY(measure(experiment, matrices, SHARES[i], &record_i32(record, "rank_kept")[i], &result,
                    error));
        record_f64(record, "rank_fvu")[i] = result.values[fvu];
        record_f64(record, "rank_distance")[i] = result.values[distance];
        record_f64(record, "rank_removed_mass")[i] = result.values[mass];
    }
    return STATUS_OK;
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    struct matrices matrices = {.count = 0};
    (void)params;
    const enum status status = fill(experiment, &matrices, record, error);
    for (int i = 0; i < matrices.count; i++) {
        release(&matrices.list[i]);
    }
    free(matrices.w);
    return status;
}

static double rollouts(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params)
{
    (void)sweep;
    (void)trials;
    (void)width;
    (void)params;
    return N_SHARES + 1;
}

const struct diagnostic_ops DIAGNOSTIC_RANK = {
    .name = "rank",
    .long_name = "what is left without the matrix, and without its small singular values",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .variables = VARIABLES,
    .rollouts = rollouts,
    .run = run,
};
