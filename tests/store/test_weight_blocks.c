#include "store/weight_blocks.h"

#include "store/model_file.h"
#include "support/check.h"
#include "support/model_case.h"
#include "support/scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 37 };

static struct error error;

/* A value that float32 holds. */
static double number(int row, int col)
{
    return row * 64.0 + col + 0.25;
}

/* A model whose weight_hh is wide enough to be taken apart. */
static void write_weights(hid_t type, bool chunked)
{
    const hsize_t dims[2] = {N, N};
    const hsize_t chunk[2] = {8, 5};
    double values[N * N];
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    for (int i = 0; i < N * N; i++) {
        values[i] = number(i / N, i % N);
    }
    if (chunked) {
        (void)H5Pset_chunk(properties, 2, chunk);
        (void)H5Pset_deflate(properties, 6);
    }
    const hid_t file = model_case_begin();
    h5write_stored(file, "weight_hh", 2, dims, type, properties, values);
    (void)H5Pclose(properties);
    (void)H5Fclose(file);
}

static void check_block(struct weight_blocks *blocks, int row, int col, int rows, int cols)
{
    double values[N * N + 1];
    values[rows * cols] = -7.0;
    CHECK_OK(weight_blocks_read(blocks, row, col, rows, cols, values, &error));
    for (int i = 0; i < rows * cols; i++) {
        CHECK_SAME(values[i], number(row + i / cols, col + i % cols));
    }
    CHECK_SAME(values[rows * cols], -7.0);
}

static void check_blocks(hid_t type, bool chunked)
{
    struct weight_blocks blocks;
    write_weights(type, chunked);
    CHECK_OK(weight_blocks_open(&blocks, model_case_path(), CELL_RNN, 0, &error));
    assert_int_equal(blocks.n, N);
    check_block(&blocks, 0, 0, N, N);
    check_block(&blocks, N - 1, N - 1, 1, 1);
    check_block(&blocks, 3, 11, 9, 1);
    check_block(&blocks, 11, 3, 1, 9);
    check_block(&blocks, 32, 0, 5, 32);
    weight_blocks_close(&blocks);
    assert_int_equal(h5write_open_handles(), 0);
}

static void any_block_of_any_storage_has_its_values(void **state)
{
    (void)state;
    check_blocks(H5T_IEEE_F64LE, false);
    check_blocks(H5T_IEEE_F64LE, true);
    check_blocks(H5T_IEEE_F32LE, false);
    check_blocks(H5T_IEEE_F32BE, true);
}

static void a_block_with_a_nan_is_refused_and_others_are_read(void **state)
{
    (void)state;
    struct weight_blocks blocks;
    double values[N * N];
    write_weights(H5T_IEEE_F64LE, false);
    const hid_t file = h5write_open(model_case_path());
    h5write_element(file, "weight_hh", 20 * N + 9, NAN);
    (void)H5Fclose(file);
    CHECK_OK(weight_blocks_open(&blocks, model_case_path(), CELL_RNN, 0, &error));
    CHECK_FAILS(weight_blocks_read(&blocks, 18, 3, 5, 10, values, &error), STATUS_INPUT,
                "weight_hh has a NaN or Inf at element 749"); /* 20 x 37 + 9 */
    check_block(&blocks, 21, 0, 16, N);
    weight_blocks_close(&blocks);
}

static void a_block_beyond_the_matrix_is_refused(void **state)
{
    (void)state;
    static const int BEYOND[][4] = {{0, 0, N + 1, 1}, {0, 0, 1, N + 1}, {N, 0, 1, 1},
                                    {0, N, 1, 1},     {-1, 0, 1, 1},    {0, -1, 1, 1},
                                    {0, 0, 0, 1},     {0, 0, 1, 0},     {30, 0, 8, 1}};
    struct weight_blocks blocks;
    double value = 0.0;
    write_weights(H5T_IEEE_F64LE, false);
    CHECK_OK(weight_blocks_open(&blocks, model_case_path(), CELL_RNN, 0, &error));
    for (size_t i = 0; i < sizeof BEYOND / sizeof BEYOND[0]; i++) {
        const int *const b = BEYOND[i];
        CHECK_FAILS(weight_blocks_read(&blocks, b[0], b[1], b[2], b[3], &value, &error),
                    STATUS_INTERNAL, "of a weight_hh of width 37");
    }
    weight_blocks_close(&blocks);
    weight_blocks_close(&blocks);
}

static void refused(hid_t file, const char *part)
{
    struct weight_blocks blocks;
    (void)H5Fclose(file);
    CHECK_FAILS(weight_blocks_open(&blocks, model_case_path(), CELL_RNN, 0, &error), STATUS_INPUT,
                part);
    assert_int_equal(h5write_open_handles(), 0);
}

static void what_is_no_square_matrix_is_refused(void **state)
{
    (void)state;
    const hsize_t oblong[2] = {4, 5};
    const hsize_t too_large[2] = {MODEL_MAX_HIDDEN + 1, MODEL_MAX_HIDDEN + 1};
    hid_t file = model_case_begin();
    h5write_remove(file, "weight_hh");
    refused(file, "weight_hh is missing");
    file = model_case_begin();
    h5write_array(file, "weight_hh", 2, oblong, H5T_IEEE_F64LE, NULL);
    refused(file, "weight_hh is 4 x 5, expected square");
    file = model_case_begin();
    h5write_array(file, "weight_hh", 1, oblong, H5T_IEEE_F64LE, NULL);
    refused(file, "rank 1, expected 2");
    /* A claim of 8 GiB for which the file has no data. */
    const hid_t space = H5Screate_simple(2, too_large, NULL);
    file = model_case_begin();
    h5write_remove(file, "weight_hh");
    (void)H5Dclose(H5Dcreate2(file, "weight_hh", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT,
                              H5P_DEFAULT));
    (void)H5Sclose(space);
    refused(file, "expected 1 to 32768");
}

static void a_file_that_is_not_there_is_refused_by_name(void **state)
{
    (void)state;
    struct weight_blocks blocks;
    CHECK_FAILS(weight_blocks_open(&blocks, "/nowhere/at/all.h5", CELL_RNN, 0, &error),
                STATUS_INPUT, "/nowhere/at/all.h5: No such file");
    assert_int_equal(h5write_open_handles(), 0);
}

static void damage_is_reported_when_it_is_read(void **state)
{
    (void)state;
    struct weight_blocks blocks;
    double value = 0.0;
    write_weights(H5T_IEEE_F64LE, true);
    h5write_spoil_chunk(model_case_path(), "weight_hh");
    CHECK_OK(weight_blocks_open(&blocks, model_case_path(), CELL_RNN, 0, &error));
    CHECK_FAILS(weight_blocks_read(&blocks, 0, 0, 1, 1, &value, &error), STATUS_INPUT,
                "cannot read weight_hh");
    weight_blocks_close(&blocks);
    assert_int_equal(h5write_open_handles(), 0);
}

int test_weight_blocks(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(any_block_of_any_storage_has_its_values),
        SCRATCH_TEST(a_block_with_a_nan_is_refused_and_others_are_read),
        SCRATCH_TEST(a_block_beyond_the_matrix_is_refused),
        SCRATCH_TEST(what_is_no_square_matrix_is_refused),
        SCRATCH_TEST(a_file_that_is_not_there_is_refused_by_name),
        SCRATCH_TEST(damage_is_reported_when_it_is_read),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
