/* The rollout against what its parts can reach: the multiply-adds of its matrix products and its
 * tanh (3 of a gru, 5 of an lstm, whose sigmoids take as long), each measured alone on data in the
 * first cache, in turn with the rollout.
 *
 *     bench_roofline HIDDEN TRIALS STEPS ROUNDS [rnn|gru|lstm]
 *
 * One line per isa and precision, medians over the rounds: the percentage of (products +
 * tanh) that the rollout reaches, and its time in units of the isa's own float64. */
#include "bench_case.h"
#include "bench_peaks.h"
#include "kernel/blas.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS_MOST = 99 };

/* Times of one isa in one precision, one of each per round. */
struct figures {
    double fma[ROUNDS_MOST];     /* seconds of one scalar multiply-add */
    double tanh[ROUNDS_MOST];    /* seconds of one tanh */
    double rollout[ROUNDS_MOST]; /* seconds of the rollout */
    double share[ROUNDS_MOST];   /* what the parts would take over what the rollout took */
};

static void measure(const struct bench_sizes *sizes, struct bench_case *bench,
                    struct figures *figures, int round)
{
    const double states =
        (double)sizes->n_hidden * (double)sizes->n_trials * (double)sizes->n_steps;
    const struct cell_parts *const parts = cell_parts(sizes->kind);
    const double n_tanh = parts->n_gates + parts->has_c0;
    const double products =
        states * (parts->n_gates * (sizes->n_hidden + sizes->n_channels) + sizes->n_channels);
    figures->fma[round] = bench_fma_seconds(sizes->path, sizes->precision);
    figures->tanh[round] = bench_tanh_seconds(sizes->path, sizes->precision);
    const double start = bench_clock();
    bench_case_run(bench);
    figures->rollout[round] = bench_clock() - start;
    figures->share[round] =
        (products * figures->fma[round] + n_tanh * states * figures->tanh[round]) /
        figures->rollout[round];
}

static void print(const struct bench_sizes *sizes, struct figures *figures, int rounds,
                  double *double_seconds)
{
    const double seconds = bench_median(figures->rollout, rounds);
    const double states =
        (double)sizes->n_hidden * (double)sizes->n_trials * (double)sizes->n_steps;
    if (sizes->precision == PRECISION_FLOAT64) {
        *double_seconds = seconds;
    }
    const double share = 100.0 * bench_median(figures->share, rounds);
    (void)printf(
        "%-8s %-6s  %5.1f %% of the roofline (%.1f to %.1f); multiply-add %.4f ns, "
        "tanh %.3f ns, new state %.2f ns; %.2f times as fast as float64\n",
        isa_name(sizes->path), sizes->precision == PRECISION_FLOAT64 ? "float64" : "float32", share,
        100.0 * figures->share[0], 100.0 * figures->share[rounds - 1],
        1e9 * bench_median(figures->fma, rounds), 1e9 * bench_median(figures->tanh, rounds),
        1e9 * seconds / states, *double_seconds / seconds);
}

static void run_path(struct bench_sizes sizes, int rounds)
{
    static struct figures figures[2];
    struct bench_case benches[2];
    double double_seconds = 0.0;
    for (int p = 0; p < 2; p++) {
        sizes.precision = (enum precision)p;
        bench_case_create(&benches[p], &sizes);
        bench_case_run(&benches[p]);
    }
    for (int round = 0; round < rounds; round++) {
        for (int p = 0; p < 2; p++) {
            sizes.precision = (enum precision)p;
            measure(&sizes, &benches[p], &figures[p], round);
        }
    }
    for (int p = 0; p < 2; p++) {
        sizes.precision = (enum precision)p;
        print(&sizes, &figures[p], rounds, &double_seconds);
        bench_case_release(&benches[p]);
    }
}

int main(int argc, char **argv)
{
    struct bench_sizes sizes = {.n_hidden = bench_number(argc, argv, 1),
                                .n_trials = bench_number(argc, argv, 2),
                                .n_steps = bench_number(argc, argv, 3),
                                .n_channels = 3};
    const int rounds = bench_number(argc, argv, 4);
    if ((argc > 5 && !cell_kind_from_name(argv[5], &sizes.kind)) || sizes.n_hidden < 1 ||
        sizes.n_trials < 1 || sizes.n_steps < 1 || rounds < 1 || rounds > ROUNDS_MOST) {
        (void)fprintf(stderr, "usage: bench_roofline HIDDEN TRIALS STEPS ROUNDS [rnn|gru|lstm]\n");
        return 2;
    }
    blas_use_one_thread();
    for (int path = ISA_COUNT - 1; path >= 0; path--) {
        sizes.path = (enum isa)path;
        if (isa_available(sizes.path)) {
            run_path(sizes, rounds);
        }
    }
    return 0;
}
