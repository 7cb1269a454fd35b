/* What format 4 promises, written down once more. */
#include "store/results_layout.h"

#include "kernel/diagnostics/diagnostic.h"
#include "support/check.h"
#include "support/samples.h"

#include <ctype.h>
#include <stdlib.h>

static struct error error;

struct promise {
    const char *name;
    enum value_type type;
    const char
        *axes; /* c case, a alpha, b ablation, p partition, t character, m mode, k coupling */
    enum fill fill;
    const char *units;
};

static const char LETTERS[] = "cabptmk";
static const char *const AXES[] = {"case", "alpha",   "ablation", "partition", "message_character",
                                   "mode", "coupling"};

static const struct promise PROMISES[] = {
    {"case", VALUE_I64, "c", FILL_ZERO, "1"},
    {"alpha", VALUE_F64, "a", FILL_NAN, "1"},
    {"ablation", VALUE_TEXT, "b", FILL_ZERO, "1"},
    {"partition", VALUE_I64, "p", FILL_ZERO, "1"},
    {"message_character", VALUE_TYPE_COUNT, "t", FILL_ZERO, "1"},
    {"mode", VALUE_I64, "m", FILL_ZERO, "1"},
    {"coupling", VALUE_TEXT, "k", FILL_ZERO, "1"},
    {"model", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"task", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"matrix", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"gauge", VALUE_I32, "c", FILL_ZERO, "1"},
    {"order", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"cell", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"activation", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"leak", VALUE_F64, "c", FILL_NAN, "1"},
    {"leak_form", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"construction", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"hidden", VALUE_I32, "c", FILL_ZERO, "1"},
    {"seed", VALUE_I64, "c", FILL_ZERO, "1"},
    {"model_identity", VALUE_TEXT, "c", FILL_ZERO, "1"},
    {"message", VALUE_TEXT, "ct", FILL_ZERO, "1"},
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
    {"spectral_radius", VALUE_F64, "c", FILL_NAN, "1"},
    {"nonnormality", VALUE_F64, "c", FILL_NAN, "1"},
    {"schur_residual", VALUE_F64, "c", FILL_NAN, "1"},
    {"orthogonality_loss", VALUE_F64, "c", FILL_NAN, "1"},
    {"modulus_gap", VALUE_F64, "c", FILL_NAN, "1"},
    {"schur_route", VALUE_U8, "c", FILL_MARKED, "1"},
    {"weights_hash", VALUE_U64, "c", FILL_ZERO, "1"},
    {"eigenvalue_re", VALUE_F64, "cm", FILL_NAN, "1"},
    {"eigenvalue_im", VALUE_F64, "cm", FILL_NAN, "1"},
    {"spectrum_error", VALUE_U16, "c", FILL_ZERO, "1"},
    {"spectrum_checksum", VALUE_U64, "c", FILL_ZERO, "1"},
    {"spectrum_state", VALUE_U8, "c", FILL_ZERO, "1"},
    {"n_r", VALUE_I32, "ca", FILL_MARKED, "1"},
    {"alpha_gap", VALUE_F64, "ca", FILL_NAN, "1"},
    {"coupling_mass", VALUE_F64, "cak", FILL_NAN, "1"},
    {"alpha_low", VALUE_F64, "cp", FILL_NAN, "1"},
    {"alpha_high", VALUE_F64, "cp", FILL_NAN, "1"},
    {"partition_n_r", VALUE_I32, "cp", FILL_MARKED, "1"},
    {"splits_error", VALUE_U16, "c", FILL_ZERO, "1"},
    {"splits_checksum", VALUE_U64, "c", FILL_ZERO, "1"},
    {"splits_state", VALUE_U8, "c", FILL_ZERO, "1"},
    {"converged", VALUE_I8, "c", FILL_MARKED, "1"},
    {"train_metric", VALUE_F64, "c", FILL_NAN, "1"},
    {"train_loss", VALUE_F64, "c", FILL_NAN, "1"},
    {"train_steps", VALUE_I32, "c", FILL_MARKED, "1"},
    {"train_seconds", VALUE_F64, "c", FILL_NAN, "s"},
    {"training_error", VALUE_U16, "c", FILL_ZERO, "1"},
    {"training_checksum", VALUE_U64, "c", FILL_ZERO, "1"},
    {"training_state", VALUE_U8, "c", FILL_ZERO, "1"},
};
enum { PROMISE_COUNT = sizeof PROMISES / sizeof PROMISES[0] };

static struct sweep sweep;
static struct layout layout;

static int make_layout(void **state)
{
    (void)state;
    sweep = sample_sweep(4, 5, 6);
    sample_all_partitions(&sweep);
    const struct schema schema = diagnostics_schema(&sweep);
    CHECK_OK(layout_create(&layout, &schema, &error));
    return 0;
}

static int release_layout(void **state)
{
    (void)state;
    layout_release(&layout);
    sweep_release(&sweep);
    return 0;
}

