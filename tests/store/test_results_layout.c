/* What lies in a new results file, looked at with plain HDF5. */
#include "store/results_create.h"

#include "kernel/diagnostics/diagnostic.h"
#include "store/h5.h"
#include "store/results_faults.h"
#include "store/results_layout.h"
#include "support/check.h"
#include "support/h5read.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>

static struct error error;
static const struct provenance PROVENANCE = {"schursweep 0\nHDF5 0", ""};

/* One file that all tests look at. */
static struct sweep sweep;
static struct layout layout;
static hid_t file;

static int create_sample(void **state)
{
    if (scratch_create(state) != 0) {
        return -1;
    }
    sweep = sample_sweep(3, 2, 4);
    sample_all_partitions(&sweep);
    set_text(&sweep.models[1].label, "lab/r\xc3\xa9seau-longest.h5");
    set_text(&sweep.models[2].construction, "");
    set_text(&sweep.cases[2].task_label, "mine");
    struct schema schema = diagnostics_schema(&sweep);
    sample_add_probe(&sweep, &schema);
    CHECK_OK(layout_create(&layout, &schema, &error));
    layout_set_lengths(&layout, &sweep);
    CHECK_OK(results_create(scratch_path("out.h5"), &sweep, &schema, &PROVENANCE, &error));
    CHECK_OK(h5_open_input(scratch_path("out.h5"), &file, STATUS_IO, &error));
    return 0;
}

static int remove_sample(void **state)
{
    (void)H5Fclose(file);
    layout_release(&layout);
    sweep_release(&sweep);
    return scratch_remove(state);
}

static hid_t open_variable(const char *name)
{
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(dataset >= 0);
    return dataset;
}

/* ---- what is in the file ------------------------------------------------------------------------
 */

static herr_t count_link(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    (void)group;
    assert_int_equal(info->type, H5L_TYPE_HARD);
    const bool is_group = strcmp(name, "run") == 0 || strcmp(name, "tasks") == 0;
    if (!is_group && layout_find(&layout, name) == NULL) {
        fail_msg("'%s' is not in the list", name);
    }
    ++*(int *)data;
    return 0;
}

static void the_root_holds_the_variables_of_the_list_the_tasks_and_the_run(void **state)
{
    (void)state;
    int count = 0;
    assert_true(H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, count_link, &count) >= 0);
    assert_int_equal(count, layout.n_datasets + 2);
}

static void without_partitions_their_variables_are_not_there(void **state)
{
    (void)state;
    int count = 0;
    int n_absent = 0;
    struct sweep plain = sample_sweep(2, 2, 2);
    const hid_t all = file;
    sample_results(scratch_path("plain.h5"), &plain);
    CHECK_OK(h5_open_input(scratch_path("plain.h5"), &file, STATUS_IO, &error));
    assert_true(H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, count_link, &count) >= 0);
    for (int i = 0; i < layout.n_datasets; i++) {
        const char *const name = layout.datasets[i].name;
        const bool is_absent = strncmp(name, "partition", 9) == 0 ||
                               strncmp(name, "probe", 5) == 0 || /* not asked for */
                               strcmp(name, "alpha_low") == 0 || strcmp(name, "alpha_high") == 0;
        assert_int_equal(H5Lexists(file, name, H5P_DEFAULT) > 0, !is_absent);
        n_absent += is_absent;
    }
    assert_int_equal(n_absent, 15 + 7);
    assert_int_equal(count, layout.n_datasets - n_absent + 2);
    (void)H5Fclose(file);
    file = all;
    sweep_release(&plain);
}

/* Labels have any length, so that netCDF's readers take them; a message, which changes later, is an
 * array of characters. */
static void check_type(const struct dataset *dataset, hid_t type)
{
    if (dataset->type == VALUE_TEXT) {
        assert_int_equal(H5Tget_class(type), H5T_STRING);
        assert_int_equal(H5Tis_variable_str(type), dataset->kind != DATASET_MESSAGE);
        assert_int_equal(H5Tget_cset(type), H5T_CSET_UTF8);
        if (dataset->kind == DATASET_MESSAGE) {
            assert_int_equal(H5Tget_size(type), 1);
        }
    } else if (dataset->type != VALUE_TYPE_COUNT) {
        assert_true(H5Tequal(type, value_h5_type(dataset->type)) > 0);
    }
}

