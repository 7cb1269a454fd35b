/* Group /trials of model files and of files of their own (store/model_file.h). */
#include "store/model_file.h"

#include "support/check.h"
#include "support/h5write.h"
#include "support/scratch.h"
#include "support/untouched.h"

#include <stdio.h>

enum {
    STEPS = H5WRITE_STEPS,
    TRIALS = H5WRITE_TRIALS,
    PLACES = STEPS * TRIALS,
    N_IN = H5WRITE_IN,
    N_OUT = H5WRITE_OUT
};

static struct error error;

static const char *path(void)
{
    return scratch_path("trials.h5");
}

/* Another good file, for links to point at. */
static const char *other(void)
{
    return scratch_path("other.h5");
}

static int watch_other(void)
{
    h5write_model(other());
    return untouched_begin(other());
}

/* A good file and its group /trials, opened to be spoilt. */
struct spoilt {
    hid_t file;
    hid_t group;
};

static struct spoilt begin(void)
{
    h5write_model(path());
    const hid_t file = h5write_open(path());
    return (struct spoilt){file, H5Gopen2(file, "trials", H5P_DEFAULT)};
}

static void end(struct spoilt spoilt)
{
    (void)H5Gclose(spoilt.group);
    (void)H5Fclose(spoilt.file);
}

/* The message is one line and names the file and `part`; no handle stays open. */
static void check_refused(struct spoilt spoilt, const char *part)
{
    struct trials trials = {0};
    end(spoilt);
    assert_int_equal(trials_file_read(path(), &trials, &error), STATUS_INPUT);
    assert_null(trials.inputs); /* nothing is left to release */
    assert_non_null(strstr(error.text, "trials.h5: "));
    assert_null(strchr(error.text, '\n'));
    if (strstr(error.text, part) == NULL) {
        fail_msg("message '%s' lacks '%s'", error.text, part);
    }
    assert_int_equal(h5write_open_handles(), 0);
}

static struct trials check_read(struct spoilt spoilt)
{
    struct trials trials;
    end(spoilt);
    CHECK_OK(trials_file_read(path(), &trials, &error));
    assert_int_equal(h5write_open_handles(), 0);
    assert_int_equal(trials.n_steps, STEPS);
    assert_int_equal(trials.n_trials, TRIALS);
    assert_int_equal(trials.n_in, N_IN);
    assert_int_equal(trials.n_out, N_OUT);
    for (int i = 0; i < PLACES * N_IN; i++) {
        CHECK_SAME(trials.inputs[i], h5write_value("inputs", i));
    }
    for (int i = 0; i < PLACES * N_OUT; i++) {
        CHECK_SAME(trials.targets[i], h5write_value("targets", i));
    }
    return trials;
}

static void trials_are_read_with_every_value(void **state)
{
    (void)state;
    struct trials trials = check_read(begin());
    for (int i = 0; i < PLACES; i++) {
        assert_int_equal(trials.mask[i], i == 7 ? 0 : 1);
    }
    assert_int_equal(trials.metric, METRIC_FVU);
    trials_release(&trials);
}

static void without_a_mask_every_step_counts(void **state)
{
    (void)state;
    struct spoilt spoilt = begin();
    h5write_remove(spoilt.group, "mask");
    struct trials trials = check_read(spoilt);
    for (int i = 0; i < PLACES; i++) {
        assert_int_equal(trials.mask[i], 1);
    }
    trials_release(&trials);
}

static void a_mask_may_have_any_numeric_type(void **state)
{
    (void)state;
    const hsize_t dims[2] = {STEPS, TRIALS};
    const hid_t types[4] = {H5T_STD_I8LE, H5T_STD_I64BE, H5T_IEEE_F32LE, H5T_IEEE_F64LE};
    for (int i = 0; i < 4; i++) {
        struct spoilt spoilt = begin();
        h5write_array(spoilt.group, "mask", 2, dims, types[i], NULL);
        struct trials trials = check_read(spoilt);
        assert_int_equal(trials.mask[6], 1);
        assert_int_equal(trials.mask[7], 0);
        trials_release(&trials);
    }
}

static void float32_trials_are_read_alike(void **state)
{
    (void)state;
    const hsize_t inputs[3] = {STEPS, TRIALS, N_IN};
    const hsize_t targets[3] = {STEPS, TRIALS, N_OUT};
    struct spoilt spoilt = begin();
    h5write_array(spoilt.group, "inputs", 3, inputs, H5T_IEEE_F32LE, NULL);
    h5write_array(spoilt.group, "targets", 3, targets, H5T_IEEE_F32BE, NULL);
    struct trials trials = check_read(spoilt);
    trials_release(&trials);
}