static void the_list_is_what_the_format_promises(void **state)
{
    (void)state;
    assert_int_equal(layout.n_datasets, PROMISE_COUNT);
    for (int i = 0; i < layout.n_datasets; i++) {
        const struct dataset *const dataset = &layout.datasets[i];
        char axes[DATASET_AXES_MAX + 1] = "";
        for (int k = 0; k < dataset->n_axes; k++) {
            assert_in_range(dataset->axes[k], 0, layout.n_axes - 1);
            axes[k] = LETTERS[dataset->axes[k]];
        }
        assert_string_equal(dataset->name, PROMISES[i].name);
        assert_string_equal(axes, PROMISES[i].axes);
        assert_int_equal(dataset->type, PROMISES[i].type);
        assert_int_equal(dataset->fill, PROMISES[i].fill);
        assert_string_equal(dataset->units, PROMISES[i].units);
    }
}

static void every_variable_describes_itself(void **state)
{
    (void)state;
    for (int i = 0; i < layout.n_datasets; i++) {
        const struct dataset *const dataset = &layout.datasets[i];
        if (dataset->type != VALUE_TYPE_COUNT) { /* a dimension without labels */
            assert_true(strlen(dataset->units) > 0);
            assert_true(strlen(dataset->long_name) > 5);
            assert_string_not_equal(dataset->long_name, dataset->name);
            assert_null(strpbrk(dataset->long_name, "\n\t"));
        }
    }
}

static void names_are_unique_identifiers(void **state)
{
    (void)state;
    for (int i = 0; i < layout.n_datasets; i++) {
        const char *const name = layout.datasets[i].name;
        assert_true(islower((unsigned char)name[0]));
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789"), strlen(name));
        assert_ptr_equal(layout_find(&layout, name), &layout.datasets[i]);
        for (int other = 0; other < i; other++) {
            assert_string_not_equal(layout.datasets[other].name, name);
        }
    }
    assert_null(layout_find(&layout, "nothing"));
}

static void scales_come_first_in_the_order_of_the_axes(void **state)
{
    (void)state;
    assert_int_equal(layout.n_axes, sizeof AXES / sizeof AXES[0]);
    for (int i = 0; i < layout.n_datasets; i++) {
        const struct dataset *const dataset = &layout.datasets[i];
        assert_int_equal(dataset->kind == DATASET_SCALE, i < layout.n_axes);
        if (i < layout.n_axes) {
            assert_string_equal(dataset->name, AXES[i]);
            assert_int_equal(layout_axis(&layout, AXES[i]), i);
            assert_int_equal(dataset->n_axes, 1);
            assert_int_equal(dataset->axes[0], i);
        } else {
            assert_in_range(dataset->n_axes, 1, DATASET_AXES_MAX);
            assert_int_equal(dataset->axes[0], 0); /* all else is of a case */
        }
    }
    assert_int_equal(layout_axis(&layout, "model"), -1);
}

