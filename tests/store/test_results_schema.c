#include "store/results_schema.h"

#include "support/check.h"
#include "support/samples.h"

#include <ctype.h>

/* The variables that the format promises, written down once more. */
struct promise {
    const char *name;
    enum value_type type;
    const char *axes; /* c case, a alpha, b ablation, s sector, u unit, p partition */
    enum fill fill;
    const char *units;
};

static const struct promise PROMISES[] = {
    {"case", VALUE_I64, "c", FILL_ZERO, "1"},
    {"alpha", VALUE_F64, "a", FILL_NAN, "1"},
    {"ablation", VALUE_TEXT, "b", FILL_ZERO, "1"},
    {"coupling", VALUE_TEXT, "s", FILL_ZERO, "1"},
    {"mode", VALUE_I64, "u", FILL_ZERO, "1"},
    {"partition", VALUE_I64, "p", FILL_ZERO, "1"},
    {"model", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"task", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"construction", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"hidden", VALUE_I32, "c", FILL_ZERO, "1"},
    {"seed", VALUE_I64, "c", FILL_ZERO, "1"},
    {"model_identity", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"fvu", VALUE_F64, "cab", FILL_NAN, "1"},
    {"delta_fvu", VALUE_F64, "cab", FILL_NAN, "1"},
    {"accuracy", VALUE_F64, "cab", FILL_NAN, "1"},
    {"distance", VALUE_F64, "cab", FILL_NAN, "1"},
    {"removed_mass", VALUE_F64, "cab", FILL_NAN, "1"},
    {"sensitivity", VALUE_F64, "cab", FILL_NAN, "1"},
    {"seconds", VALUE_F64, "cab", FILL_NAN, "s"},
    {"stabilizer", VALUE_U8, "cab", FILL_MARKED, "1"},
    {"error", VALUE_U16, "cab", FILL_ZERO, "1"},
    {"checksum", VALUE_U64, "cab", FILL_ZERO, "1"},
    {"state", VALUE_U8, "cab", FILL_ZERO, "1"},
    {"n_r", VALUE_I32, "ca", FILL_MARKED, "1"},
    {"alpha_gap", VALUE_F64, "ca", FILL_NAN, "1"},
    {"coupling_mass", VALUE_F64, "cas", FILL_NAN, "1"},
    {"spectral_radius", VALUE_F64, "c", FILL_NAN, "1"},
    {"nonnormality", VALUE_F64, "c", FILL_NAN, "1"},
    {"schur_residual", VALUE_F64, "c", FILL_NAN, "1"},
    {"orthogonality_loss", VALUE_F64, "c", FILL_NAN, "1"},
    {"modulus_gap", VALUE_F64, "c", FILL_NAN, "1"},
    {"schur_route", VALUE_U8, "c", FILL_MARKED, "1"},
    {"weights_hash", VALUE_U64, "c", FILL_ZERO, "1"},
    {"converged", VALUE_I8, "c", FILL_MARKED, "1"},
    {"train_metric", VALUE_F64, "c", FILL_NAN, "1"},
    {"train_loss", VALUE_F64, "c", FILL_NAN, "1"},
    {"train_steps", VALUE_I32, "c", FILL_MARKED, "1"},
    {"train_seconds", VALUE_F64, "c", FILL_NAN, "s"},
    {"case_checksum", VALUE_U64, "c", FILL_ZERO, "1"},
    {"case_state", VALUE_U8, "c", FILL_ZERO, "1"},
    {"message", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"eigenvalue_re", VALUE_F64, "cu", FILL_NAN, "1"},
    {"eigenvalue_im", VALUE_F64, "cu", FILL_NAN, "1"},
    {"alpha_low", VALUE_F64, "cp", FILL_NAN, "1"},
    {"alpha_high", VALUE_F64, "cp", FILL_NAN, "1"},
    {"partition_n_r", VALUE_I32, "cp", FILL_MARKED, "1"},
    {"partition_fvu", VALUE_F64, "cpb", FILL_NAN, "1"},
    {"partition_delta_fvu", VALUE_F64, "cpb", FILL_NAN, "1"},
    {"partition_accuracy", VALUE_F64, "cpb", FILL_NAN, "1"},
    {"partition_distance", VALUE_F64, "cpb", FILL_NAN, "1"},
    {"partition_removed_mass", VALUE_F64, "cpb", FILL_NAN, "1"},
    {"partition_sensitivity", VALUE_F64, "cpb", FILL_NAN, "1"},
    {"partition_seconds", VALUE_F64, "cpb", FILL_NAN, "s"},
    {"partition_stabilizer", VALUE_U8, "cpb", FILL_MARKED, "1"},
    {"partition_error", VALUE_U16, "cpb", FILL_ZERO, "1"},
    {"partition_checksum", VALUE_U64, "cpb", FILL_ZERO, "1"},
    {"partition_state", VALUE_U8, "cpb", FILL_ZERO, "1"},
};