/* Targets that accuracy and argmax are defined on: signs, one of them above in each step. */
static void put_signs(hid_t group)
{
    const hsize_t dims[3] = {STEPS, TRIALS, N_OUT};
    double signs[PLACES * N_OUT];
    for (int i = 0; i < PLACES * N_OUT; i++) {
        signs[i] = i % N_OUT == i / N_OUT % N_OUT ? 1.0 : -1.0;
    }
    h5write_array(group, "targets", 3, dims, H5T_IEEE_F64LE, signs);
}

static void every_metric_is_read(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * METRIC_COUNT; i++) {
        struct trials trials;
        struct spoilt spoilt = begin();
        put_signs(spoilt.group);
        h5write_string(spoilt.group, "metric", metric_kind_name((enum metric_kind)(i / 2)),
                       i % 2 == 1);
        end(spoilt);
        CHECK_OK(trials_file_read(path(), &trials, &error));
        assert_int_equal(trials.metric, i / 2);
        trials_release(&trials);
    }
}

/* Classes of 0 and 1 have no signs. */
static void a_target_without_an_answer_is_refused(void **state)
{
    (void)state;
    const hsize_t dims[3] = {STEPS, TRIALS, N_OUT};
    double targets[PLACES * N_OUT];
    for (int i = 0; i < PLACES * N_OUT; i++) {
        targets[i] = i % N_OUT == i / N_OUT % N_OUT ? 1.0 : 0.0;
    }
    struct spoilt spoilt = begin();
    h5write_array(spoilt.group, "targets", 3, dims, H5T_IEEE_F64LE, targets);
    h5write_string(spoilt.group, "metric", "accuracy", true);
    check_refused(spoilt, "targets[0, 0, 1] is 0, expected a sign where accuracy counts: make "
                          "targets of 0 and 1 signs with 2 y - 1");
    targets[3 * N_OUT + 1] = 1.0;
    spoilt = begin();
    h5write_array(spoilt.group, "targets", 3, dims, H5T_IEEE_F64LE, targets);
    h5write_string(spoilt.group, "metric", "argmax", true);
    check_refused(spoilt, "targets[0, 3, 0] is 1, as another target of that step is");
}

static void outputs_are_read_and_must_fit(void **state)
{
    (void)state;
    const hsize_t dims[3] = {STEPS, TRIALS, N_OUT};
    const hsize_t wide[3] = {STEPS, TRIALS, N_OUT + 1};
    struct spoilt spoilt = begin();
    h5write_array(spoilt.group, "outputs", 3, dims, H5T_IEEE_F32LE, NULL);
    struct trials trials = check_read(spoilt);
    for (int i = 0; i < PLACES * N_OUT; i++) {
        CHECK_SAME(trials.outputs[i], h5write_value("outputs", i));
    }
    trials_release(&trials);
    spoilt = begin();
    h5write_array(spoilt.group, "outputs", 3, wide, H5T_IEEE_F32LE, NULL);
    check_refused(spoilt, "outputs has 4 elements along axis 2, expected 3");
}

static void booleans_are_a_mask(void **state)
{
    (void)state;
    const hsize_t dims[2] = {STEPS, TRIALS};
    unsigned char values[PLACES];
    const unsigned char words[] = {0, 1};
    const hid_t type = H5Tenum_create(H5T_NATIVE_UCHAR);
    (void)H5Tenum_insert(type, "FALSE", &words[0]);
    (void)H5Tenum_insert(type, "TRUE", &words[1]);
    for (int i = 0; i < PLACES; i++) {
        values[i] = i % 3 != 0;
    }
    struct spoilt spoilt = begin();
    const hid_t space = H5Screate_simple(2, dims, NULL);
    h5write_remove(spoilt.group, "mask");
    const hid_t dataset =
        H5Dcreate2(spoilt.group, "mask", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    (void)H5Dclose(dataset);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    struct trials trials = check_read(spoilt);
    for (int i = 0; i < PLACES; i++) {
        assert_int_equal(trials.mask[i], i % 3 != 0);
    }
    trials_release(&trials);
}

static void unknown_names_are_refused_with_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *part;
    } CASES[] = {{"Mask", "unknown dataset 'trials/Mask', did you mean 'trials/mask'?"},
                 {"masks", "did you mean 'trials/mask'?"},
                 {"target", "did you mean 'trials/targets'?"},
                 {"conditions", "unknown dataset 'trials/conditions', expected inputs, targets, "}};
    const hsize_t dims[2] = {STEPS, TRIALS};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct spoilt spoilt = begin();
        h5write_array(spoilt.group, CASES[i].name, 2, dims, H5T_IEEE_F64LE, NULL);
        check_refused(spoilt, CASES[i].part);
    }
    struct spoilt spoilt = begin();
    h5write_text(spoilt.group, "metrics", "accuracy");
    check_refused(spoilt, "unknown attribute 'trials/metrics', did you mean 'trials/metric'?");
}

