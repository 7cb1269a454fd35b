#include "import/table.h"

#include "store/h5.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;
static const double VALUES[6] = {1.5, -2, 3, 1e-300, 5, 6};
static const hsize_t MATRIX[] = {2, 3, 0};
static const hsize_t VECTOR[] = {3, 0};

static const char *path_of_file(void)
{
    return scratch_path("model.h5");
}

static void put_group(hid_t location, const char *name)
{
    const hid_t group = H5Gcreate2(location, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(group >= 0);
    (void)H5Gclose(group);
}

static void open_file(struct import_table *table)
{
    CHECK_OK(import_table_open(table, path_of_file(), &error));
}

static void release(struct import_table *table)
{
    import_table_release(table);
    assert_int_equal(h5write_open_handles(), 0);
}

static void check_refused(const char *part)
{
    struct import_table table;
    CHECK_FAILS(import_table_open(&table, path_of_file(), &error), STATUS_INPUT, part);
    assert_int_equal(h5write_open_handles(), 0);
}

static void datasets_are_named_by_their_path(void **state)
{
    (void)state;
    struct import_table table;
    const hid_t file = h5write_create(path_of_file());
    put_group(file, "model");
    put_group(file, "model/rnn");
    h5write_doubles(file, "model/rnn/weight_hh_l0", MATRIX, VALUES);
    h5write_doubles(file, "b", VECTOR, VALUES);
    (void)H5Fclose(file);
    open_file(&table);
    assert_string_equal(table.format->name, "HDF5");
    assert_int_equal(table.n_arrays, 2);
    struct import_array *const array = import_table_find(&table, "model.rnn.weight_hh_l0");
    assert_non_null(array);
    assert_int_equal(array->rank, 2);
    assert_int_equal(array->dims[1], 3);
    CHECK_OK(import_table_load(&table, array, &error));
    assert_memory_equal(array->values, VALUES, sizeof VALUES);
    release(&table);
}

static void put_text_dataset(hid_t file, const char *name, hid_t type, const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t dataset =
        H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    (void)H5Dclose(dataset);
    (void)H5Sclose(space);
}

static const char *note(const struct import_table *table, const char *key)
{
    for (size_t i = 0; i < table->n_notes; i++) {
        if (strcmp(table->notes[i].key, key) == 0) {
            return table->notes[i].text;
        }
    }
    return "";
}

static void strings_and_attributes_of_the_root_become_notes(void **state)
{
    (void)state;
    struct import_table table;
    const char *const long_text = "tanh";
    const double alpha = 0.25;
    const hid_t file = h5write_create(path_of_file());
    const hid_t fixed = h5_string_type(4);
    const hid_t variable = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(variable, H5T_VARIABLE);
    put_text_dataset(file, "nonlinearity", fixed, "relu");
    put_text_dataset(file, "act_fn", variable, &long_text);
    h5write_text(file, "comment", "by hand");
    h5write_integer(file, "dt", 10);
    assert_true(h5_write_number(file, "alpha", H5T_IEEE_F64LE, &alpha));
    (void)H5Tclose(fixed);
    (void)H5Tclose(variable);
    (void)H5Fclose(file);
    open_file(&table);
    assert_string_equal(note(&table, "nonlinearity"), "relu");
    assert_string_equal(note(&table, "act_fn"), "tanh");
    assert_string_equal(note(&table, "comment"), "by hand");
    assert_string_equal(note(&table, "dt"), "10");
    assert_string_equal(note(&table, "alpha"), "0.25");
    assert_int_equal(table.n_arrays, 0);
    release(&table);
}

/* Nothing outside the file is opened. */
static void links_and_data_elsewhere_are_passed_over_or_refused(void **state)
{
    (void)state;
    struct import_table table;
    const hid_t outside = h5write_create(scratch_path("outside.h5"));
    h5write_doubles(outside, "array", MATRIX, VALUES);
    (void)H5Fclose(outside);
    const hid_t file = h5write_create(path_of_file());
    const hid_t space = H5Screate_simple(2, MATRIX, NULL);
    const hid_t external = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_external(external, scratch_path("outside"), 0, sizeof VALUES);
    const hid_t virtual = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_virtual(virtual, space, "outside.h5", "array", space);
    h5write_doubles(file, "array", MATRIX, VALUES);
    h5write_stored(file, "chunked", 2, MATRIX, H5T_IEEE_F32LE, H5P_DEFAULT, VALUES);
    (void)H5Dclose(H5Dcreate2(file, "stored_outside", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT,
                              external, H5P_DEFAULT));
    (void)H5Dclose(
        H5Dcreate2(file, "virtual", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, virtual, H5P_DEFAULT));
    assert_true(H5Lcreate_soft("array", file, "soft", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_external("outside.h5", "array", file, "link", H5P_DEFAULT, H5P_DEFAULT) >=
                0);
    (void)H5Pclose(external);
    (void)H5Pclose(virtual);
    (void)H5Sclose(space);
    (void)H5Fclose(file);
    open_file(&table);
    assert_int_equal(table.n_arrays, 4);
    assert_null(import_table_find(&table, "soft"));
    assert_null(import_table_find(&table, "link"));
    CHECK_OK(import_table_load(&table, import_table_find(&table, "array"), &error));
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "stored_outside"), &error),
                STATUS_INPUT,
                "stored_outside cannot be read: it is virtual or stored in another file");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "virtual"), &error),
                STATUS_INPUT, "virtual cannot be read: it is virtual or stored in another file");
    release(&table);
}

