/* Serves timings of one rollout to bench/peer/rollout.py, which runs its own between them: for each
 * line "fused" or "gemm" on standard input one line with the seconds on standard output.
 *
 *     bench_rollout HIDDEN TRIALS STEPS float64|float32 [rnn|gru|lstm]
 *
 * "fused" is the program's rollout with the best isa; "gemm", of an rnn, is the same network as one
 * writes it in C: a matrix product of BLAS for all trials, then tanh of the C library. Both end in
 * the squared error of the outputs. */
#include "bench_case.h"
#include "core/memory.h"
#include "kernel/blas.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain {
    enum precision precision;
    void *weights; /* [n_hidden, n_hidden + n_in] row-major: W_hh, W_ih */
    void *readout; /* [n_out, n_hidden] */
    void *state;   /* [n_trials, n_hidden + n_in]: h, x */
    void *next;    /* [n_trials, n_hidden] */
    void *output;  /* [n_trials, n_out] */
};

static void demand(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error->text);
        exit((int)status);
    }
}

static void plain_create(struct plain *plain, const struct bench_case *bench,
                         enum precision precision)
{
    struct error error;
    const struct network *const network = &bench->network;
    const size_t n = (size_t)network->n_hidden;
    const size_t n_in = (size_t)network->n_in;
    const size_t n_out = (size_t)network->n_out;
    const size_t n_trials = (size_t)bench->trials.n_trials;
    const size_t size = precision_size(precision);
    plain->precision = precision;
    demand(memory_array2(&plain->weights, n, n + n_in, size, &error), &error);
    demand(memory_array2(&plain->readout, n_out, n, size, &error), &error);
    demand(memory_array2(&plain->state, n_trials, n + n_in, size, &error), &error);
    demand(memory_array2(&plain->next, n_trials, n, size, &error), &error);
    demand(memory_array2(&plain->output, n_trials, n_out, size, &error), &error);
    for (size_t i = 0; i < n * (n + n_in); i++) {
        const size_t row = i / (n + n_in);
        const size_t column = i % (n + n_in);
        precision_put(plain->weights, precision, i,
                      column < n ? network->weight_hh[row * n + column]
                                 : network->weight_ih[row * n_in + column - n]);
    }
    for (size_t i = 0; i < n_out * n; i++) {
        precision_put(plain->readout, precision, i, network->weight_hy[i]);
    }
}

static void plain_release(struct plain *plain)
{
    free(plain->weights);
    free(plain->readout);
    free(plain->state);
    free(plain->next);
    free(plain->output);
}

/* c[rows, columns] = a[rows, sources] b[columns, sources]'. */
static void multiply(enum precision precision, const void *a, int lda, const void *b, int sources,
                     void *c, int rows, int columns)
{
    if (precision == PRECISION_FLOAT64) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, sources, 1.0, a, lda, b,
                    sources, 0.0, c, columns);
    } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, sources, 1.0f, a, lda,
                    b, sources, 0.0f, c, columns);
    }
}

/* The new states and the next inputs side by side, in float64 or in float32. */
static void advance(const struct plain *plain, const struct bench_case *bench, const double *inputs)
{
    const size_t n = (size_t)bench->network.n_hidden;
    const size_t n_in = (size_t)bench->network.n_in;
    for (size_t b = 0; b < (size_t)bench->trials.n_trials; b++) {
        for (size_t k = 0; k < n_in; k++) {
            precision_put(plain->state, plain->precision, b * (n + n_in) + n + k,
                          inputs[b * n_in + k]);
        }
    }
    multiply(plain->precision, plain->state, (int)(n + n_in), plain->weights, (int)(n + n_in),
             plain->next, bench->trials.n_trials, (int)n);
    for (size_t b = 0; b < (size_t)bench->trials.n_trials; b++) {
        if (plain->precision == PRECISION_FLOAT64) {
            double *const state = (double *)plain->state + b * (n + n_in);
            for (size_t i = 0; i < n; i++) {
                state[i] = tanh(((const double *)plain->next)[b * n + i]);
            }
        } else {
            float *const state = (float *)plain->state + b * (n + n_in);
            for (size_t i = 0; i < n; i++) {
                state[i] = tanhf(((const float *)plain->next)[b * n + i]);
            }
        }
    }
}

static double squared_error(const struct plain *plain, const struct bench_case *bench,
                            const double *targets)
{
    const struct network *const network = &bench->network;
    const size_t count = (size_t)bench->trials.n_trials * (size_t)network->n_out;
    double sum = 0.0;
    multiply(plain->precision, plain->state, network->n_hidden + network->n_in, plain->readout,
             network->n_hidden, plain->output, bench->trials.n_trials, network->n_out);
    for (size_t i = 0; i < count; i++) {
        const double difference = precision_get(plain->output, plain->precision, i) - targets[i];
        sum += difference * difference;
    }
    return sum;
}

static double plain_run(const struct plain *plain, const struct bench_case *bench)
{
    const struct trials *const trials = &bench->trials;
    const size_t row_in = (size_t)trials->n_trials * (size_t)trials->n_in;
    const size_t row_out = (size_t)trials->n_trials * (size_t)trials->n_out;
    const size_t n_sources = (size_t)bench->network.n_hidden + (size_t)trials->n_in;
    double sum = 0.0;
    memset(plain->state, 0,
           (size_t)trials->n_trials * n_sources * precision_size(plain->precision));
    for (size_t t = 0; t < (size_t)trials->n_steps; t++) {
        advance(plain, bench, trials->inputs + t * row_in);
        sum += squared_error(plain, bench, trials->targets + t * row_out);
    }
    return sum;
}

static double fused_run(struct bench_case *bench)
{
    bench_case_run(bench);
    return trial_scores_sum(bench->scores, bench->trials.n_trials).squared_error;
}

static void serve(struct bench_case *bench, const struct plain *plain)
{
    char line[32];
    while (fgets(line, sizeof line, stdin) != NULL) {
        const double start = bench_clock();
        const double sum =
            strcmp(line, "fused\n") == 0 ? fused_run(bench) : plain_run(plain, bench);
        (void)printf("%.9f %.17g\n", bench_clock() - start, sum);
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    struct bench_case bench;
    struct plain plain;
    enum cell_kind kind = CELL_RNN;
    if (argc < 5 || (argc > 5 && !cell_kind_from_name(argv[5], &kind))) {
        (void)fprintf(stderr,
                      "usage: bench_rollout HIDDEN TRIALS STEPS float64|float32 [rnn|gru|lstm]\n");
        return 2;
    }
    const enum precision precision =
        strcmp(argv[4], "float32") == 0 ? PRECISION_FLOAT32 : PRECISION_FLOAT64;
    const struct bench_sizes sizes = {.n_hidden = bench_number(argc, argv, 1),
                                      .n_trials = bench_number(argc, argv, 2),
                                      .n_steps = bench_number(argc, argv, 3),
                                      .n_channels = 3,
                                      .precision = precision,
                                      .path = isa_best(),
                                      .kind = kind};
    blas_use_one_thread();
    bench_case_create(&bench, &sizes);
    plain_create(&plain, &bench, precision);
    serve(&bench, &plain);
    plain_release(&plain);
    bench_case_release(&bench);
    return 0;
}
