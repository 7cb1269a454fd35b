/* What lies in a new results file, looked at with plain HDF5. */
#include "store/results_create.h"

#include "core/hash.h"
#include "store/h5.h"
#include "store/results_faults.h"
#include "store/results_schema.h"
#include "support/check.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <hdf5_hl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct error error;
static const struct provenance PROVENANCE = {"schursweep 0\nHDF5 0", ""};

/* One file that all tests look at. */
static struct sweep sweep;
static hid_t file;

static int create_sample(void **state)
{
    if (scratch_create(state) != 0) {
        return -1;
    }
    sweep = sample_sweep(3, 2, 4);
    sample_profile(&sweep);
    set_text(&sweep.models[1].label, "lab/r\xc3\xa9seau-longest.h5");
    set_text(&sweep.models[2].construction, "");
    set_text(&sweep.cases[2].task_label, "mine");
    CHECK_OK(results_create(scratch_path("out.h5"), &sweep, &PROVENANCE, &error));
    CHECK_OK(h5_open_input(scratch_path("out.h5"), &file, STATUS_IO, &error));
    return 0;
}

static int remove_sample(void **state)
{
    (void)H5Fclose(file);
    sweep_release(&sweep);
    return scratch_remove(state);
}

static hid_t open_variable(int id)
{
    const hid_t dataset = H5Dopen2(file, VARIABLES[id].name, H5P_DEFAULT);
    assert_true(dataset >= 0);
    return dataset;
}

static void check_text_attribute(hid_t object, const char *name, const char *expected)
{
    char text[512] = "";
    assert_true(H5Aexists(object, name) > 0);
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    const hid_t space = H5Aget_space(attribute);
    assert_int_equal(H5Tget_class(type), H5T_STRING);
    assert_int_equal(H5Tis_variable_str(type), 0);
    assert_int_equal(H5Tget_strpad(type), H5T_STR_NULLPAD);
    assert_int_equal(H5Tget_cset(type), H5T_CSET_UTF8);
    assert_int_equal(H5Sget_simple_extent_type(space), H5S_SCALAR);
    assert_in_range(H5Tget_size(type), 1, sizeof text - 1);
    assert_true(H5Aread(attribute, type, text) >= 0);
    assert_string_equal(text, expected);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Aclose(attribute);
}

static int64_t integer_attribute(hid_t object, const char *name)
{
    int64_t value = 0;
    assert_true(H5Aexists(object, name) > 0);
    CHECK_OK(h5_read_integer_attribute(object, "out.h5", name, &value, &error));
    return value;
}

/* ---- what is in the file ------------------------------------------------------------------------
 */

static herr_t count_link(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    (void)group;
    assert_int_equal(info->type, H5L_TYPE_HARD);
    bool known = strcmp(name, "run") == 0;
    for (int id = 0; id < VAR_COUNT; id++) {
        known = known || strcmp(name, VARIABLES[id].name) == 0;
    }
    if (!known) {
        fail_msg("'%s' is not in the table", name);
    }
    ++*(int *)data;
    return 0;
}

static void the_root_holds_the_variables_of_the_table_and_the_run(void **state)
{
    (void)state;
    int count = 0;
    assert_true(H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, count_link, &count) >= 0);
    assert_int_equal(count, VAR_COUNT + 1);
}

static void without_the_profile_its_variables_are_not_there(void **state)
{
    (void)state;
    int count = 0;
    int n_profile = 0;
    struct sweep plain = sample_sweep(2, 2, 2);
    const hid_t all = file;
    CHECK_OK(results_create(scratch_path("plain.h5"), &plain, &PROVENANCE, &error));
    CHECK_OK(h5_open_input(scratch_path("plain.h5"), &file, STATUS_IO, &error));
    assert_true(H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, count_link, &count) >= 0);
    for (int id = 0; id < VAR_COUNT; id++) {
        const char *const name = VARIABLES[id].name;
        const bool of_profile =
            strncmp(name, "partition", 9) == 0 || id == VAR_ALPHA_LOW || id == VAR_ALPHA_HIGH;
        assert_int_equal(H5Lexists(file, name, H5P_DEFAULT) > 0, !of_profile);
        n_profile += of_profile;
    }
    assert_int_equal(n_profile, 15);
    assert_int_equal(count, VAR_COUNT - n_profile + 1);
    (void)H5Fclose(file);
    file = all;
    sweep_release(&plain);
}

