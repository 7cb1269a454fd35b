/* Compiled for x86-64 processors with AVX-512. */
#include <immintrin.h>

#define VECTOR_BYTES 64
#define VECTOR_OP(name) _mm512_##name##_pd
#define ADD_ROWS dense_add_rows_avx512
#include "kernel/dense/dense_kernel.inc"