static void another_metric_is_refused(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"mse", "FVU", "accuracy ", "fv"};
    for (int i = 0; i < 4; i++) {
        struct spoilt spoilt = begin();
        h5write_string(spoilt.group, "metric", WRONG[i], true);
        check_refused(spoilt, "metric");
        assert_non_null(strstr(error.text, WRONG[i]));
    }
    struct spoilt spoilt = begin();
    h5write_integer(spoilt.group, "metric", 1);
    check_refused(spoilt, "metric");
}

static void a_mask_value_other_than_0_and_1_is_refused_with_its_place(void **state)
{
    (void)state;
    static const double WRONG[] = {0.5, 2.0, 256.0, 257.0, -1.0, 1e300, NAN};
    const hsize_t dims[2] = {STEPS, TRIALS};
    for (int i = 0; i < 7; i++) {
        struct spoilt spoilt = begin();
        h5write_array(spoilt.group, "mask", 2, dims, H5T_IEEE_F64LE, NULL);
        h5write_element(spoilt.group, "mask", 3 * TRIALS + 4, WRONG[i]);
        check_refused(spoilt, "mask[3, 4] is");
    }
}

static void an_integer_mask_does_not_wrap_around(void **state)
{
    (void)state;
    const hsize_t dims[2] = {STEPS, TRIALS};
    struct spoilt spoilt = begin();
    h5write_array(spoilt.group, "mask", 2, dims, H5T_STD_I32LE, NULL);
    h5write_element(spoilt.group, "mask", 0, 257.0);
    check_refused(spoilt, "mask[0, 0] is 257");
}

static void a_mask_that_counts_nothing_is_refused(void **state)
{
    (void)state;
    const hsize_t dims[2] = {STEPS, TRIALS};
    const double zeros[PLACES] = {0};
    struct spoilt spoilt = begin();
    h5write_array(spoilt.group, "mask", 2, dims, H5T_STD_U8LE, zeros);
    check_refused(spoilt, "mask is 0 everywhere");
}

static void constant_targets_are_refused(void **state)
{
    (void)state;
    const hsize_t dims[3] = {STEPS, TRIALS, N_OUT};
    double values[PLACES * N_OUT];
    for (int i = 0; i < PLACES * N_OUT; i++) {
        values[i] = 0.1 * (i % N_OUT);
    }
    struct spoilt spoilt = begin();
    h5write_array(spoilt.group, "targets", 3, dims, H5T_IEEE_F64LE, values);
    check_refused(spoilt, "targets are constant");
}

static void a_nan_or_inf_is_refused_with_its_place(void **state)
{
    (void)state;
    struct spoilt spoilt = begin();
    h5write_element(spoilt.group, "inputs", (2 * TRIALS + 3) * N_IN + 1, NAN);
    check_refused(spoilt, "inputs[2, 3, 1] is nan");
    spoilt = begin();
    h5write_element(spoilt.group, "targets", (4 * TRIALS + 5) * N_OUT + 2, INFINITY);
    check_refused(spoilt, "targets[4, 5, 2] is inf");
}

static void a_file_without_trials_is_refused(void **state)
{
    (void)state;
    struct spoilt spoilt = begin();
    h5write_remove(spoilt.file, "trials");
    check_refused(spoilt, "no group /trials");
}

static void a_missing_array_is_named(void **state)
{
    (void)state;
    static const char *const REQUIRED[] = {"inputs", "targets"};
    for (int i = 0; i < 2; i++) {
        char message[64];
        struct spoilt spoilt = begin();
        h5write_remove(spoilt.group, REQUIRED[i]);
        (void)snprintf(message, sizeof message, "dataset %s is missing", REQUIRED[i]);
        check_refused(spoilt, message);
    }
}