static void only_floats_are_filled_with_nan_and_only_integers_marked(void **state)
{
    (void)state;
    for (int i = 0; i < layout.n_datasets; i++) {
        const enum value_type type = layout.datasets[i].type;
        assert_int_equal(layout.datasets[i].fill == FILL_NAN, type == VALUE_F64);
        if (layout.datasets[i].fill == FILL_MARKED) {
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
        const hid_t type = value_h5_type(TYPES[i].type);
        assert_int_equal(value_size(TYPES[i].type), TYPES[i].size);
        assert_int_equal(H5Tget_size(type), TYPES[i].size);
        assert_int_equal(H5Tget_class(type), TYPES[i].class);
        assert_int_equal(H5Tget_order(type), H5T_ORDER_LE);
        if (TYPES[i].class == H5T_INTEGER) {
            assert_int_equal(H5Tget_sign(type), TYPES[i].sign);
        }
    }
    assert_int_equal(value_h5_type(VALUE_TEXT), H5I_INVALID_HID);
    assert_int_equal(value_size(VALUE_TEXT), 0);
}

static void the_axes_have_the_lengths_of_the_sweep(void **state)
{
    (void)state;
    static const hsize_t EXPECTED[] = {4, 5, 6, 99, 200, 99, 3};
    sweep.models[1].n_hidden = 99;
    sample_all_partitions(&sweep);
    layout_set_lengths(&layout, &sweep);
    for (int i = 0; i < layout.n_axes; i++) {
        assert_int_equal(layout.lengths[i], EXPECTED[i]);
    }
    assert_int_equal(layout_count(&layout, layout_find(&layout, "coupling_mass")), 4 * 5 * 3);
    assert_int_equal(layout_count_of_case(&layout, layout_find(&layout, "coupling_mass")), 5 * 3);
    assert_int_equal(layout_count(&layout, layout_find(&layout, "mode")), 99);
    for (int i = 0; i < layout.n_datasets; i++) {
        assert_true(layout_has(&layout, &layout.datasets[i]));
    }
}

static void without_partitions_nothing_over_them_is_there(void **state)
{
    (void)state;
    sweep.n_partitions = 0;
    layout_set_lengths(&layout, &sweep);
    for (int i = 0; i < layout.n_datasets; i++) {
        assert_int_equal(layout_has(&layout, &layout.datasets[i]),
                         strchr(PROMISES[i].axes, 'p') == NULL);
    }
}

static void measures_and_fields_are_found_by_their_place(void **state)
{
    (void)state;
    static const char *const JOB_NAMES[] = {"seconds", "stabilizer", "error", "checksum", "state"};
    static const char *const TABLE_NAMES[] = {"splits_error", "splits_checksum", "splits_state"};
    const int splits = schema_find(&layout.schema, "splits");
    for (int i = 0; i < layout.schema.n_measures; i++) {
        const char *const name = layout.schema.measures[i]->name;
        assert_string_equal(layout_measure(&layout, FAMILY_ALPHA, i)->name, name);
        assert_string_equal(layout_measure(&layout, FAMILY_PARTITION, i)->name + 10, name);
    }
    for (int i = 0; i < JOB_FIELD_COUNT; i++) {
        assert_string_equal(layout_job_field(&layout, FAMILY_ALPHA, (enum job_field)i)->name,
                            JOB_NAMES[i]);
        assert_string_equal(layout_job_field(&layout, FAMILY_PARTITION, (enum job_field)i)->name +
                                10,
                            JOB_NAMES[i]);
    }
    assert_string_equal(layout_variable(&layout, splits, 1)->name, "alpha_gap");
    for (int i = 0; i < TABLE_FIELD_COUNT; i++) {
        assert_string_equal(layout_table_field(&layout, splits, (enum table_field)i)->name,
                            TABLE_NAMES[i]);
    }
}

/* What stands for a job in checksums: of a partition -1, -2, ... in the place of the alpha. */
static void a_job_has_the_index_of_its_family(void **state)
{
    (void)state;
    layout_set_lengths(&layout, &sweep);
    const struct job_index alpha = layout_job_index(FAMILY_ALPHA, 3, 2, 5);
    const struct job_index partition = layout_job_index(FAMILY_PARTITION, 3, 2, 5);
    assert_int_equal(alpha.case_index, 3);
    assert_int_equal(alpha.alpha, 2);
    assert_int_equal(alpha.ablation, 5);
    assert_int_equal(partition.case_index, 3);
    assert_int_equal(partition.alpha, -3);
    assert_int_equal(partition.ablation, 5);
    assert_int_equal(layout_rows(&layout, FAMILY_ALPHA), 5);
    assert_int_equal(layout_rows(&layout, FAMILY_PARTITION), 6);
    assert_int_equal(layout_first_row(&layout, FAMILY_ALPHA), 0);
    assert_int_equal(layout_first_row(&layout, FAMILY_PARTITION), 5);
}

static void two_variables_of_one_name_are_refused(void **state)
{
    (void)state;
    static const struct variable FVU[] = {{"fvu", "1", "again", VALUE_F64, FILL_NAN, {NULL}},
                                          {.name = NULL}};
    static const struct variable STATE[] = {{"other_state", "1", "x", VALUE_U8, FILL_ZERO, {NULL}},
                                            {.name = NULL}};
    static const struct table TABLES[] = {{.name = "own", .variables = FVU},
                                          {.name = "other", .variables = STATE},
                                          {.name = "spectrum", .variables = STATE + 1}};
    for (int i = 0; i < 3; i++) {
        struct schema schema = diagnostics_schema(&sweep);
        struct layout bad;
        schema.tables[schema.n_tables++] = TABLES[i];
        CHECK_FAILS(layout_create(&bad, &schema, &error), STATUS_INTERNAL,
                    "two variables are called '");
        assert_null(bad.datasets);
    }
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
                   {"job", offsetof(struct epoch, job), RESULTS_JOB_SIZE},
                   {"isa", offsetof(struct epoch, isa), RESULTS_ISA_SIZE},
                   {"blas_core", offsetof(struct epoch, blas_core), RESULTS_CORE_SIZE}};
    const hid_t type = run_type(RUN_EPOCHS, RESULTS_FORMAT_VERSION);
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

#define SCHEMA_TEST(function) cmocka_unit_test_setup_teardown(function, make_layout, release_layout)

int test_results_schema(void)
{
    const struct CMUnitTest tests[] = {
        SCHEMA_TEST(the_list_is_what_the_format_promises),
        SCHEMA_TEST(every_variable_describes_itself),
        SCHEMA_TEST(names_are_unique_identifiers),
        SCHEMA_TEST(scales_come_first_in_the_order_of_the_axes),
        SCHEMA_TEST(only_floats_are_filled_with_nan_and_only_integers_marked),
        SCHEMA_TEST(numbers_are_little_endian_of_their_size),
        SCHEMA_TEST(the_axes_have_the_lengths_of_the_sweep),
        SCHEMA_TEST(without_partitions_nothing_over_them_is_there),
        SCHEMA_TEST(measures_and_fields_are_found_by_their_place),
        SCHEMA_TEST(a_job_has_the_index_of_its_family),
        SCHEMA_TEST(two_variables_of_one_name_are_refused),
        SCHEMA_TEST(an_epoch_is_stored_as_it_lies_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
