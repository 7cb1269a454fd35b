/* Back-propagation through time for x86-64 processors with AVX-512; compiled for them. */
#include <immintrin.h>

#define VECTOR_BYTES 64
#define EXP_VECTORS 6
#define GROUP_STRIPS 2
#define MAIN_ROWS 12
#define REST_ROWS 8
#define TILE_A 4
#define TILE_B 6
#define FLOAT64_OP(name) _mm512_##name##_pd
#define FLOAT32_OP(name) _mm512_##name##_ps
#define KERNELS BPTT_AVX512
#include "kernel/training/bptt_path.inc"
