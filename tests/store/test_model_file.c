#include "store/model_file.h"

#include "support/check.h"
#include "support/model_case.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N = H5WRITE_HIDDEN, N_IN = H5WRITE_IN, N_OUT = H5WRITE_OUT };

static struct error error;

static void read_model(struct network *network, struct model_labels *labels)
{
    CHECK_OK(model_file_read(model_case_path(), network, labels, &error));
    assert_int_equal(h5write_open_handles(), 0);
}

static void check_values(const double *found, const char *name, int count)
{
    for (int i = 0; i < count; i++) {
        CHECK_SAME(found[i], h5write_value(name, i));
    }
}

static void check_weights(const struct network *network)
{
    assert_int_equal(network->n_hidden, N);
    assert_int_equal(network->n_in, N_IN);
    assert_int_equal(network->n_out, N_OUT);
    check_values(network->weight_hh, "weight_hh", N * N);
    check_values(network->weight_ih, "weight_ih", N * N_IN);
    check_values(network->weight_hy, "weight_hy", N_OUT * N);
    check_values(network->bias_h, "bias_h", N);
    check_values(network->bias_y, "bias_y", N_OUT);
    check_values(network->h0, "h0", N);
}

static void a_model_is_read_with_every_value_and_label(void **state)
{
    (void)state;
    struct network network;
    struct model_labels labels;
    (void)H5Fclose(model_case_begin());
    read_model(&network, &labels);
    check_weights(&network);
    assert_string_equal(labels.task, "flip_flop");
    assert_string_equal(labels.construction, "dense_normal");
    assert_true(labels.seed == 12);
    assert_true(labels.has_trials);
    network_release(&network);
}

static void what_is_optional_may_be_missing(void **state)
{
    (void)state;
    static const char *const OPTIONAL[] = {"bias_h", "bias_y", "h0", "trials"};
    struct network network;
    struct model_labels labels;
    const hid_t file = model_case_begin();
    for (int i = 0; i < 4; i++) {
        h5write_remove(file, OPTIONAL[i]);
    }
    (void)H5Adelete(file, "task");
    (void)H5Adelete(file, "construction");
    (void)H5Adelete(file, "seed");
    (void)H5Fclose(file);
    read_model(&network, &labels);
    for (int i = 0; i < N; i++) {
        CHECK_SAME(network.bias_h[i], 0.0);
        CHECK_SAME(network.bias_y[i % N_OUT], 0.0);
        CHECK_SAME(network.h0[i], 0.0);
    }
    assert_string_equal(labels.task, "");
    assert_string_equal(labels.construction, "");
    assert_true(labels.seed == -1);
    assert_false(labels.has_trials);
    network_release(&network);
}

/* Rewrites all six arrays of the model with the same values. */
static void restore(hid_t file, hid_t type, hid_t properties_1, hid_t properties_2)
{
    const hsize_t hh[2] = {N, N};
    const hsize_t ih[2] = {N, N_IN};
    const hsize_t hy[2] = {N_OUT, N};
    h5write_stored(file, "weight_hh", 2, hh, type, properties_2, NULL);
    h5write_stored(file, "weight_ih", 2, ih, type, properties_2, NULL);
    h5write_stored(file, "weight_hy", 2, hy, type, properties_2, NULL);
    h5write_stored(file, "bias_h", 1, hh, type, properties_1, NULL);
    h5write_stored(file, "bias_y", 1, hy, type, properties_1, NULL);
    h5write_stored(file, "h0", 1, hh, type, properties_1, NULL);
}

static void float32_and_big_endian_are_read_alike(void **state)
{
    (void)state;
    const hid_t types[3] = {H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_IEEE_F32BE};
    for (int i = 0; i < 3; i++) {
        struct network network;
        struct model_labels labels;
        const hid_t file = model_case_begin();
        restore(file, types[i], H5P_DEFAULT, H5P_DEFAULT);
        (void)H5Fclose(file);
        read_model(&network, &labels);
        check_weights(&network);
        network_release(&network);
    }
}

static hid_t chunked(int rank)
{
    const hsize_t chunk[2] = {2, 2};
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_chunk(properties, rank, chunk);
    (void)H5Pset_shuffle(properties);
    (void)H5Pset_deflate(properties, 6);
    return properties;
}

static void chunked_and_compressed_arrays_are_read_alike(void **state)
{
    (void)state;
    struct network network;
    struct model_labels labels;
    const hid_t file = model_case_begin();
    const hid_t lines = chunked(1);
    const hid_t tables = chunked(2);
    restore(file, H5T_IEEE_F32LE, lines, tables);
    (void)H5Pclose(lines);
    (void)H5Pclose(tables);
    (void)H5Fclose(file);
    read_model(&network, &labels);
    check_weights(&network);
    network_release(&network);
}