static void every_variable_has_its_type_and_shape(void **state)
{
    (void)state;
    hsize_t lengths[AXIS_COUNT];
    results_axis_lengths(&sweep, lengths);
    for (int id = 0; id < VAR_COUNT; id++) {
        hsize_t dims[RESULTS_MAX_AXES] = {0};
        hsize_t limits[RESULTS_MAX_AXES] = {0};
        const hid_t dataset = open_variable(id);
        const hid_t space = H5Dget_space(dataset);
        const hid_t type = H5Dget_type(dataset);
        assert_int_equal(H5Sget_simple_extent_dims(space, dims, limits), VARIABLES[id].n_axes);
        for (int i = 0; i < VARIABLES[id].n_axes; i++) {
            assert_int_equal(dims[i], lengths[VARIABLES[id].axes[i]]);
            assert_int_equal(limits[i], dims[i]); /* never grows */
        }
        if (VARIABLES[id].type == VALUE_TEXT) {
            assert_int_equal(H5Tget_class(type), H5T_STRING);
            assert_int_equal(H5Tis_variable_str(type), 0);
            assert_int_equal(H5Tget_strpad(type), H5T_STR_NULLPAD);
            assert_int_equal(H5Tget_cset(type), H5T_CSET_UTF8);
        } else {
            assert_true(H5Tequal(type, value_memory_type(VARIABLES[id].type)) > 0);
        }
        (void)H5Tclose(type);
        (void)H5Sclose(space);
        (void)H5Dclose(dataset);
    }
}

static void check_storage(hid_t dataset)
{
    H5D_alloc_time_t alloc_time = H5D_ALLOC_TIME_ERROR;
    H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;
    const hid_t properties = H5Dget_create_plist(dataset);
    assert_int_equal(H5Pget_layout(properties), H5D_CONTIGUOUS);
    assert_int_equal(H5Pget_external_count(properties), 0);
    assert_int_equal(H5Pget_nfilters(properties), 0);
    assert_true(H5Pget_alloc_time(properties, &alloc_time) >= 0);
    assert_int_equal(alloc_time, H5D_ALLOC_TIME_EARLY);
    assert_true(H5Dget_space_status(dataset, &status) >= 0);
    assert_int_equal(status, H5D_SPACE_STATUS_ALLOCATED);
    assert_true(H5Dget_offset(dataset) != HADDR_UNDEF);
    (void)H5Pclose(properties);
}

static void every_dataset_is_contiguous_and_allocated_at_once(void **state)
{
    (void)state;
    static const char *const RUN[] = {"run/epochs", "run/attempts", "run/faults"};
    for (int id = 0; id < VAR_COUNT; id++) {
        const hid_t dataset = open_variable(id);
        check_storage(dataset);
        (void)H5Dclose(dataset);
    }
    for (int i = 0; i < 3; i++) {
        const hid_t dataset = H5Dopen2(file, RUN[i], H5P_DEFAULT);
        check_storage(dataset);
        (void)H5Dclose(dataset);
    }
}

/* Attributes that dimension scales bring along. */
static bool belongs_to_scales(const char *name)
{
    return strcmp(name, "CLASS") == 0 || strcmp(name, "NAME") == 0 ||
           strcmp(name, "REFERENCE_LIST") == 0 || strcmp(name, "DIMENSION_LIST") == 0;
}

static herr_t count_own(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    (void)object;
    (void)info;
    *(int *)data += !belongs_to_scales(name);
    return 0;
}

static void every_variable_has_exactly_its_attributes(void **state)
{
    (void)state;
    for (int id = 0; id < VAR_COUNT; id++) {
        const struct variable *const variable = &VARIABLES[id];
        const hid_t dataset = open_variable(id);
        int expected = 2;
        int count = 0;
        check_text_attribute(dataset, "long_name", variable->long_name);
        check_text_attribute(dataset, "units", variable->units);
        if (variable->type == VALUE_TEXT) {
            check_text_attribute(dataset, "_Encoding", "utf-8");
            expected++;
        }
        if (variable->fill == FILL_MARKED) {
            assert_int_equal(integer_attribute(dataset, "_FillValue"),
                             variable->type == VALUE_U8 ? 255 : -1);
            expected++;
        }
        const bool is_label = id >= VAR_MODEL && id <= VAR_SEED;
        if (variable->axes[0] == AXIS_CASE && !variable->is_scale && !is_label) {
            check_text_attribute(dataset, "coordinates", "model task construction hidden seed");
            expected++;
        }
        assert_true(H5Aiterate2(dataset, H5_INDEX_NAME, H5_ITER_INC, NULL, count_own, &count) >= 0);
        assert_int_equal(count, expected);
        (void)H5Dclose(dataset);
    }
}

static void a_fill_value_attribute_has_the_type_of_its_variable(void **state)
{
    (void)state;
    for (int id = 0; id < VAR_COUNT; id++) {
        if (VARIABLES[id].fill == FILL_MARKED) {
            const hid_t dataset = open_variable(id);
            const hid_t attribute = H5Aopen(dataset, "_FillValue", H5P_DEFAULT);
            const hid_t type = H5Aget_type(attribute);
            assert_true(H5Tequal(type, value_memory_type(VARIABLES[id].type)) > 0);
            (void)H5Tclose(type);
            (void)H5Aclose(attribute);
            (void)H5Dclose(dataset);
        }
    }
}

