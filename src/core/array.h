/* Places in matrices whose sizes are ints, as BLAS, LAPACK and MPI want them: the product is formed
 * in size_t, since 46341 * 46341 does not fit an int. `leading` is the distance from one row
 * (row-major) or column (column-major) to the next, LAPACK's leading dimension. */
#pragma once

#include <assert.h>
#include <stddef.h>

/* Values of an array [rows, columns]. */
static inline size_t array_count(int rows, int columns)
{
    assert(rows >= 0 && columns >= 0);
    return (size_t)rows * (size_t)columns;
}

/* Place of (row, column) in a matrix stored by rows; column == leading is the row's end. */
static inline size_t row_major(int row, int column, int leading)
{
    assert(row >= 0 && column >= 0 && column <= leading);
    return (size_t)row * (size_t)leading + (size_t)column;
}

/* Place of (row, column) in a matrix stored by columns; row == leading is the column's end. */
static inline size_t column_major(int row, int column, int leading)
{
    assert(row >= 0 && column >= 0 && row <= leading);
    return (size_t)column * (size_t)leading + (size_t)row;
}
