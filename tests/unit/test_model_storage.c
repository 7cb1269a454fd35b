/* Datasets of a model file that are no plain arrays of numbers stored in it. */
#include "store/model_file.h"

#include "store/h5.h"
#include "support/check.h"
#include "support/model_case.h"
#include "support/scratch.h"

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

static void put_external_link(hid_t file, const char *name)
{
    (void)H5Lcreate_external(other_model(), name, file, name, H5P_DEFAULT, H5P_DEFAULT);
}

static void links_are_refused(void **state)
{
    (void)state;
    check_replaced(put_soft_link, "is a soft or external link");
    check_replaced(put_soft_loop, "is a soft or external link");
    check_replaced(put_external_link, "is a soft or external link");
}

static void put_external_storage(hid_t file, const char *name)
{
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_external(properties, "/etc/passwd", 0, N * N * sizeof(double));
    create(file, name, H5T_IEEE_F64LE, properties);
    (void)H5Pclose(properties);
}

static void put_virtual(hid_t file, const char *name)
{
    const hsize_t dims[2] = {N, N};
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    assert_true(H5Pset_virtual(properties, space, other_model(), "weight_hh", space) >= 0);
    create(file, name, H5T_IEEE_F64LE, properties);
    (void)H5Sclose(space);
    (void)H5Pclose(properties);
}

static void data_in_other_files_is_refused(void **state)
{
    (void)state;
    check_replaced(put_external_storage, "is virtual or stored in another file");
    check_replaced(put_virtual, "is virtual or stored in another file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_is_not_numeric_is_refused),
        SCRATCH_TEST(a_group_in_the_place_of_a_dataset_is_refused),
        SCRATCH_TEST(links_are_refused),
        SCRATCH_TEST(data_in_other_files_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
