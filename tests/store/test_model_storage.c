/* Datasets of a model file that are no plain arrays of numbers stored in it. */
#include "store/model_file.h"

#include "store/h5.h"
#include "support/check.h"
#include "support/model_case.h"
#include "support/scratch.h"
#include "support/untouched.h"

#include <stdio.h>

enum { N = H5WRITE_HIDDEN };

/* Another good model, for links to point at. */
static const char *other_model(void)
{
    const char *const path = scratch_path("other.h5");
    h5write_model(path);
    return path;
}

static void check_replaced(void (*replace)(hid_t file, const char *name), const char *part)
{
    for (int i = 0; i < MODEL_ARRAY_COUNT; i++) {
        char message[128];
        const hid_t file = model_case_begin();
        h5write_remove(file, MODEL_ARRAYS[i].name);
        replace(file, MODEL_ARRAYS[i].name);
        (void)snprintf(message, sizeof message, "%s %s", MODEL_ARRAYS[i].name, part);
        model_case_refused(file, message);
    }
}

static void create(hid_t file, const char *name, hid_t type, hid_t properties)
{
    const hsize_t dims[2] = {N, N};
    const hid_t space = H5Screate_simple(2, dims, NULL);
    const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    assert_true(dataset >= 0);
    (void)H5Dclose(dataset);
    (void)H5Sclose(space);
}

static void put_strings(hid_t file, const char *name)
{
    const hid_t type = h5_string_type(8);
    create(file, name, type, H5P_DEFAULT);
    (void)H5Tclose(type);
}

static void put_records(hid_t file, const char *name)
{
    const hid_t type = H5Tcreate(H5T_COMPOUND, 16);
    (void)H5Tinsert(type, "re", 0, H5T_NATIVE_DOUBLE);
    (void)H5Tinsert(type, "im", 8, H5T_NATIVE_DOUBLE);
    create(file, name, type, H5P_DEFAULT);
    (void)H5Tclose(type);
}

static void what_is_not_numeric_is_refused(void **state)
{
    (void)state;
    check_replaced(put_strings, "is not an array of numbers");
    check_replaced(put_records, "is not an array of numbers");
}

