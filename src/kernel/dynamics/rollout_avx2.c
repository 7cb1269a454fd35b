/* The vector path of x86-64 processors with AVX2 and FMA; compiled for them. */
#include <immintrin.h>

#define VECTOR_BYTES 32
#define PANEL_ROWS 4
#define TANH_VECTORS 4
#define DOUBLE_OP(name) _mm256_##name##_pd
#define SINGLE_OP(name) _mm256_##name##_ps
#define KERNELS ROLLOUT_AVX2
#include "kernel/dynamics/rollout_path.inc"
