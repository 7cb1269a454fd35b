/* Time of ordering a Schur form, in units of dgees: bench_order WIDTH ROUNDS KIND, where KIND is
 * near_orthogonal or gaussian.
 *
 * dgees, the plain and the blocked ordering run in turn on the same matrix; prints one line "width
 * plain blocked seconds": medians of the two ratios, and of the seconds of dgees. */
#include "bench_case.h"
#include "core/memory.h"
#include "core/rng.h"
#include "kernel/blas.h"
#include "kernel/lapack.h"
#include "kernel/spectral/reorder.h"
#include "kernel/spectral/reorder_blocked.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 99 };

struct bench {
    int n;
    double *w;
    double *factored_t; /* of dgees */
    double *factored_q;
    double *wr; /* [n] */
    double *wi;
    double *work;
    int work_size;
    struct schur schur;
};

static size_t square(int n)
{
    return (size_t)n * (size_t)n;
}

static enum status allocate(struct bench *bench, int n, struct error *error)
{
    *bench = (struct bench){.n = n, .schur.n = n, .work_size = 64 * n};
    double **const matrices[] = {&bench->w, &bench->factored_t, &bench->factored_q, &bench->schur.t,
                                 &bench->schur.q};
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++) {
        TRY(memory_array(matrices[i], square(n), sizeof(double), error));
    }
    TRY(memory_array(&bench->wr, (size_t)n, sizeof(double), error));
    TRY(memory_array(&bench->wi, (size_t)n, sizeof(double), error));
    TRY(memory_array(&bench->work, (size_t)bench->work_size, sizeof(double), error));
    bench->schur.order.leak = 1.0;
    return memory_array(&bench->schur.blocks, (size_t)n, sizeof *bench->schur.blocks, error);
}

static void release(struct bench *bench)
{
    free(bench->w);
    free(bench->factored_t);
    free(bench->factored_q);
    free(bench->wr);
    free(bench->wi);
    free(bench->work);
    schur_release(&bench->schur);
}

static void fill_gaussian(struct bench *bench, uint64_t stream, double scale)
{
    struct rng rng = rng_stream((struct rng_key){{0x62656e6368, 1}}, stream, 0);
    for (size_t i = 0; i < square(bench->n); i++) {
        bench->w[i] += scale * rng_normal(&rng) / sqrt((double)bench->n);
    }
}

/* w becomes the orthogonal factor of itself. */
static enum status orthogonalise(struct bench *bench, struct error *error)
{
    const int n = bench->n;
    int info = 0;
    dgeqrf_(&n, &n, bench->w, &n, bench->wr, bench->work, &bench->work_size, &info);
    if (info == 0) {
        dorgqr_(&n, &n, &n, bench->w, &n, bench->wr, bench->work, &bench->work_size, &info);
    }
    return info == 0 ? STATUS_OK : error_set(error, STATUS_INTERNAL, "QR INFO = %d", info);
}

/* An orthogonal matrix and a tenth of a Gaussian one: moduli near 1 in no order, so that half of
 * all pairs of blocks must be swapped. dgees leaves those of a Gaussian matrix nearly in order. */
static enum status fill(struct bench *bench, const char *kind, struct error *error)
{
    fill_gaussian(bench, 1, 1.0);
    if (strcmp(kind, "gaussian") != 0) {
        TRY(orthogonalise(bench, error));
        fill_gaussian(bench, 2, 0.1);
    }
    return STATUS_OK;
}

static enum status time_dgees(struct bench *bench, double *seconds, struct error *error)
{
    const int n = bench->n;
    int sdim = 0;
    int info = 0;
    memcpy(bench->factored_t, bench->w, square(n) * sizeof(double));
    const double start = bench_clock();
    dgees_("V", "N", NULL, &n, bench->factored_t, &n, &sdim, bench->wr, bench->wi,
           bench->factored_q, &n, bench->work, &bench->work_size, NULL, &info, 1, 1);
    *seconds = bench_clock() - start;
    return info == 0 ? STATUS_OK : error_set(error, STATUS_INTERNAL, "dgees INFO = %d", info);
}

static enum status time_order(struct bench *bench, bool blocked, double *seconds,
                              struct error *error)
{
    struct schur *const schur = &bench->schur;
    memcpy(schur->t, bench->factored_t, square(bench->n) * sizeof(double));
    memcpy(schur->q, bench->factored_q, square(bench->n) * sizeof(double));
    const double start = bench_clock();
    if (blocked) {
        TRY(schur_reorder_blocked(schur, error));
    } else {
        (void)schur_reorder(schur->t, schur->q, schur->n, schur->order, schur->blocks,
                            &schur->n_blocks, bench->work);
    }
    *seconds = bench_clock() - start;
    return STATUS_OK;
}

static enum status measure(struct bench *bench, int rounds, struct error *error)
{
    double factor[ROUNDS_MAX];
    double plain[ROUNDS_MAX];
    double blocked[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++) {
        TRY(time_dgees(bench, &factor[i], error));
        TRY(time_order(bench, false, &plain[i], error));
        TRY(time_order(bench, true, &blocked[i], error));
        plain[i] /= factor[i];
        blocked[i] /= factor[i];
    }
    (void)printf("%d %.3f %.3f %.4f\n", bench->n, bench_median(plain, rounds),
                 bench_median(blocked, rounds), bench_median(factor, rounds));
    return STATUS_OK;
}

static enum status run(int n, int rounds, const char *kind, struct error *error)
{
    struct bench bench;
    const bool known = strcmp(kind, "gaussian") == 0 || strcmp(kind, "near_orthogonal") == 0;
    if (!known || n < 1 || rounds < 1 || rounds > ROUNDS_MAX) {
        return error_set(error, STATUS_USAGE, "usage: bench_order WIDTH ROUNDS KIND");
    }
    enum status status = allocate(&bench, n, error);
    if (status == STATUS_OK) {
        status = fill(&bench, kind, error);
    }
    if (status == STATUS_OK) {
        status = measure(&bench, rounds, error);
    }
    release(&bench);
    return status;
}

int main(int argc, char **argv)
{
    struct error error = {""};
    blas_use_one_thread();
    const enum status status = run(bench_number(argc, argv, 1), bench_number(argc, argv, 2),
                                   argc > 3 ? argv[3] : "", &error);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
    }
    return (int)status;
}
