#include "kernel/dynamics/tanh.h"

#include <stdint.h>
#include <string.h>

typedef double vector_double __attribute__((vector_size(64)));
typedef float vector_single __attribute__((vector_size(64)));
typedef int64_t vector_i64 __attribute__((vector_size(64)));
typedef int32_t vector_i32 __attribute__((vector_size(64)));

#define TANH_TARGET
#define TANH_NAME(name) portable_##name
#include "kernel/dynamics/tanh_vector.inc"
#undef TANH_TARGET
#undef TANH_NAME

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_X86_PATHS 1
#define TANH_TARGET __attribute__((target("avx2")))
#define TANH_NAME(name) avx2_##name
#include "kernel/dynamics/tanh_vector.inc"
#undef TANH_TARGET
#undef TANH_NAME

#define TANH_TARGET __attribute__((target("avx512f,avx512dq,prefer-vector-width=512")))
#define TANH_NAME(name) avx512_##name
#include "kernel/dynamics/tanh_vector.inc"
#undef TANH_TARGET
#undef TANH_NAME
#endif

void tanh_rows_double(double *values, size_t n_rows, size_t n_columns, size_t stride)
{
#ifdef HAS_X86_PATHS
    if (__builtin_cpu_supports("avx512dq")) {
        avx512_rows_double(values, n_rows, n_columns, stride);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        avx2_rows_double(values, n_rows, n_columns, stride);
        return;
    }
#endif
    portable_rows_double(values, n_rows, n_columns, stride);
}

void tanh_rows_single(float *values, size_t n_rows, size_t n_columns, size_t stride)
{
#ifdef HAS_X86_PATHS
    if (__builtin_cpu_supports("avx512dq")) {
        avx512_rows_single(values, n_rows, n_columns, stride);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        avx2_rows_single(values, n_rows, n_columns, stride);
        return;
    }
#endif
    portable_rows_single(values, n_rows, n_columns, stride);
}

void tanh_array_double(double *values, size_t count)
{
    tanh_rows_double(values, 1, count, count);
}

void tanh_array_single(float *values, size_t count)
{
    tanh_rows_single(values, 1, count, count);
}