static void damage_inside_a_compressed_chunk_is_reported(void **state)
{
    (void)state;
    const hsize_t hh[2] = {N, N};
    const hid_t properties = chunked(2);
    hid_t file = model_case_begin();
    h5write_stored(file, "weight_hh", 2, hh, H5T_IEEE_F64LE, properties, NULL);
    (void)H5Pclose(properties);
    (void)H5Fclose(file);
    h5write_spoil_chunk(model_case_path(), "weight_hh");
    file = h5write_open(model_case_path());
    model_case_refused(file, "weight_hh");
}

static void check_path_refused(const char *name, const char *part)
{
    struct network network = {0};
    struct model_labels labels;
    struct trials trials = {0};
    assert_int_equal(model_file_read(name, &network, &labels, &error), STATUS_INPUT);
    assert_non_null(strstr(error.text, part));
    assert_null(strchr(error.text, '\n'));
    assert_int_equal(trials_file_read(name, &trials, &error), STATUS_INPUT);
    assert_non_null(strstr(error.text, part));
    assert_int_equal(h5write_open_handles(), 0);
}

static void a_file_that_is_not_there_is_refused_by_name(void **state)
{
    (void)state;
    check_path_refused("/nowhere/at/all.h5", "/nowhere/at/all.h5: No such file");
    check_path_refused("/nowhere/two\nlines.h5", "/nowhere/two?lines.h5");
    check_path_refused("", "No such file");
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state)
{
    (void)state;
    const char *const pipe_name = scratch_path("pipe.h5");
    assert_int_equal(mkfifo(pipe_name, 0600), 0);
    check_path_refused(pipe_name, "pipe.h5: not a regular file"); /* opening it would hang */
    check_path_refused(scratch_directory(), "not a regular file");
    check_path_refused("/dev/null", "not a regular file");
}

static void a_file_that_is_not_hdf5_is_refused(void **state)
{
    (void)state;
    file_write(model_case_path(), "", 0);
    check_path_refused(model_case_path(), "model.h5: not an HDF5 file");
    file_write(model_case_path(), "alphas = [0.9];\n", 16);
    check_path_refused(model_case_path(), "model.h5: not an HDF5 file");
    file_write(model_case_path(), "PK\003\004 a zip archive of NumPy arrays", 34);
    check_path_refused(model_case_path(), "model.h5: not an HDF5 file");
}

static void a_truncated_file_is_refused_at_every_length(void **state)
{
    (void)state;
    struct stat info;
    h5write_model(model_case_path());
    assert_int_equal(stat(model_case_path(), &info), 0);
    for (off_t size = info.st_size - 1; size > 0; size -= size > 64 ? 61 : 1) {
        assert_int_equal(truncate(model_case_path(), size), 0);
        check_path_refused(model_case_path(), "model.h5: ");
        check_path_refused(model_case_path(), size >= 8 ? "truncated" : "not an HDF5 file");
    }
}

static void a_missing_array_is_named(void **state)
{
    (void)state;
    static const char *const REQUIRED[] = {"weight_hh", "weight_ih", "weight_hy"};
    for (int i = 0; i < 3; i++) {
        char message[64];
        const hid_t file = model_case_begin();
        h5write_remove(file, REQUIRED[i]);
        (void)snprintf(message, sizeof message, "dataset %s is missing", REQUIRED[i]);
        model_case_refused(file, message);
    }
}

static void an_array_of_another_rank_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < MODEL_ARRAY_COUNT; i++) {
        for (int rank = 1; rank <= 3; rank++) {
            const hsize_t dims[3] = {N, N, 1};
            char message[64];
            if (rank == MODEL_ARRAYS[i].rank) {
                continue;
            }
            const hid_t file = model_case_begin();
            h5write_array(file, MODEL_ARRAYS[i].name, rank, dims, H5T_IEEE_F64LE, NULL);
            (void)snprintf(message, sizeof message, "%s has rank %d, expected %d",
                           MODEL_ARRAYS[i].name, rank, MODEL_ARRAYS[i].rank);
            model_case_refused(file, message);
        }
    }
}

static void a_scalar_is_no_array(void **state)
{
    (void)state;
    const hid_t file = model_case_begin();
    h5write_array(file, "weight_hh", 0, NULL, H5T_IEEE_F64LE, NULL);
    model_case_refused(file, "weight_hh has rank 0, expected 2");
}

static void recurrent_weights_must_be_square(void **state)
{
    (void)state;
    const hsize_t dims[2] = {N, N + 1};
    const hid_t file = model_case_begin();
    h5write_array(file, "weight_hh", 2, dims, H5T_IEEE_F64LE, NULL);
    model_case_refused(file, "weight_hh is 4 x 5, expected square");
}

