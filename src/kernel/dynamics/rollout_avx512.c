/* The isa of x86-64 processors with AVX-512; compiled for them. */
#include <immintrin.h>

#define VECTOR_BYTES 64
#define PANEL_ROWS 8
#define EXP_VECTORS 6
#define FLOAT64_OP(name) _mm512_##name##_pd
#define FLOAT32_OP(name) _mm512_##name##_ps
#define KERNELS ROLLOUT_AVX512
#include "kernel/dynamics/rollout_path.inc"