static void an_array_of_another_rank_is_refused(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"inputs", "targets", "mask"};
    const hsize_t dims[3] = {STEPS, TRIALS, 1};
    for (int i = 0; i < 3; i++) {
        char message[64];
        const int rank = i == 2 ? 3 : 2;
        struct spoilt spoilt = begin();
        h5write_array(spoilt.group, NAMES[i], rank, dims, H5T_IEEE_F64LE, NULL);
        (void)snprintf(message, sizeof message, "%s has rank %d", NAMES[i], rank);
        check_refused(spoilt, message);
    }
}

static void shapes_that_do_not_fit_each_other_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int rank;
        hsize_t dims[3];
    } WRONG[] = {{"inputs", 3, {STEPS + 1, TRIALS, N_IN}},
                 {"inputs", 3, {STEPS, TRIALS - 1, N_IN}},
                 {"targets", 3, {STEPS - 1, TRIALS, N_OUT}},
                 {"targets", 3, {STEPS, TRIALS + 1, N_OUT}},
                 {"targets", 3, {TRIALS, STEPS, N_OUT}},
                 {"targets", 3, {STEPS, TRIALS, 0}},
                 {"mask", 2, {STEPS + 1, TRIALS, 0}},
                 {"mask", 2, {STEPS, TRIALS + 1, 0}},
                 {"mask", 2, {TRIALS, STEPS, 0}}};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        struct spoilt spoilt = begin();
        h5write_array(spoilt.group, WRONG[i].name, WRONG[i].rank, WRONG[i].dims, H5T_IEEE_F64LE,
                      NULL);
        check_refused(spoilt, WRONG[i].rank == 2 ? "mask has" : "targets has");
    }
}

