/* The rollout against what its parts can reach: the multiply-adds of its matrix products and its
 * tanh (3 of a gru, 5 of an lstm, whose sigmoids take as long), each measured alone on data in the
 * first cache, in turn with the rollout.
 *
 *     bench_roofline HIDDEN TRIALS STEPS ROUNDS [rnn|gru|lstm]
 *
 * One line per isa and precision, medians over the rounds: the percentage of (products +
 * tanh) that the rollout reaches, and its time in units of the isa's own float64. Compiled with
 * contraction, so that a * b + c is one instruction where the processor has it. */
#include "bench_case.h"
#include "kernel/blas.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS_MOST = 99, CHAINS = 12, FMA_STEPS = 100000, TANH_REPEATS = 400, TANH_ROWS = 48 };

/* NOLINTBEGIN(bugprone-macro-parentheses): types and attributes. */
/* CHAINS sums, FMA_STEPS times. They start differently, or the compiler finds that they are one;
 * what it returns keeps them from being left out. */
#define DEFINE_FMA_LOOP(name, instructions, type, bytes)                                           \
    typedef type vector_##name __attribute__((vector_size(bytes)));                                \
    instructions static double name(double factor)                                                 \
    {                                                                                              \
        vector_##name sums[CHAINS];                                                                \
        const vector_##name a = (type)factor - (vector_##name){0};                                 \
        for (int i = 0; i < CHAINS; i++) {                                                         \
            sums[i] = (type)(i + 1) * a;                                                           \
        }                                                                                          \
        for (int k = 0; k < FMA_STEPS; k++) {                                                      \
            _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++)                              \
            {                                                                                      \
                sums[i] = sums[i] * a + a;                                                         \
            }                                                                                      \
        }                                                                                          \
        double total = 0.0;                                                                        \
        for (int i = 0; i < CHAINS; i++) {                                                         \
            total += (double)sums[i][0];                                                           \
        }                                                                                          \
        return total;                                                                              \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

DEFINE_FMA_LOOP(portable_double, , double, 16)
DEFINE_FMA_LOOP(portable_single, , float, 16)
#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f")))
DEFINE_FMA_LOOP(avx2_double, AVX2, double, 32)
DEFINE_FMA_LOOP(avx2_single, AVX2, float, 32)
DEFINE_FMA_LOOP(avx512_double, AVX512, double, 64)
DEFINE_FMA_LOOP(avx512_single, AVX512, float, 64)
#endif

static double (*const FMA_LOOPS[ISA_COUNT][2])(double) = {
    {portable_double, portable_single},
#if defined(__x86_64__)
    {avx2_double, avx2_single},
    {avx512_double, avx512_single},
#endif
};
static const int VECTOR_BYTES[ISA_COUNT] = {16, 32, 64};

/* Times of one isa in one precision, one of each per round. */
struct figures {
    double fma[ROUNDS_MOST];     /* seconds of one scalar multiply-add */
    double tanh[ROUNDS_MOST];    /* seconds of one tanh */
    double rollout[ROUNDS_MOST]; /* seconds of the rollout */
    double share[ROUNDS_MOST];   /* what the parts would take over what the rollout took */
};

static double time_fma(const struct bench_sizes *sizes)
{
    const int lanes = VECTOR_BYTES[sizes->path] / (int)precision_size(sizes->precision);
    volatile double sink = 0.0;
    const double start = bench_clock();
    sink = FMA_LOOPS[sizes->path][sizes->precision](sink + 0.5);
    return (bench_clock() - start) / ((double)FMA_STEPS * CHAINS * lanes);
}

/* Arguments near 1, kept small by starting from the same ones every time. */
static double time_tanh(const struct bench_sizes *sizes)
{
    static _Alignas(64) char values[TANH_ROWS * TILE_BYTES];
    const size_t count = sizeof values / precision_size(sizes->precision);
    for (size_t i = 0; i < count; i++) {
        precision_put(values, sizes->precision, i, (double)i / (double)count * 4.0 - 2.0);
    }
    const double start = bench_clock();
    for (int i = 0; i < TANH_REPEATS; i++) {
        rollout_tanh(values, count, sizes->path, sizes->precision);
    }
    return (bench_clock() - start) / ((double)TANH_REPEATS * (double)count);
}

static void measure(const struct bench_sizes *sizes, struct bench_case *bench,
                    struct figures *figures, int round)
{
    const double states =
        (double)sizes->n_hidden * (double)sizes->n_trials * (double)sizes->n_steps;
    const struct cell_parts *const parts = cell_parts(sizes->kind);
    const double n_tanh = parts->n_gates + parts->has_c0;
    const double products =
        states * (parts->n_gates * (sizes->n_hidden + sizes->n_channels) + sizes->n_channels);
    figures->fma[round] = time_fma(sizes);
    figures->tanh[round] = time_tanh(sizes);
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
