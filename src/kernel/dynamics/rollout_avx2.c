/* The isa of x86-64 processors with AVX2 and FMA; compiled for them. */
#include <immintrin.h>

#define VECTOR_BYTES 32
#define PANEL_ROWS 4
#define EXP_VECTORS 4
#define FLOAT64_OP(name) _mm256_##name##_pd
#define FLOAT32_OP(name) _mm256_##name##_ps
#define KERNELS ROLLOUT_AVX2
#include "kernel/dynamics/rollout_path.inc"