static void every_axis_carries_its_scale_and_no_other(void **state)
{
    (void)state;
    hid_t scales[AXIS_COUNT];
    for (int axis = 0; axis < AXIS_COUNT; axis++) {
        char name[32] = "";
        scales[axis] = open_variable(axis);
        assert_true(H5DSis_scale(scales[axis]) > 0);
        assert_true(H5DSget_scale_name(scales[axis], name, sizeof name) > 0);
        assert_string_equal(name, VARIABLES[axis].name);
    }
    for (int id = AXIS_COUNT; id < VAR_COUNT; id++) {
        const hid_t dataset = open_variable(id);
        assert_int_equal(H5DSis_scale(dataset), 0);
        for (int i = 0; i < VARIABLES[id].n_axes; i++) {
            assert_int_equal(H5DSget_num_scales(dataset, (unsigned)i), 1);
            assert_true(H5DSis_attached(dataset, scales[VARIABLES[id].axes[i]], (unsigned)i) > 0);
        }
        (void)H5Dclose(dataset);
    }
    for (int axis = 0; axis < AXIS_COUNT; axis++) {
        (void)H5Dclose(scales[axis]);
    }
}

/* ---- values -------------------------------------------------------------------------------------
 */

static unsigned char *read_raw(int id, size_t *size)
{
    const hid_t dataset = open_variable(id);
    const hid_t type = H5Dget_type(dataset);
    *size = (size_t)H5Dget_storage_size(dataset);
    unsigned char *const bytes = malloc(*size);
    assert_non_null(bytes);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    (void)H5Tclose(type);
    (void)H5Dclose(dataset);
    return bytes;
}

static void check_filled(int id)
{
    size_t size = 0;
    unsigned char *const bytes = read_raw(id, &size);
    for (size_t i = 0; i < size; i += VARIABLES[id].fill == FILL_NAN ? 8 : 1) {
        double value = 0.0;
        switch (VARIABLES[id].fill) {
        case FILL_NAN:
            memcpy(&value, bytes + i, sizeof value);
            assert_true(isnan(value));
            break;
        case FILL_ZERO:
            assert_int_equal(bytes[i], 0);
            break;
        case FILL_MARKED:
            assert_int_equal(bytes[i], 0xff); /* 255 and -1 alike */
            break;
        }
    }
    free(bytes);
}

static void what_jobs_write_is_filled_everywhere(void **state)
{
    (void)state;
    for (int id = VAR_FVU; id < VAR_COUNT; id++) {
        if (id != VAR_WEIGHTS_HASH) {
            check_filled(id);
        }
    }
}

static void check_texts(int id, const char *const *expected, size_t count, size_t width)
{
    size_t size = 0;
    unsigned char *const bytes = read_raw(id, &size);
    assert_int_equal(size, count * width);
    for (size_t i = 0; i < count; i++) {
        char text[64] = "";
        memcpy(text, bytes + i * width, width);
        assert_string_equal(text, expected[i]);
    }
    free(bytes);
}

static void texts_are_as_wide_as_their_longest(void **state)
{
    (void)state;
    check_texts(VAR_ABLATION, (const char *[]){"none", "RR", "CR", "CC"}, 4, 4);
    check_texts(VAR_COUPLING, (const char *[]){"RR", "CR", "CC"}, 3, 2);
    check_texts(VAR_MODEL, (const char *[]){"m0.h5", "lab/r\xc3\xa9seau-longest.h5", "m2.h5"}, 3,
                strlen("lab/r\xc3\xa9seau-longest.h5"));
    check_texts(VAR_TASK, (const char *[]){"sine", "sine", "mine"}, 3, 4);
    check_texts(VAR_CONSTRUCTION, (const char *[]){"dense_default", "dense_default", ""}, 3, 13);
    check_texts(VAR_MODEL_IDENTITY,
                (const char *[]){"0000000000000000", "0000000000000001", "0000000000000002"}, 3,
                16);
}

static void check_numbers(int id, hid_t type, const void *expected, size_t size)
{
    unsigned char bytes[64] = {0};
    const hid_t dataset = open_variable(id);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    assert_memory_equal(bytes, expected, size);
    (void)H5Dclose(dataset);
}