/* Chunked and never written: a file of a few kilobytes that claims this many elements. */
static void put_claim(hid_t group, const char *name, const hsize_t dims[3])
{
    const hsize_t chunk[3] = {1, 1, 1};
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(3, dims, NULL);
    (void)H5Pset_chunk(properties, 3, chunk);
    h5write_remove(group, name);
    (void)H5Dclose(
        H5Dcreate2(group, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    (void)H5Sclose(space);
    (void)H5Pclose(properties);
}

static void trials_beyond_all_limits_are_refused(void **state)
{
    (void)state;
    const hsize_t many[3] = {1 << 24, 1 << 24, 1};
    const hsize_t wide[3] = {1 << 12, 1 << 12, 1 << 12};
    const hsize_t long_axis[3] = {(1 << 24) + 1, 1, 1};
    struct spoilt spoilt = begin();
    put_claim(spoilt.group, "inputs", many);
    put_claim(spoilt.group, "targets", many);
    check_refused(spoilt, "more than 2^32 values");
    spoilt = begin();
    put_claim(spoilt.group, "inputs", wide);
    put_claim(spoilt.group, "targets", wide);
    check_refused(spoilt, "more than 2^32 values");
    spoilt = begin();
    put_claim(spoilt.group, "inputs", long_axis);
    check_refused(spoilt, "inputs has 16777217 elements along axis 0");
}

static void a_link_in_the_place_of_an_array_is_refused(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"inputs", "targets", "mask"};
    const int watch = watch_other();
    for (int i = 0; i < 3; i++) {
        char message[64];
        char target[32];
        (void)snprintf(message, sizeof message, "%s is a soft or external link", NAMES[i]);
        (void)snprintf(target, sizeof target, "/trials/%s", NAMES[i]);
        struct spoilt spoilt = begin();
        h5write_remove(spoilt.group, NAMES[i]);
        (void)H5Lcreate_external(other(), target, spoilt.group, NAMES[i], H5P_DEFAULT, H5P_DEFAULT);
        check_refused(spoilt, message);
        spoilt = begin();
        h5write_remove(spoilt.group, NAMES[i]);
        (void)H5Lcreate_soft("/weight_hh", spoilt.group, NAMES[i], H5P_DEFAULT, H5P_DEFAULT);
        check_refused(spoilt, message);
    }
    untouched_end(watch);
}

static void a_link_in_the_place_of_the_group_is_refused(void **state)
{
    (void)state;
    const int watch = watch_other();
    struct spoilt spoilt = begin();
    h5write_remove(spoilt.file, "trials");
    (void)H5Lcreate_external(other(), "/trials", spoilt.file, "trials", H5P_DEFAULT, H5P_DEFAULT);
    check_refused(spoilt, "trials");
    untouched_end(watch);
    spoilt = begin();
    h5write_remove(spoilt.file, "trials");
    (void)H5Lcreate_soft("/trials", spoilt.file, "trials", H5P_DEFAULT, H5P_DEFAULT);
    check_refused(spoilt, "trials");
}

static void a_dataset_in_the_place_of_the_group_is_refused(void **state)
{
    (void)state;
    const hsize_t dims[1] = {4};
    struct spoilt spoilt = begin();
    h5write_array(spoilt.file, "trials", 1, dims, H5T_IEEE_F64LE, NULL);
    check_refused(spoilt, "no group /trials");
}

static void data_in_other_files_is_refused_unread(void **state)
{
    (void)state;
    const hsize_t dims[3] = {STEPS, TRIALS, N_IN};
    file_write_text(scratch_path("outside"), "a secret of sixteen doubles");
    const int outside = untouched_begin(scratch_path("outside"));
    const int watch = watch_other();
    struct spoilt spoilt = begin();
    const hid_t space = H5Screate_simple(3, dims, NULL);
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_virtual(properties, space, other(), "/trials/inputs", space);
    h5write_remove(spoilt.group, "inputs");
    (void)H5Dclose(H5Dcreate2(spoilt.group, "inputs", H5T_IEEE_F64LE, space, H5P_DEFAULT,
                              properties, H5P_DEFAULT));
    (void)H5Pclose(properties);
    check_refused(spoilt, "inputs is virtual or stored in another file");
    spoilt = begin();
    properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_external(properties, scratch_path("outside"), 0, PLACES * N_IN * sizeof(double));
    h5write_remove(spoilt.group, "inputs");
    (void)H5Dclose(H5Dcreate2(spoilt.group, "inputs", H5T_IEEE_F64LE, space, H5P_DEFAULT,
                              properties, H5P_DEFAULT));
    (void)H5Pclose(properties);
    (void)H5Sclose(space);
    check_refused(spoilt, "inputs is virtual or stored in another file");
    untouched_end(outside);
    untouched_end(watch);
}

static void a_shape_without_data_is_refused(void **state)
{
    (void)state;
    const hsize_t large[3] = {1 << 16, 1 << 12, 1};
    struct spoilt spoilt = begin();
    put_claim(spoilt.group, "inputs", large);
    put_claim(spoilt.group, "targets", large);
    check_refused(spoilt, "inputs has fewer bytes in the file");
}

int test_trials_file(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(trials_are_read_with_every_value),
        SCRATCH_TEST(without_a_mask_every_step_counts),
        SCRATCH_TEST(a_mask_may_have_any_numeric_type),
        SCRATCH_TEST(float32_trials_are_read_alike),
        SCRATCH_TEST(every_metric_is_read),
        SCRATCH_TEST(a_target_without_an_answer_is_refused),
        SCRATCH_TEST(outputs_are_read_and_must_fit),
        SCRATCH_TEST(booleans_are_a_mask),
        SCRATCH_TEST(unknown_names_are_refused_with_the_nearest),
        SCRATCH_TEST(another_metric_is_refused),
        SCRATCH_TEST(a_mask_value_other_than_0_and_1_is_refused_with_its_place),
        SCRATCH_TEST(an_integer_mask_does_not_wrap_around),
        SCRATCH_TEST(a_mask_that_counts_nothing_is_refused),
        SCRATCH_TEST(constant_targets_are_refused),
        SCRATCH_TEST(a_nan_or_inf_is_refused_with_its_place),
        SCRATCH_TEST(a_file_without_trials_is_refused),
        SCRATCH_TEST(a_missing_array_is_named),
        SCRATCH_TEST(an_array_of_another_rank_is_refused),
        SCRATCH_TEST(shapes_that_do_not_fit_each_other_are_refused),
        SCRATCH_TEST(trials_beyond_all_limits_are_refused),
        SCRATCH_TEST(a_link_in_the_place_of_an_array_is_refused),
        SCRATCH_TEST(a_link_in_the_place_of_the_group_is_refused),
        SCRATCH_TEST(a_dataset_in_the_place_of_the_group_is_refused),
        SCRATCH_TEST(data_in_other_files_is_refused_unread),
        SCRATCH_TEST(a_shape_without_data_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