static void the_table_is_what_the_format_promises(void **state)
{
    (void)state;
    static const char LETTERS[AXIS_COUNT + 1] = "cabsup";
    assert_int_equal(VAR_COUNT, sizeof PROMISES / sizeof PROMISES[0]);
    for (int id = 0; id < VAR_COUNT; id++) {
        char axes[RESULTS_MAX_AXES + 1] = "";
        for (int i = 0; i < VARIABLES[id].n_axes; i++) {
            assert_in_range(VARIABLES[id].axes[i], 0, AXIS_COUNT - 1);
            axes[i] = LETTERS[VARIABLES[id].axes[i]];
        }
        assert_string_equal(VARIABLES[id].name, PROMISES[id].name);
        assert_string_equal(axes, PROMISES[id].axes);
        assert_int_equal(VARIABLES[id].type, PROMISES[id].type);
        assert_int_equal(VARIABLES[id].fill, PROMISES[id].fill);
        assert_string_equal(VARIABLES[id].units, PROMISES[id].units);
    }
}

static void every_variable_describes_itself(void **state)
{
    (void)state;
    for (int id = 0; id < VAR_COUNT; id++) {
        assert_non_null(VARIABLES[id].name);
        assert_non_null(VARIABLES[id].units);
        assert_non_null(VARIABLES[id].long_name);
        assert_true(strlen(VARIABLES[id].units) > 0);
        assert_true(strlen(VARIABLES[id].long_name) > 5);
        assert_string_not_equal(VARIABLES[id].long_name, VARIABLES[id].name);
    }
}

static void names_are_unique_identifiers(void **state)
{
    (void)state;
    for (int id = 0; id < VAR_COUNT; id++) {
        const char *const name = VARIABLES[id].name;
        assert_true(islower((unsigned char)name[0]));
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789"), strlen(name));
        for (int other = 0; other < id; other++) {
            assert_string_not_equal(VARIABLES[other].name, name);
            assert_string_not_equal(VARIABLES[other].long_name, VARIABLES[id].long_name);
        }
    }
}

static void scales_come_first_in_the_order_of_the_axes(void **state)
{
    (void)state;
    for (int id = 0; id < VAR_COUNT; id++) {
        assert_int_equal(VARIABLES[id].is_scale, id < AXIS_COUNT);
        assert_in_range(VARIABLES[id].n_axes, 1, RESULTS_MAX_AXES);
        if (id < AXIS_COUNT) {
            assert_int_equal(VARIABLES[id].n_axes, 1);
            assert_int_equal(VARIABLES[id].axes[0], id);
        }
    }
}

static void only_floats_are_filled_with_nan_and_only_integers_marked(void **state)
{
    (void)state;
    for (int id = 0; id < VAR_COUNT; id++) {
        const enum value_type type = VARIABLES[id].type;
        assert_int_equal(VARIABLES[id].fill == FILL_NAN, type == VALUE_F64);
        if (VARIABLES[id].fill == FILL_MARKED) {
            assert_true(type == VALUE_U8 || type == VALUE_I8 || type == VALUE_I32);
        }
    }
}