static void numeric_labels_are_those_of_the_sweep(void **state)
{
    (void)state;
    const int64_t cases[3] = {0, 1, 2};
    const int64_t units[5] = {0, 1, 2, 3, 4};
    const int64_t partitions[5] = {1, 2, 3, 4, 5};
    const double alphas[2] = {0.5, 1.0};
    const int64_t seeds[3] = {-1, 0, 1};
    const int32_t widths[3] = {3, 4, 5};
    const uint64_t hashes[3] = {0x8000000000000000u, 0x8000000000000001u, 0x8000000000000002u};
    check_numbers(VAR_CASE, H5T_NATIVE_INT64, cases, sizeof cases);
    check_numbers(VAR_MODE, H5T_NATIVE_INT64, units, sizeof units);
    check_numbers(VAR_PARTITION, H5T_NATIVE_INT64, partitions, sizeof partitions);
    check_numbers(VAR_ALPHA, H5T_NATIVE_DOUBLE, alphas, sizeof alphas);
    check_numbers(VAR_SEED, H5T_NATIVE_INT64, seeds, sizeof seeds);
    check_numbers(VAR_HIDDEN, H5T_NATIVE_INT32, widths, sizeof widths);
    check_numbers(VAR_WEIGHTS_HASH, H5T_NATIVE_UINT64, hashes, sizeof hashes);
}

static void the_root_says_what_made_the_file(void **state)
{
    (void)state;
    char hash[17];
    double epsilon = 0.0;
    int count = 0;
    (void)snprintf(hash, sizeof hash, "%016" PRIx64,
                   hash_bytes64(sweep.canonical, strlen(sweep.canonical)));
    check_text_attribute(file, "study", "sample");
    check_text_attribute(file, "study_canonical", sweep.canonical);
    check_text_attribute(file, "study_hash", hash);
    check_text_attribute(file, "versions", PROVENANCE.versions);
    check_text_attribute(file, "git_revision", "");
    check_text_attribute(file, "isa", isa_name(sweep.isa));
    assert_int_equal(integer_attribute(file, "seed"), 7);
    assert_int_equal(integer_attribute(file, "format_version"), RESULTS_FORMAT_VERSION);
    const hid_t attribute = H5Aopen(file, "epsilon", H5P_DEFAULT);
    assert_true(H5Aread(attribute, H5T_NATIVE_DOUBLE, &epsilon) >= 0);
    (void)H5Aclose(attribute);
    CHECK_SAME(epsilon, 0.125);
    assert_true(H5Aexists(file, "file_uuid") > 0);
    assert_true(H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, count_own, &count) >= 0);
    assert_int_equal(count, 13);
}

static void the_run_group_holds_empty_records(void **state)
{
    (void)state;
    struct epoch epochs[RESULTS_EPOCHS];
    static const struct epoch EMPTY;
    hsize_t count = 0;
    const hid_t group = H5Gopen2(file, "run", H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(group, "epochs", H5P_DEFAULT);
    const hid_t attempts = H5Dopen2(group, "attempts", H5P_DEFAULT);
    const hid_t faults = H5Dopen2(group, "faults", H5P_DEFAULT);
    const hid_t type = epoch_type();
    H5G_info_t info;
    assert_true(H5Gget_info(group, &info) >= 0);
    assert_int_equal(info.nlinks, 3);
    assert_int_equal(H5Dget_storage_size(dataset), sizeof epochs);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, epochs) >= 0);
    for (int i = 0; i < RESULTS_EPOCHS; i++) {
        assert_memory_equal(&epochs[i], &EMPTY, sizeof EMPTY);
    }
    count = H5Dget_storage_size(attempts);
    assert_int_equal(count, 3);
    count = H5Dget_storage_size(faults);
    assert_int_equal(count, 3 * FAULT_COUNT);
    (void)H5Tclose(type);
    (void)H5Dclose(faults);
    (void)H5Dclose(attempts);
    (void)H5Dclose(dataset);
    (void)H5Gclose(group);
}

int test_results_layout(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_holds_the_variables_of_the_table_and_the_run),
        cmocka_unit_test(without_the_profile_its_variables_are_not_there),
        cmocka_unit_test(every_variable_has_its_type_and_shape),
        cmocka_unit_test(every_dataset_is_contiguous_and_allocated_at_once),
        cmocka_unit_test(every_variable_has_exactly_its_attributes),
        cmocka_unit_test(a_fill_value_attribute_has_the_type_of_its_variable),
        cmocka_unit_test(every_axis_carries_its_scale_and_no_other),
        cmocka_unit_test(what_jobs_write_is_filled_everywhere),
        cmocka_unit_test(texts_are_as_wide_as_their_longest),
        cmocka_unit_test(numeric_labels_are_those_of_the_sweep),
        cmocka_unit_test(the_root_says_what_made_the_file),
        cmocka_unit_test(the_run_group_holds_empty_records),
    };
    return cmocka_run_group_tests(tests, create_sample, remove_sample);
}
