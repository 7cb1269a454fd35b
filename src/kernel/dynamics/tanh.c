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

void tanh_array_double(double *values, size_t count)
{
#ifdef HAS_X86_PATHS
    if (__builtin_cpu_supports("avx512dq")) {
        avx512_array_double(values, count);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        avx2_array_double(values, count);
        return;
    }
#endif
    portable_array_double(values, count);
}

void tanh_array_single(float *values, size_t count)
{
#ifdef HAS_X86_PATHS
    if (__builtin_cpu_supports("avx512dq")) {
        avx512_array_single(values, count);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        avx2_array_single(values, count);
        return;
    }
#endif
    portable_array_single(values, count);
}