static void put_group(hid_t file, const char *name)
{
    (void)H5Gclose(H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void a_group_in_the_place_of_a_dataset_is_refused(void **state)
{
    (void)state;
    check_replaced(put_group, "is no readable dataset");
}

static void put_soft_link(hid_t file, const char *name)
{
    (void)H5Lcreate_soft("/trials/mask", file, name, H5P_DEFAULT, H5P_DEFAULT);
}

static void put_soft_loop(hid_t file, const char *name)
{
    (void)H5Lcreate_soft(name, file, name, H5P_DEFAULT, H5P_DEFAULT);
}

static void put_link_outside(hid_t file, const char *name)
{
    (void)H5Lcreate_external(scratch_path("other.h5"), name, file, name, H5P_DEFAULT, H5P_DEFAULT);
}

static void links_are_refused(void **state)
{
    (void)state;
    check_replaced(put_soft_link, "is a soft or external link");
    check_replaced(put_soft_loop, "is a soft or external link");
}

static void put_external_storage(hid_t file, const char *name)
{
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_external(properties, scratch_path("outside"), 0, N * N * sizeof(double));
    create(file, name, H5T_IEEE_F64LE, properties);
    (void)H5Pclose(properties);
}

static void put_virtual(hid_t file, const char *name)
{
    const hsize_t dims[2] = {N, N};
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    assert_true(H5Pset_virtual(properties, space, scratch_path("other.h5"), "weight_hh", space) >=
                0);
    create(file, name, H5T_IEEE_F64LE, properties);
    (void)H5Sclose(space);
    (void)H5Pclose(properties);
}

static void links_to_other_files_are_not_followed(void **state)
{
    (void)state;
    const int watch = untouched_begin(other_model());
    check_replaced(put_link_outside, "is a soft or external link");
    untouched_end(watch);
}

static void data_in_other_files_is_refused_unread(void **state)
{
    (void)state;
    file_write_text(scratch_path("outside"), "a secret of sixteen doubles");
    const int outside = untouched_begin(scratch_path("outside"));
    check_replaced(put_external_storage, "is virtual or stored in another file");
    untouched_end(outside);
    const int other = untouched_begin(other_model());
    check_replaced(put_virtual, "is virtual or stored in another file");
    untouched_end(other);
}

/* A chunked array that was never written: a file of some kilobytes that claims gigabytes. */
static void put_claim(hid_t file, const char *name)
{
    const hsize_t dims[2] = {MODEL_MAX_HIDDEN, MODEL_MAX_HIDDEN};
    const hsize_t chunk[2] = {64, 64};
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    (void)H5Pset_chunk(properties, 2, chunk);
    (void)H5Dclose(
        H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    (void)H5Sclose(space);
    (void)H5Pclose(properties);
}

static void a_shape_without_data_is_refused(void **state)
{
    static const char *const NAMES[] = {"weight_hh", "weight_ih", "weight_hy"};
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        char message[128];
        const hid_t file = model_case_begin();
        h5write_remove(file, NAMES[i]);
        put_claim(file, NAMES[i]);
        (void)snprintf(message, sizeof message, "%s has fewer bytes in the file", NAMES[i]);
        model_case_refused(file, message);
    }
}

/* Packed by a filter that this HDF5 has not: the bytes are there, and nobody can read them. */
static void put_packed(hid_t file, const char *name, H5Z_filter_t filter)
{
    const hsize_t dims[2] = {N, N};
    const double values[N * N] = {1.0};
    const hsize_t start[2] = {0, 0};
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    (void)H5Pset_chunk(properties, 2, dims);
    (void)H5Pset_filter(properties, filter, H5Z_FLAG_OPTIONAL, 0, NULL);
    const hid_t dataset =
        H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, start, sizeof values, values) >= 0);
    (void)H5Dclose(dataset);
    (void)H5Sclose(space);
    (void)H5Pclose(properties);
}

static void a_filter_that_is_not_here_is_named(void **state)
{
    (void)state;
    static const struct {
        H5Z_filter_t filter;
        const char *message;
    } cases[] = {{32000, "weight_hh is packed by the filter 'lzf' (32000)"},
                 {32015, "weight_hh is packed by the filter 'zstd' (32015)"},
                 {40123, "(40123), which is not here"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const hid_t file = model_case_begin();
        h5write_remove(file, "weight_hh");
        put_packed(file, "weight_hh", cases[i].filter);
        model_case_refused(file, cases[i].message);
    }
}

/* As other programs leave a bias that they never set. */
static void a_small_array_that_was_never_written_is_zero(void **state)
{
    (void)state;
    struct network network;
    struct model_labels labels;
    struct error error;
    const hsize_t dims[1] = {N};
    const hid_t file = model_case_begin();
    const hid_t space = H5Screate_simple(1, dims, NULL);
    h5write_remove(file, "bias_h");
    (void)H5Dclose(
        H5Dcreate2(file, "bias_h", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    (void)H5Sclose(space);
    (void)H5Fclose(file);
    CHECK_OK(model_file_read(model_case_path(), &network, &labels, &error));
    for (int i = 0; i < N; i++) {
        CHECK_SAME(network.bias_h[i], 0.0);
    }
    network_release(&network);
}

int test_model_storage(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_is_not_numeric_is_refused),
        SCRATCH_TEST(a_group_in_the_place_of_a_dataset_is_refused),
        SCRATCH_TEST(links_are_refused),
        SCRATCH_TEST(links_to_other_files_are_not_followed),
        SCRATCH_TEST(data_in_other_files_is_refused_unread),
        SCRATCH_TEST(a_shape_without_data_is_refused),
        SCRATCH_TEST(a_filter_that_is_not_here_is_named),
        SCRATCH_TEST(a_small_array_that_was_never_written_is_zero),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
