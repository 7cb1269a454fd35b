/* Back-propagation through time for x86-64 processors with AVX2 and FMA; compiled for them. */
#include <immintrin.h>

#define VECTOR_BYTES 32
#define EXP_VECTORS 4
#define GROUP_STRIPS 1
#define MAIN_ROWS 6
#define REST_ROWS 4
#define TILE_A 4
#define TILE_B 3
#define FLOAT64_OP(name) _mm256_##name##_pd
#define FLOAT32_OP(name) _mm256_##name##_ps
#define KERNELS BPTT_AVX2
#include "kernel/training/bptt_path.inc"
