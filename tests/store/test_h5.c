#include "store/h5.h"

#include "support/check.h"
#include "support/h5write.h"
#include "support/scratch.h"
#include "support/untouched.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;
static const hsize_t SHAPE[] = {3, 4, 0};
static const double VALUES[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

/* ---- files --------------------------------------------------------------------------------------
 */

static const char *plain_file(void)
{
    const char *const path = scratch_path("plain.h5");
    const hid_t file = h5write_create(path);
    h5write_doubles(file, "array", SHAPE, VALUES);
    assert_true(H5Fclose(file) >= 0);
    return path;
}

static void the_signature_is_seen_at_the_start_of_a_file_only(void **state)
{
    (void)state;
    assert_true(h5_has_signature(plain_file()));
    file_write(scratch_path("seven"), "\x89HDF\r\n\x1a", 7);
    file_write(scratch_path("eight"), "\x89HDF\r\n\x1a\n", 8);
    file_write(scratch_path("late"), " \x89HDF\r\n\x1a\n", 9);
    file_write_text(scratch_path("empty"), "");
    assert_false(h5_has_signature(scratch_path("seven")));
    assert_true(h5_has_signature(scratch_path("eight")));
    assert_false(h5_has_signature(scratch_path("late")));
    assert_false(h5_has_signature(scratch_path("empty")));
    assert_false(h5_has_signature(scratch_path("missing")));
    assert_false(h5_has_signature(scratch_directory()));
}

static void what_is_no_hdf5_file_is_refused_with_the_callers_status(void **state)
{
    (void)state;
    hid_t file = H5I_INVALID_HID;
    file_write_text(scratch_path("text"), "study = 1\n");
    file_write_text(scratch_path("empty"), "");
    assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
    CHECK_FAILS(h5_open_input(scratch_path("missing"), &file, STATUS_INPUT, &error), STATUS_INPUT,
                "missing: No such file");
    CHECK_FAILS(h5_open_input(scratch_path("text"), &file, STATUS_OUTPUT_TAKEN, &error),
                STATUS_OUTPUT_TAKEN, "text: not an HDF5 file");
    CHECK_FAILS(h5_open_input(scratch_path("empty"), &file, STATUS_INPUT, &error), STATUS_INPUT,
                "empty: not an HDF5 file");
    CHECK_FAILS(h5_open_input(scratch_directory(), &file, STATUS_DAMAGED, &error), STATUS_DAMAGED,
                "not a regular file");
    CHECK_FAILS(h5_open_input(scratch_path("fifo"), &file, STATUS_INPUT, &error), STATUS_INPUT,
                "not a regular file");
    CHECK_FAILS(h5_open_input("/dev/zero", &file, STATUS_INPUT, &error), STATUS_INPUT,
                "not a regular file");
}

/* Some of the kernel's own have no bytes, and who reads them waits. */
static void what_has_no_bytes_is_not_opened(void **state)
{
    (void)state;
    hid_t file = H5I_INVALID_HID;
    file_write_text(scratch_path("empty"), "");
    const int watch = untouched_begin(scratch_path("empty"));
    CHECK_FAILS(h5_open_input(scratch_path("empty"), &file, STATUS_INPUT, &error), STATUS_INPUT,
                "empty: not an HDF5 file but an empty file");
    untouched_end(watch);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    size_t size = 0;
    hid_t file = H5I_INVALID_HID;
    unsigned char *const bytes = file_read(plain_file(), &size);
    const int before = h5write_open_handles();
    for (size_t length = 0; length < size; length += length < 200 ? 1 : 97) {
        file_write(scratch_path("cut"), bytes, length);
        CHECK_FAILS(h5_open_input(scratch_path("cut"), &file, STATUS_DAMAGED, &error),
                    STATUS_DAMAGED, length < 8 ? "not an HDF5 file" : "damaged or truncated");
    }
    assert_int_equal(h5write_open_handles(), before);
    free(bytes);
}

static void a_good_file_opens_read_only(void **state)
{
    (void)state;
    hid_t file = H5I_INVALID_HID;
    unsigned intent = H5F_ACC_RDWR;
    CHECK_OK(h5_open_input(plain_file(), &file, STATUS_INPUT, &error));
    assert_true(H5Fget_intent(file, &intent) >= 0);
    assert_int_equal(intent, H5F_ACC_RDONLY);
    assert_true(H5Fclose(file) >= 0);
}

static void an_error_names_path_what_and_reason_and_clears_the_stack(void **state)
{
    (void)state;
    (void)H5Fopen(scratch_path("missing"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5Eget_num(H5E_DEFAULT) > 0);
    assert_int_equal(h5_error(&error, STATUS_IO, "some.h5", "cannot open"), STATUS_IO);
    assert_ptr_equal(strstr(error.text, "some.h5: cannot open: "), error.text);
    assert_non_null(strstr(error.text, "No such file"));
    assert_int_equal(H5Eget_num(H5E_DEFAULT), 0);
    assert_int_equal(h5_error(&error, STATUS_DAMAGED, "a", "b"), STATUS_DAMAGED);
    assert_string_equal(error.text, "a: b: no reason given by HDF5");
}

/* ---- arrays -------------------------------------------------------------------------------------
 */

static hid_t create_with(hid_t file, const char *name, hid_t type, hid_t space, hid_t properties)
{
    const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    assert_true(dataset >= 0);
    (void)H5Dclose(dataset);
    return dataset;
}

static void put_layouts(hid_t file)
{
    const hid_t space = H5Screate_simple(2, SHAPE, NULL);
    const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t compact = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t external = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t virtual = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_chunk(chunked, 2, (hsize_t[]){2, 2});
    (void)H5Pset_deflate(chunked, 1);
    (void)H5Pset_layout(compact, H5D_COMPACT);
    (void)H5Pset_external(external, scratch_path("outside"), 0, sizeof VALUES);
    (void)H5Pset_virtual(virtual, space, "plain.h5", "array", space);
    (void)create_with(file, "chunked", H5T_NATIVE_FLOAT, space, chunked);
    (void)create_with(file, "compact", H5T_STD_I16BE, space, compact);
    (void)create_with(file, "external", H5T_NATIVE_DOUBLE, space, external);
    (void)create_with(file, "virtual", H5T_NATIVE_DOUBLE, space, virtual);
    (void)H5Pclose(chunked);
    (void)H5Pclose(compact);
    (void)H5Pclose(external);
    (void)H5Pclose(virtual);
    (void)H5Sclose(space);
}

static void put_odd_types(hid_t file)
{
    const hid_t space = H5Screate_simple(2, SHAPE, NULL);
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t null = H5Screate(H5S_NULL);
    const hid_t empty = H5Screate_simple(2, (hsize_t[]){3, 0}, NULL);
    const hid_t text = h5_string_type(4);
    const hid_t compound = H5Tcreate(H5T_COMPOUND, 8);
    (void)H5Tinsert(compound, "x", 0, H5T_NATIVE_DOUBLE);
    (void)create_with(file, "text", text, space, H5P_DEFAULT);
    (void)create_with(file, "compound", compound, space, H5P_DEFAULT);
    (void)create_with(file, "scalar", H5T_NATIVE_DOUBLE, scalar, H5P_DEFAULT);
    (void)create_with(file, "null", H5T_NATIVE_DOUBLE, null, H5P_DEFAULT);
    (void)create_with(file, "empty", H5T_NATIVE_DOUBLE, empty, H5P_DEFAULT);
    (void)H5Tclose(text);
    (void)H5Tclose(compound);
    (void)H5Sclose(space);
    (void)H5Sclose(scalar);
    (void)H5Sclose(null);
    (void)H5Sclose(empty);
}

static void put_links(hid_t file)
{
    const hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    h5write_doubles(group, "inner", SHAPE, VALUES);
    assert_true(H5Lcreate_soft("/array", file, "soft", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_soft("/nowhere", file, "dangling", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_soft("/loop", file, "loop", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(
        H5Lcreate_external("plain.h5", "/array", file, "elsewhere", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_hard(file, "array", file, "hard", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    (void)H5Gclose(group);
}

/* A file with everything that an array can be and should not. */
static hid_t zoo_file(void)
{
    (void)plain_file();
    const hid_t file = h5write_create(scratch_path("zoo.h5"));
    h5write_doubles(file, "array", SHAPE, VALUES);
    put_layouts(file);
    put_odd_types(file);
    put_links(file);
    return file;
}

static void any_storage_of_numbers_inside_the_file_is_accepted(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"array", "chunked", "compact", "hard"};
    const hid_t file = zoo_file();
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        hid_t dataset = H5I_INVALID_HID;
        hsize_t dims[H5_MAX_RANK] = {0, 0, 77};
        CHECK_OK(h5_open_array(file, "zoo", NAMES[i], 2, 4, &dataset, dims, &error));
        assert_int_equal(dims[0], 3);
        assert_int_equal(dims[1], 4);
        assert_int_equal(dims[2], 77);
        assert_true(H5Dclose(dataset) >= 0);
    }
    (void)H5Fclose(file);
}

static void what_is_no_plain_array_of_this_file_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *message;
    } CASES[] = {{"absent", "absent is missing"},
                 {"absent/inner", "absent/inner is missing"},
                 {"group", "group is no readable dataset"},
                 {"soft", "soft is a soft or external link"},
                 {"dangling", "dangling is a soft or external link"},
                 {"loop", "loop is a soft or external link"},
                 {"elsewhere", "elsewhere is a soft or external link"},
                 {"external", "external is virtual or stored in another file"},
                 {"virtual", "virtual is virtual or stored in another file"},
                 {"text", "text is not an array of numbers"},
                 {"compound", "compound is not an array of numbers"},
                 {"scalar", "scalar has rank 0, expected 2"},
                 {"null", "null has rank 0, expected 2"},
                 {"empty", "empty has 0 elements along axis 1, expected 1 to 4"}};
    const hid_t file = zoo_file();
    const int before = h5write_open_handles();
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        hid_t dataset = H5I_INVALID_HID;
        hsize_t dims[H5_MAX_RANK] = {0};
        CHECK_FAILS(h5_open_array(file, "zoo", CASES[i].name, 2, 4, &dataset, dims, &error),
                    STATUS_INPUT, CASES[i].message);
        assert_int_equal(h5write_open_handles(), before);
    }
    (void)H5Fclose(file);
}

static void rank_and_limit_of_every_axis_are_checked(void **state)
{
    (void)state;
    hid_t dataset = H5I_INVALID_HID;
    hsize_t dims[H5_MAX_RANK] = {0};
    const hid_t file = zoo_file();
    CHECK_FAILS(h5_open_array(file, "zoo", "array", 1, 9, &dataset, dims, &error), STATUS_INPUT,
                "array has rank 2, expected 1");
    CHECK_FAILS(h5_open_array(file, "zoo", "array", 3, 9, &dataset, dims, &error), STATUS_INPUT,
                "array has rank 2, expected 3");
    CHECK_FAILS(h5_open_array(file, "zoo", "array", 2, 3, &dataset, dims, &error), STATUS_INPUT,
                "array has 4 elements along axis 1, expected 1 to 3");
    CHECK_FAILS(h5_open_array(file, "zoo", "array", 2, 2, &dataset, dims, &error), STATUS_INPUT,
                "array has 3 elements along axis 0, expected 1 to 2");
    (void)H5Fclose(file);
}

static void links_are_told_apart(void **state)
{
    (void)state;
    const hid_t file = zoo_file();
    assert_true(h5_exists(file, "array") && h5_exists(file, "soft") && h5_exists(file, "dangling"));
    assert_true(h5_exists(file, "group/inner"));
    assert_false(h5_exists(file, "absent") || h5_exists(file, "absent/inner"));
    assert_true(h5_is_hard_link(file, "array") && h5_is_hard_link(file, "hard"));
    assert_true(h5_is_hard_link(file, "group/inner"));
    assert_false(h5_is_hard_link(file, "soft") || h5_is_hard_link(file, "elsewhere"));
    assert_false(h5_is_hard_link(file, "absent"));
    (void)H5Fclose(file);
}

/* ---- attributes ---------------------------------------------------------------------------------
 */

static void put_attribute(hid_t file, const char *name, hid_t type, hid_t space, const void *value)
{
    const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
    (void)H5Aclose(attribute);
}

static void put_padded(hid_t file, const char *name, H5T_str_t padding, const char *bytes,
                       size_t size)
{
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, size);
    (void)H5Tset_strpad(type, padding);
    put_attribute(file, name, type, scalar, bytes);
    (void)H5Tclose(type);
    (void)H5Sclose(scalar);
}

static void put_variable(hid_t file, const char *name, const char *text)
{
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, H5T_VARIABLE);
    put_attribute(file, name, type, scalar, &text);
    (void)H5Tclose(type);
    (void)H5Sclose(scalar);
}

static void check_text(hid_t file, const char *name, const char *expected)
{
    char text[16];
    memset(text, '#', sizeof text);
    CHECK_OK(h5_read_string_attribute(file, "f", name, text, sizeof text, &error));
    assert_string_equal(text, expected);
}

static void strings_of_every_kind_are_read(void **state)
{
    (void)state;
    const hid_t file = h5write_create(scratch_path("strings.h5"));
    put_padded(file, "nul-padded", H5T_STR_NULLPAD, "copy\0\0", 6);
    put_padded(file, "full", H5T_STR_NULLPAD, "copy", 4);
    put_padded(file, "terminated", H5T_STR_NULLTERM, "copy\0x", 6);
    put_variable(file, "variable", "copy");
    put_padded(file, "empty", H5T_STR_NULLPAD, "\0", 1);
    check_text(file, "nul-padded", "copy");
    check_text(file, "full", "copy");
    check_text(file, "terminated", "copy");
    check_text(file, "variable", "copy");
    check_text(file, "empty", "");
    check_text(file, "missing", "");
    (void)H5Fclose(file);
}

static void a_long_string_is_cut_to_the_size_of_the_buffer(void **state)
{
    (void)state;
    const hid_t file = h5write_create(scratch_path("strings.h5"));
    put_padded(file, "fixed", H5T_STR_NULLPAD, "0123456789abcdefghij", 20);
    put_variable(file, "variable", "0123456789abcdefghij");
    check_text(file, "fixed", "0123456789abcde");
    check_text(file, "variable", "0123456789abcde");
    (void)H5Fclose(file);
}

static void what_is_no_single_string_is_refused(void **state)
{
    (void)state;
    char text[16];
    const hid_t file = h5write_create(scratch_path("strings.h5"));
    const hid_t pair = H5Screate_simple(1, (hsize_t[]){2}, NULL);
    const hid_t null = H5Screate(H5S_NULL);
    const hid_t type = h5_string_type(4);
    const hid_t none = H5Acreate2(file, "none", type, null, H5P_DEFAULT, H5P_DEFAULT);
    put_attribute(file, "pair", type, pair, "abcdefgh");
    h5write_integer(file, "number", 7);
    (void)H5Aclose(none);
    const int before = h5write_open_handles();
    static const char *const NAMES[] = {"pair", "number", "none"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        CHECK_FAILS(h5_read_string_attribute(file, "f.h5", NAMES[i], text, sizeof text, &error),
                    STATUS_INPUT, NAMES[i]);
        assert_non_null(strstr(error.text, "is not a string"));
        assert_string_equal(text, "");
    }
    assert_int_equal(h5write_open_handles(), before);
    (void)H5Tclose(type);
    (void)H5Sclose(pair);
    (void)H5Sclose(null);
    (void)H5Fclose(file);
}

static void integers_of_every_size_are_read(void **state)
{
    (void)state;
    const hid_t file = h5write_create(scratch_path("integers.h5"));
    const hid_t scalar = H5Screate(H5S_SCALAR);
    static const int8_t SMALL = -5;
    static const uint64_t LARGE = 1u << 30;
    put_attribute(file, "small", H5T_NATIVE_INT8, scalar, &SMALL);
    put_attribute(file, "large", H5T_NATIVE_UINT64, scalar, &LARGE);
    h5write_integer(file, "plain", INT64_MIN);
    int64_t value = 99;
    CHECK_OK(h5_read_integer_attribute(file, "f", "missing", &value, &error));
    assert_int_equal(value, 99);
    CHECK_OK(h5_read_integer_attribute(file, "f", "small", &value, &error));
    assert_int_equal(value, -5);
    CHECK_OK(h5_read_integer_attribute(file, "f", "large", &value, &error));
    assert_int_equal(value, 1 << 30);
    CHECK_OK(h5_read_integer_attribute(file, "f", "plain", &value, &error));
    assert_true(value == INT64_MIN);
    (void)H5Sclose(scalar);
    (void)H5Fclose(file);
}

static void what_is_no_single_integer_is_refused(void **state)
{
    (void)state;
    int64_t value = 0;
    const hid_t file = h5write_create(scratch_path("integers.h5"));
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t pair = H5Screate_simple(1, (hsize_t[]){2}, NULL);
    put_attribute(file, "real", H5T_NATIVE_DOUBLE, scalar, VALUES);
    put_attribute(file, "pair", H5T_NATIVE_INT64, pair, (int64_t[]){1, 2});
    h5write_text(file, "text", "12");
    static const char *const NAMES[] = {"real", "pair", "text"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        CHECK_FAILS(h5_read_integer_attribute(file, "f", NAMES[i], &value, &error), STATUS_INPUT,
                    "is not an integer");
    }
    (void)H5Sclose(scalar);
    (void)H5Sclose(pair);
    (void)H5Fclose(file);
}

static void a_string_type_is_fixed_nul_padded_utf8_of_at_least_one_byte(void **state)
{
    (void)state;
    for (size_t size = 0; size < 4; size++) {
        const hid_t type = h5_string_type(size);
        assert_int_equal(H5Tget_size(type), size > 0 ? size : 1);
        assert_int_equal(H5Tget_strpad(type), H5T_STR_NULLPAD);
        assert_int_equal(H5Tget_cset(type), H5T_CSET_UTF8);
        assert_int_equal(H5Tis_variable_str(type), 0);
        assert_true(H5Tclose(type) >= 0);
    }
}

int test_h5(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_signature_is_seen_at_the_start_of_a_file_only),
        SCRATCH_TEST(what_is_no_hdf5_file_is_refused_with_the_callers_status),
        SCRATCH_TEST(what_has_no_bytes_is_not_opened),
        SCRATCH_TEST(a_file_cut_anywhere_is_refused),
        SCRATCH_TEST(a_good_file_opens_read_only),
        SCRATCH_TEST(an_error_names_path_what_and_reason_and_clears_the_stack),
        SCRATCH_TEST(any_storage_of_numbers_inside_the_file_is_accepted),
        SCRATCH_TEST(what_is_no_plain_array_of_this_file_is_refused),
        SCRATCH_TEST(rank_and_limit_of_every_axis_are_checked),
        SCRATCH_TEST(links_are_told_apart),
        SCRATCH_TEST(strings_of_every_kind_are_read),
        SCRATCH_TEST(a_long_string_is_cut_to_the_size_of_the_buffer),
        SCRATCH_TEST(what_is_no_single_string_is_refused),
        SCRATCH_TEST(integers_of_every_size_are_read),
        SCRATCH_TEST(what_is_no_single_integer_is_refused),
        SCRATCH_TEST(a_string_type_is_fixed_nul_padded_utf8_of_at_least_one_byte),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