static void every_variable_has_its_type_and_shape(void **state)
{
    (void)state;
    for (int i = 0; i < layout.n_datasets; i++) {
        const struct dataset *const variable = &layout.datasets[i];
        hsize_t dims[DATASET_AXES_MAX] = {0};
        hsize_t limits[DATASET_AXES_MAX] = {0};
        const hid_t dataset = open_variable(variable->name);
        const hid_t space = H5Dget_space(dataset);
        const hid_t type = H5Dget_type(dataset);
        assert_int_equal(H5Sget_simple_extent_dims(space, dims, limits), variable->n_axes);
        for (int k = 0; k < variable->n_axes; k++) {
            assert_int_equal(dims[k], layout.lengths[variable->axes[k]]);
            assert_int_equal(limits[k], dims[k]); /* never grows */
        }
        check_type(variable, type);
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
    for (int i = 0; i < layout.n_datasets; i++) {
        const hid_t dataset = open_variable(layout.datasets[i].name);
        check_storage(dataset);
        (void)H5Dclose(dataset);
    }
    for (int i = 0; i < 3; i++) {
        const hid_t dataset = H5Dopen2(file, RUN[i], H5P_DEFAULT);
        check_storage(dataset);
        (void)H5Dclose(dataset);
    }
}

/* Those that a variable has by its list, looked at; their number. */
static int check_attributes(const struct dataset *variable, hid_t dataset)
{
    int count = 2;
    h5read_check_text(dataset, "long_name", variable->long_name);
    h5read_check_text(dataset, "units", variable->units);
    if (variable->kind == DATASET_MESSAGE) {
        h5read_check_text(dataset, "_Encoding", "utf-8");
        count++;
    }
    if (variable->fill == FILL_MARKED) {
        assert_int_equal(h5read_integer(dataset, "_FillValue"),
                         variable->type == VALUE_U8 ? 255 : -1);
        count++;
    }
    if (variable->kind != DATASET_SCALE && variable->kind != DATASET_LABEL) {
        h5read_check_text(dataset, "coordinates",
                          "model task matrix cell activation construction hidden seed");
        count++;
    }
    if (variable->declared_by[0] != '\0') {
        h5read_check_text(dataset, "declared_by", variable->declared_by);
        count++;
    }
    return count;
}

/* The parameters of a diagnostic stand at its state, nothing at a dimension without labels. */
static void every_variable_has_exactly_its_attributes(void **state)
{
    (void)state;
    for (int i = 0; i < layout.n_datasets; i++) {
        const struct dataset *const variable = &layout.datasets[i];
        const hid_t dataset = open_variable(variable->name);
        int expected = 0;
        if (variable->type != VALUE_TYPE_COUNT) {
            expected = check_attributes(variable, dataset);
        }
        if (strcmp(variable->name, "probe_state") == 0) {
            CHECK_SAME(h5read_real(dataset, "epsilon"), 0.5);
            CHECK_SAME(h5read_real(dataset, "repeats"), 3.0);
            expected += 2;
        }
        assert_int_equal(h5read_count_attributes(dataset), expected);
        (void)H5Dclose(dataset);
    }
}

static void a_fill_value_attribute_has_the_type_of_its_variable(void **state)
{
    (void)state;
    for (int i = 0; i < layout.n_datasets; i++) {
        if (layout.datasets[i].fill == FILL_MARKED) {
            const hid_t dataset = open_variable(layout.datasets[i].name);
            const hid_t attribute = H5Aopen(dataset, "_FillValue", H5P_DEFAULT);
            const hid_t type = H5Aget_type(attribute);
            assert_true(H5Tequal(type, value_h5_type(layout.datasets[i].type)) > 0);
            (void)H5Tclose(type);
            (void)H5Aclose(attribute);
            (void)H5Dclose(dataset);
        }
    }
}

/* The name of a dimension without labels is what netCDF gives to such a one. */
static void every_axis_carries_its_scale_and_no_other(void **state)
{
    (void)state;
    hid_t scales[LAYOUT_AXES_MAX];
    for (int axis = 0; axis < layout.n_axes; axis++) {
        const bool is_bare = layout.datasets[axis].type == VALUE_TYPE_COUNT;
        char name[128] = "";
        scales[axis] = open_variable(layout.axes[axis]->name);
        assert_true(H5DSis_scale(scales[axis]) > 0);
        assert_true(H5DSget_scale_name(scales[axis], name, sizeof name) > 0);
        assert_string_equal(
            name, is_bare ? "This is a netCDF dimension but not a netCDF variable.       200"
                          : layout.axes[axis]->name);
    }
    for (int i = layout.n_axes; i < layout.n_datasets; i++) {
        const struct dataset *const variable = &layout.datasets[i];
        const hid_t dataset = open_variable(variable->name);
        assert_int_equal(H5DSis_scale(dataset), 0);
        for (int k = 0; k < variable->n_axes; k++) {
            assert_int_equal(H5DSget_num_scales(dataset, (unsigned)k), 1);
            assert_true(H5DSis_attached(dataset, scales[variable->axes[k]], (unsigned)k) > 0);
        }
        (void)H5Dclose(dataset);
    }
    for (int axis = 0; axis < layout.n_axes; axis++) {
        (void)H5Dclose(scales[axis]);
    }
}

/* ---- values -------------------------------------------------------------------------------------
 */

static unsigned char *read_raw(const char *name, size_t *size)
{
    const hid_t dataset = open_variable(name);
    const hid_t type = H5Dget_type(dataset);
    *size = (size_t)H5Dget_storage_size(dataset);
    unsigned char *const bytes = malloc(*size);
    assert_non_null(bytes);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    (void)H5Tclose(type);
    (void)H5Dclose(dataset);
    return bytes;
}

static void check_filled(const struct dataset *dataset)
{
    size_t size = 0;
    unsigned char *const bytes = read_raw(dataset->name, &size);
    for (size_t i = 0; i < size; i += dataset->fill == FILL_NAN ? 8 : 1) {
        double value = 0.0;
        switch (dataset->fill) {
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

static void what_is_written_later_is_filled_everywhere(void **state)
{
    (void)state;
    for (int i = 0; i < layout.n_datasets; i++) {
        const enum dataset_kind kind = layout.datasets[i].kind;
        if (kind == DATASET_MESSAGE || kind == DATASET_JOB || kind == DATASET_RECORD) {
            check_filled(&layout.datasets[i]);
        }
    }
}

static void check_texts(const char *name, const char *const *expected, size_t count)
{
    char *texts[8] = {NULL};
    const hid_t dataset = open_variable(name);
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    assert_int_equal(H5Sget_simple_extent_npoints(space), count);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) >= 0);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(texts[i], expected[i]);
    }
    (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Dclose(dataset);
}

static void texts_are_those_of_the_sweep(void **state)
{
    (void)state;
    check_texts("ablation", (const char *[]){"none", "RR", "CR", "CC"}, 4);
    check_texts("coupling", (const char *[]){"RR", "CR", "CC"}, 3);
    check_texts("model", (const char *[]){"m0.h5", "lab/r\xc3\xa9seau-longest.h5", "m2.h5"}, 3);
    check_texts("task", (const char *[]){"sine", "sine", "mine"}, 3);
    check_texts("matrix", (const char *[]){"hh", "hh", "hh"}, 3);
    check_texts("cell", (const char *[]){"rnn", "rnn", "rnn"}, 3);
    check_texts("activation", (const char *[]){"tanh", "tanh", "tanh"}, 3);
    check_texts("construction", (const char *[]){"dense_default", "dense_default", ""}, 3);
    check_texts("model_identity",
                (const char *[]){"0000000000000000", "0000000000000001", "0000000000000002"}, 3);
}

static void check_numbers(const char *name, hid_t type, const void *expected, size_t size)
{
    unsigned char bytes[64] = {0};
    const hid_t dataset = open_variable(name);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    assert_memory_equal(bytes, expected, size);
    (void)H5Dclose(dataset);
}

static void numeric_labels_are_those_of_the_sweep(void **state)
{
    (void)state;
    const int64_t cases[3] = {0, 1, 2};
    const int64_t modes[5] = {0, 1, 2, 3, 4};
    const int64_t partitions[5] = {1, 2, 3, 4, 5};
    const double alphas[2] = {0.5, 1.0};
    const double levels[3] = {0.25, 0.5, 0.75};
    const int64_t seeds[3] = {-1, 0, 1};
    const int32_t widths[3] = {3, 4, 5};
    check_numbers("case", H5T_NATIVE_INT64, cases, sizeof cases);
    check_numbers("mode", H5T_NATIVE_INT64, modes, sizeof modes);
    check_numbers("partition", H5T_NATIVE_INT64, partitions, sizeof partitions);
    check_numbers("alpha", H5T_NATIVE_DOUBLE, alphas, sizeof alphas);
    check_numbers("probe_level", H5T_NATIVE_DOUBLE, levels, sizeof levels);
    check_numbers("seed", H5T_NATIVE_INT64, seeds, sizeof seeds);
    check_numbers("hidden", H5T_NATIVE_INT32, widths, sizeof widths);
}

int test_results_layout(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_holds_the_variables_of_the_list_the_tasks_and_the_run),
        cmocka_unit_test(without_partitions_their_variables_are_not_there),
        cmocka_unit_test(every_variable_has_its_type_and_shape),
        cmocka_unit_test(every_dataset_is_contiguous_and_allocated_at_once),
        cmocka_unit_test(every_variable_has_exactly_its_attributes),
        cmocka_unit_test(a_fill_value_attribute_has_the_type_of_its_variable),
        cmocka_unit_test(every_axis_carries_its_scale_and_no_other),
        cmocka_unit_test(what_is_written_later_is_filled_everywhere),
        cmocka_unit_test(texts_are_those_of_the_sweep),
        cmocka_unit_test(numeric_labels_are_those_of_the_sweep),
    };
    return cmocka_run_group_tests(tests, create_sample, remove_sample);
}
