/* What a new results file says of its study and keeps of its runs, looked at with plain HDF5. */
#include "store/results_layout.h"

#include "core/hash.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/h5.h"
#include "store/results_create.h"
#include "store/results_faults.h"
#include "support/check.h"
#include "support/h5read.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <inttypes.h>
#include <stdio.h>

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
    sweep.precision = PRECISION_FLOAT32;
    sweep.team = (struct team_spec){6, 4, 2, 3, 32, false};
    sweep.cases[1].task = CASE_TASK_OWN;
    sweep.models[1].trials_hash = UINT64_MAX - 1;
    const struct schema schema = diagnostics_schema(&sweep);
    CHECK_OK(results_create(scratch_path("out.h5"), &sweep, &schema, &PROVENANCE, &error));
    CHECK_OK(h5_open_input(scratch_path("out.h5"), &file, STATUS_IO, &error));
    return 0;
}

static int remove_sample(void **state)
{
    (void)H5Fclose(file);
    sweep_release(&sweep);
    return scratch_remove(state);
}

static void check_numbers(const char *name, hid_t type, const void *expected, size_t size)
{
    unsigned char bytes[64] = {0};
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    assert_memory_equal(bytes, expected, size);
    (void)H5Dclose(dataset);
}

static void the_root_says_what_made_the_file(void **state)
{
    (void)state;
    char hash[17];
    int32_t team[5] = {0};
    (void)snprintf(hash, sizeof hash, "%016" PRIx64,
                   hash_bytes64(sweep.canonical, strlen(sweep.canonical)));
    h5read_check_text(file, "study", "sample");
    h5read_check_text(file, "study_canonical", sweep.canonical);
    h5read_check_text(file, "study_hash", hash);
    h5read_check_text(file, "versions", PROVENANCE.versions);
    h5read_check_text(file, "git_revision", "");
    h5read_check_text(file, "isa", isa_name(sweep.isa));
    assert_int_equal(h5read_integer(file, "seed"), 7);
    assert_int_equal(h5read_integer(file, "format_version"), RESULTS_FORMAT_VERSION);
    CHECK_SAME(h5read_real(file, "epsilon"), 0.125);
    h5read_check_text(file, "precision", "float32");
    h5read_check_text(file, "gauss_newton", "price");
    const hid_t attribute = H5Aopen(file, "team", H5P_DEFAULT);
    assert_true(H5Aread(attribute, H5T_NATIVE_INT32, team) >= 0);
    (void)H5Aclose(attribute);
    assert_memory_equal(team, ((int32_t[]){6, 4, 2, 3, 32}), sizeof team);
    h5read_check_text(file, "models_dir", "");
    h5read_check_text(file, "study_dir", "");
    assert_true(H5Aexists(file, "file_uuid") > 0);
    h5read_check_text(file, "measures", "fvu delta_fvu accuracy distance removed_mass sensitivity");
    assert_int_equal(h5read_count_attributes(file), 17);
}

static void the_tasks_say_what_every_case_was_evaluated_on(void **state)
{
    (void)state;
    double params[PARAMS_MAX] = {0};
    H5G_info_t info;
    const hid_t group = H5Gopen2(file, "tasks", H5P_DEFAULT);
    const hid_t task = H5Gopen2(group, "0", H5P_DEFAULT);
    assert_true(H5Gget_info(group, &info) >= 0);
    assert_int_equal(info.nlinks, 3);
    assert_int_equal(h5read_integer(group, "count"), 1);
    check_numbers("tasks/task_of_case", H5T_NATIVE_INT32, (int32_t[]){0, -1, 0}, 12);
    check_numbers("tasks/own_trials_hash", H5T_NATIVE_UINT64, (uint64_t[]){0, UINT64_MAX - 1, 0},
                  24);
    h5read_check_text(task, "name", "sine");
    h5read_check_text(task, "path", "");
    assert_int_equal(h5read_integer(task, "trials_hash"), 0);
    const hid_t attribute = H5Aopen(task, "params", H5P_DEFAULT);
    assert_true(H5Aread(attribute, H5T_NATIVE_DOUBLE, params) >= 0);
    (void)H5Aclose(attribute);
    assert_memory_equal(params, sweep.tasks[0].params, sizeof params);
    assert_int_equal(h5read_count_attributes(task), 4);
    (void)H5Gclose(task);
    (void)H5Gclose(group);
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
    const hid_t training = H5Dopen2(group, "training", H5P_DEFAULT);
    const hid_t type = run_type(RUN_EPOCHS, RESULTS_FORMAT_VERSION);
    H5G_info_t info;
    assert_true(H5Gget_info(group, &info) >= 0);
    assert_int_equal(info.nlinks, RUN_COUNT);
    assert_int_equal(H5Dget_storage_size(dataset), sizeof epochs);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, epochs) >= 0);
    for (int i = 0; i < RESULTS_EPOCHS; i++) {
        assert_memory_equal(&epochs[i], &EMPTY, sizeof EMPTY);
    }
    count = H5Dget_storage_size(attempts);
    assert_int_equal(count, 3);
    count = H5Dget_storage_size(faults);
    assert_int_equal(count, 3 * FAULT_COUNT);
    count = H5Dget_storage_size(training);
    assert_int_equal(count, 3 * sizeof(struct training_mark));
    (void)H5Tclose(type);
    (void)H5Dclose(training);
    (void)H5Dclose(faults);
    (void)H5Dclose(attempts);
    (void)H5Dclose(dataset);
    (void)H5Gclose(group);
}

int test_results_root(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_says_what_made_the_file),
        cmocka_unit_test(the_tasks_say_what_every_case_was_evaluated_on),
        cmocka_unit_test(the_run_group_holds_empty_records),
    };
    return cmocka_run_group_tests(tests, create_sample, remove_sample);
}