static void put_empty_and_records(hid_t file)
{
    const hid_t null = H5Screate(H5S_NULL);
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t record = H5Tcreate(H5T_COMPOUND, 8);
    (void)H5Tinsert(record, "x", 0, H5T_NATIVE_DOUBLE);
    (void)H5Dclose(
        H5Dcreate2(file, "null", H5T_NATIVE_DOUBLE, null, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    (void)H5Dclose(
        H5Dcreate2(file, "record", record, scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    (void)H5Tclose(record);
    (void)H5Sclose(scalar);
    (void)H5Sclose(null);
}

static void what_is_no_array_of_numbers_is_refused_when_it_is_needed(void **state)
{
    (void)state;
    static const hsize_t FOUR[] = {1, 1, 1, 1, 0};
    struct import_table table;
    const hid_t file = h5write_create(path_of_file());
    put_empty_and_records(file);
    h5write_doubles(file, "four", FOUR, VALUES);
    (void)H5Fclose(file);
    open_file(&table);
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "null"), &error), STATUS_INPUT,
                "null cannot be read: it is empty");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "record"), &error),
                STATUS_INPUT, "record cannot be read: it is not an array of numbers");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "four"), &error), STATUS_INPUT,
                "four cannot be read: it has more than 3 axes");
    release(&table);
}

static void groups_that_contain_themselves_are_refused(void **state)
{
    (void)state;
    const hid_t file = h5write_create(path_of_file());
    put_group(file, "a");
    assert_true(H5Lcreate_hard(file, "a", file, "a/again", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    (void)H5Fclose(file);
    check_refused("groups nested deeper than 16");
}

static void too_many_objects_are_refused(void **state)
{
    (void)state;
    const hid_t file = h5write_create(path_of_file());
    h5write_doubles(file, "array", VECTOR, VALUES);
    for (int i = 0; i < 20000; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%d", i);
        assert_true(H5Lcreate_hard(file, "array", file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    }
    (void)H5Fclose(file);
    check_refused("more than 16384 objects");
}

static void long_names_are_refused(void **state)
{
    (void)state;
    char name[301];
    const hid_t file = h5write_create(path_of_file());
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    h5write_doubles(file, name, VECTOR, VALUES);
    (void)H5Fclose(file);
    check_refused("a name of 300 bytes, expected at most 255");
}

/* 2^35 bytes by the shape, and in the file none, or one chunk of 32 kB. */
static void put_hollow(const char *name, hid_t file, bool with_chunk)
{
    static const hsize_t HUGE_SHAPE[] = {65536, 65536};
    static const hsize_t CHUNK[] = {64, 64};
    static const hsize_t FIRST[] = {0, 0};
    const hid_t space = H5Screate_simple(2, HUGE_SHAPE, NULL);
    const hid_t one = H5Screate(H5S_SCALAR);
    const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_chunk(chunked, 2, CHUNK);
    const hid_t dataset =
        H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, chunked, H5P_DEFAULT);
    (void)H5Sselect_elements(space, H5S_SELECT_SET, 1, FIRST);
    if (with_chunk) {
        assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, one, space, H5P_DEFAULT, VALUES) >= 0);
    }
    (void)H5Dclose(dataset);
    (void)H5Pclose(chunked);
    (void)H5Sclose(one);
    (void)H5Sclose(space);
}

static void a_shape_without_data_is_refused(void **state)
{
    (void)state;
    struct import_table table;
    const hid_t file = h5write_create(path_of_file());
    put_hollow("empty", file, false);
    put_hollow("hollow", file, true);
    (void)H5Fclose(file);
    open_file(&table);
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "empty"), &error), STATUS_INPUT,
                "empty cannot be read: fewer bytes are stored than its shape asks for");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "hollow"), &error),
                STATUS_INPUT, "hollow cannot be read: fewer bytes are stored than its shape");
    release(&table);
}

int test_import_hdf5(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(datasets_are_named_by_their_path),
        SCRATCH_TEST(strings_and_attributes_of_the_root_become_notes),
        SCRATCH_TEST(links_and_data_elsewhere_are_passed_over_or_refused),
        SCRATCH_TEST(what_is_no_array_of_numbers_is_refused_when_it_is_needed),
        SCRATCH_TEST(groups_that_contain_themselves_are_refused),
        SCRATCH_TEST(too_many_objects_are_refused),
        SCRATCH_TEST(long_names_are_refused),
        SCRATCH_TEST(a_shape_without_data_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
