/* For every processor: vectors of 16 bytes, as the compiler finds best. */
#define VECTOR_BYTES 16
#define ADD_ROWS dense_add_rows_portable
#include "kernel/dense/dense_kernel.inc"
