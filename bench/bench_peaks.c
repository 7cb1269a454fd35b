/* Compiled with contraction, so that a * b + c is one instruction where the processor has it. */
#include "bench_peaks.h"

#include "bench_case.h"

enum { CHAINS = 12, FMA_STEPS = 100000, TANH_REPEATS = 400, TANH_ROWS = 48 };

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

double bench_fma_seconds(enum isa path, enum precision precision)
{
    const int lanes = VECTOR_BYTES[path] / (int)precision_size(precision);
    volatile double sink = 0.0;
    const double start = bench_clock();
    sink = FMA_LOOPS[path][precision](sink + 0.5);
    return (bench_clock() - start) / ((double)FMA_STEPS * CHAINS * lanes);
}

/* Arguments near 1, kept small by starting from the same ones every time. */
double bench_tanh_seconds(enum isa path, enum precision precision)
{
    static _Alignas(64) char values[TANH_ROWS * TILE_BYTES];
    const size_t count = sizeof values / precision_size(precision);
    for (size_t i = 0; i < count; i++) {
        precision_put(values, precision, i, (double)i / (double)count * 4.0 - 2.0);
    }
    const double start = bench_clock();
    for (int i = 0; i < TANH_REPEATS; i++) {
        rollout_tanh(values, count, path, precision);
    }
    return (bench_clock() - start) / ((double)TANH_REPEATS * (double)count);
}
