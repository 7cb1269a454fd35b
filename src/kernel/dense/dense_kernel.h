/* What dense.c asks of one isa. */
#pragma once

#include <stddef.h>

enum {
    ROWS_ADDED = 4,  /* at once */
    ROW_MULTIPLE = 8 /* values by which rows are padded: the longest vector */
};

/* to[count] += sum over k of factors[k] rows[k * stride + i], k in turn, each fused where the isa
 * does; count a multiple of ROW_MULTIPLE. Local. */
typedef void dense_add_rows(double *to, const double *rows, size_t stride,
                            const double factors[ROWS_ADDED], size_t count);

dense_add_rows dense_add_rows_portable;
dense_add_rows dense_add_rows_avx2;
dense_add_rows dense_add_rows_avx512;
