/* Compiled for x86-64 processors with AVX2 and FMA. */
#include <immintrin.h>

#define VECTOR_BYTES 32
#define VECTOR_OP(name) _mm256_##name##_pd
#define ADD_ROWS dense_add_rows_avx2
#include "kernel/dense/dense_kernel.inc"