/* One more row or column than fits; inputs and outputs of weights may have any number. */
static void shapes_that_do_not_fit_each_other_are_refused(void **state)
{
    (void)state;
    static const int AXES[MODEL_ARRAY_COUNT] = {-1, 0, 1, 0, 0, 0};
    for (int i = 1; i < MODEL_ARRAY_COUNT; i++) {
        hsize_t dims[2] = {MODEL_ARRAYS[i].dims[0], MODEL_ARRAYS[i].dims[1]};
        char message[64];
        dims[AXES[i]]++;
        const hid_t file = model_case_begin();
        h5write_array(file, MODEL_ARRAYS[i].name, MODEL_ARRAYS[i].rank, dims, H5T_IEEE_F64LE, NULL);
        (void)snprintf(message, sizeof message, "%s has %d elements along axis %d, expected %d",
                       MODEL_ARRAYS[i].name, (int)dims[AXES[i]], AXES[i], (int)dims[AXES[i]] - 1);
        model_case_refused(file, message);
    }
}

static void an_array_without_elements_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < MODEL_ARRAY_COUNT; i++) {
        hsize_t dims[2] = {MODEL_ARRAYS[i].dims[0], MODEL_ARRAYS[i].dims[1]};
        dims[MODEL_ARRAYS[i].rank - 1] = 0;
        const hid_t file = model_case_begin();
        h5write_array(file, MODEL_ARRAYS[i].name, MODEL_ARRAYS[i].rank, dims, H5T_IEEE_F64LE, NULL);
        model_case_refused(file, MODEL_ARRAYS[i].name);
    }
}

/* Claims of a file that stores nothing: refused by their size alone, before any allocation. */
static void an_array_beyond_all_limits_is_refused(void **state)
{
    (void)state;
    const hsize_t dims[2] = {MODEL_MAX_HIDDEN + 1, MODEL_MAX_HIDDEN + 1};
    const hid_t properties = chunked(2);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    const hid_t file = model_case_begin();
    h5write_remove(file, "weight_hh");
    (void)H5Dclose(
        H5Dcreate2(file, "weight_hh", H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    (void)H5Sclose(space);
    (void)H5Pclose(properties);
    model_case_refused(file, "weight_hh has 32769 elements along axis 0, expected 1 to 32768");
}

static void a_nan_or_inf_in_any_array_is_named(void **state)
{
    (void)state;
    static const double BAD[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < MODEL_ARRAY_COUNT; i++) {
        char message[64];
        const hid_t file = model_case_begin();
        h5write_element(file, MODEL_ARRAYS[i].name, 2, BAD[i % 3]);
        (void)snprintf(message, sizeof message, "%s has a NaN or Inf at element 2",
                       MODEL_ARRAYS[i].name);
        model_case_refused(file, message);
    }
}

static void labels_of_another_type_are_refused(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"task", "construction"};
    for (int i = 0; i < 2; i++) {
        const hid_t file = model_case_begin();
        h5write_integer(file, TEXTS[i], 3);
        model_case_refused(file, TEXTS[i]);
    }
    const hid_t file = model_case_begin();
    h5write_string(file, "seed", "twelve", true);
    model_case_refused(file, "attribute seed is not an integer");
}

static void a_label_that_is_too_long_is_cut(void **state)
{
    (void)state;
    char text[3 * MODEL_NAME_SIZE] = {0};
    struct network network;
    struct model_labels labels;
    memset(text, 'x', sizeof text - 1);
    for (int variable = 0; variable < 2; variable++) {
        const hid_t file = model_case_begin();
        h5write_string(file, "task", text, variable == 1);
        (void)H5Fclose(file);
        read_model(&network, &labels);
        assert_int_equal(strlen(labels.task), MODEL_NAME_SIZE - 1);
        network_release(&network);
    }
}

int test_model_file(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_model_is_read_with_every_value_and_label),
        SCRATCH_TEST(what_is_optional_may_be_missing),
        SCRATCH_TEST(float32_and_big_endian_are_read_alike),
        SCRATCH_TEST(chunked_and_compressed_arrays_are_read_alike),
        SCRATCH_TEST(damage_inside_a_compressed_chunk_is_reported),
        SCRATCH_TEST(a_file_that_is_not_there_is_refused_by_name),
        SCRATCH_TEST(what_is_no_regular_file_is_refused_without_waiting),
        SCRATCH_TEST(a_file_that_is_not_hdf5_is_refused),
        SCRATCH_TEST(a_truncated_file_is_refused_at_every_length),
        SCRATCH_TEST(a_missing_array_is_named),
        SCRATCH_TEST(an_array_of_another_rank_is_refused),
        SCRATCH_TEST(a_scalar_is_no_array),
        SCRATCH_TEST(recurrent_weights_must_be_square),
        SCRATCH_TEST(shapes_that_do_not_fit_each_other_are_refused),
        SCRATCH_TEST(an_array_without_elements_is_refused),
        SCRATCH_TEST(an_array_beyond_all_limits_is_refused),
        SCRATCH_TEST(a_nan_or_inf_in_any_array_is_named),
        SCRATCH_TEST(labels_of_another_type_are_refused),
        SCRATCH_TEST(a_label_that_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