static void numbers_are_little_endian_of_their_size(void **state)
{
    (void)state;
    static const struct {
        enum value_type type;
        size_t size;
        H5T_class_t class;
        H5T_sign_t sign;
    } TYPES[] = {
        {VALUE_F64, 8, H5T_FLOAT, H5T_SGN_ERROR},  {VALUE_I64, 8, H5T_INTEGER, H5T_SGN_2},
        {VALUE_I32, 4, H5T_INTEGER, H5T_SGN_2},    {VALUE_U64, 8, H5T_INTEGER, H5T_SGN_NONE},
        {VALUE_U16, 2, H5T_INTEGER, H5T_SGN_NONE}, {VALUE_U8, 1, H5T_INTEGER, H5T_SGN_NONE},
        {VALUE_I8, 1, H5T_INTEGER, H5T_SGN_2}};
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        const hid_t type = value_memory_type(TYPES[i].type);
        assert_int_equal(value_size(TYPES[i].type), TYPES[i].size);
        assert_int_equal(H5Tget_size(type), TYPES[i].size);
        assert_int_equal(H5Tget_class(type), TYPES[i].class);
        assert_int_equal(H5Tget_order(type), H5T_ORDER_LE);
        if (TYPES[i].class == H5T_INTEGER) {
            assert_int_equal(H5Tget_sign(type), TYPES[i].sign);
        }
    }
    assert_int_equal(value_memory_type(VALUE_TEXT), H5I_INVALID_HID);
    assert_int_equal(value_size(VALUE_TEXT), 0);
}

static void the_axes_have_the_lengths_of_the_sweep(void **state)
{
    (void)state;
    hsize_t lengths[AXIS_COUNT];
    struct sweep sweep = sample_sweep(4, 5, 6);
    sweep.models[1].n_hidden = 99;
    results_axis_lengths(&sweep, lengths);
    assert_int_equal(lengths[AXIS_CASE], 4);
    assert_int_equal(lengths[AXIS_ALPHA], 5);
    assert_int_equal(lengths[AXIS_ABLATION], 6);
    assert_int_equal(lengths[AXIS_COUPLING], 3);
    assert_int_equal(lengths[AXIS_MODE], 99);
    sweep_release(&sweep);
}

static void an_epoch_is_stored_as_it_lies_in_memory(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t offset;
        size_t size;
    } MEMBERS[] = {{"start_time", offsetof(struct epoch, start_time), 8},
                   {"end_time", offsetof(struct epoch, end_time), 8},
                   {"done_at_start", offsetof(struct epoch, done_at_start), 8},
                   {"n_ranks", offsetof(struct epoch, n_ranks), 4},
                   {"host", offsetof(struct epoch, host), RESULTS_HOST_SIZE},
                   {"job", offsetof(struct epoch, job), RESULTS_JOB_SIZE}};
    const hid_t type = epoch_type();
    assert_int_equal(H5Tget_size(type), sizeof(struct epoch));
    assert_int_equal(H5Tget_nmembers(type), sizeof MEMBERS / sizeof MEMBERS[0]);
    for (unsigned i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
        char *const name = H5Tget_member_name(type, i);
        const hid_t member = H5Tget_member_type(type, i);
        assert_string_equal(name, MEMBERS[i].name);
        assert_int_equal(H5Tget_member_offset(type, i), MEMBERS[i].offset);
        assert_int_equal(H5Tget_size(member), MEMBERS[i].size);
        assert_true(H5Tis_variable_str(member) <= 0);
        (void)H5Tclose(member);
        (void)H5free_memory(name);
    }
    (void)H5Tclose(type);
}

int test_results_schema(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_what_the_format_promises),
        cmocka_unit_test(every_variable_describes_itself),
        cmocka_unit_test(names_are_unique_identifiers),
        cmocka_unit_test(scales_come_first_in_the_order_of_the_axes),
        cmocka_unit_test(only_floats_are_filled_with_nan_and_only_integers_marked),
        cmocka_unit_test(numbers_are_little_endian_of_their_size),
        cmocka_unit_test(the_axes_have_the_lengths_of_the_sweep),
        cmocka_unit_test(an_epoch_is_stored_as_it_lies_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
