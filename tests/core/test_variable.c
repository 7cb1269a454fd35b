#include "core/variable.h"

#include "core/axes.h"
#include "core/schema.h"
#include "core/sweep.h"
#include "support/check.h"

#include <stdlib.h>

enum { ALPHAS = 2, WIDEST = 5 };

/* Three cases of two models on one task, without partitions. */
static double alphas[ALPHAS] = {0.5, 1.0};
static struct model_spec models[2] = {{.label = "a.h5",
                                       .construction = "dense",
                                       .identity = "0123456789abcdef",
                                       .n_hidden = 3,
                                       .seed = -1},
                                      {.label = "b.h5",
                                       .construction = "",
                                       .identity = "fedcba9876543210",
                                       .n_hidden = WIDEST,
                                       .seed = 7}};
static struct case_spec cases[3] = {
    {.model = 0, .task_label = "sine", .form.gates = 1, .matrix = "hh"},
    {.model = 1, .task_label = "sine", .form.gates = 1, .matrix = "hh"},
    {.model = 1, .task = -1, .task_label = "own", .form.gates = 1, .matrix = "hh"}};

static struct sweep make_sweep(void)
{
    return (struct sweep){.n_alphas = ALPHAS,
                          .alphas = alphas,
                          .n_ablations = 2,
                          .ablations = {ABLATION_NONE, ABLATION_ALL},
                          .n_models = 2,
                          .models = models,
                          .n_cases = 3,
                          .cases = cases};
}

static void numbers_have_their_size_and_texts_none(void **state)
{
    (void)state;
    static const size_t SIZES[VALUE_TYPE_COUNT + 1] = {[VALUE_F64] = sizeof(double),
                                                       [VALUE_I64] = sizeof(int64_t),
                                                       [VALUE_I32] = sizeof(int32_t),
                                                       [VALUE_U64] = sizeof(uint64_t),
                                                       [VALUE_U16] = sizeof(uint16_t),
                                                       [VALUE_U8] = 1,
                                                       [VALUE_I8] = 1,
                                                       [VALUE_TEXT] = 0};
    for (enum value_type type = 0; type <= VALUE_TYPE_COUNT; type++) {
        assert_int_equal(value_size(type), SIZES[type]);
    }
}

static void check_fill(enum value_type type, enum fill fill, const void *expected)
{
    enum { COUNT = 3 };
    unsigned char bytes[(COUNT + 1) * sizeof(double)];
    const struct variable variable = {"x", "1", "a value", type, fill, {NULL}};
    const size_t size = value_size(type);
    memset(bytes, 0x5a, sizeof bytes);
    variable_fill(&variable, bytes, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_memory_equal(bytes + i * size, expected, size);
    }
    assert_int_equal(bytes[COUNT * size], 0x5a); /* and nothing behind them */
}

static void a_missing_value_is_zero_or_marked(void **state)
{
    (void)state;
    static const int64_t ZERO;
    check_fill(VALUE_I64, FILL_ZERO, &ZERO);
    check_fill(VALUE_U16, FILL_ZERO, &ZERO);
    check_fill(VALUE_U8, FILL_ZERO, &ZERO);
    check_fill(VALUE_I64, FILL_MARKED, &(int64_t){-1});
    check_fill(VALUE_I32, FILL_MARKED, &(int32_t){-1});
    check_fill(VALUE_I8, FILL_MARKED, &(int8_t){-1});
    check_fill(VALUE_U8, FILL_MARKED, &(uint8_t){255});
}

static void a_missing_real_is_nan(void **state)
{
    (void)state;
    const struct variable variable = {"x", "1", "a value", VALUE_F64, FILL_NAN, {NULL}};
    double values[3] = {1.0, 2.0, 3.0};
    variable_fill(&variable, values, 2);
    assert_true(isnan(values[0]) && isnan(values[1]));
    CHECK_SAME(values[2], 3.0);
    variable_fill(&variable, NULL, 0);
}

static void values_of_a_case_are_counted_over_its_axes(void **state)
{
    (void)state;
    struct sweep sweep = make_sweep();
    const struct variable scalar = {"x", "1", "x", VALUE_F64, FILL_NAN, {NULL}};
    const struct variable row = {"x", "1", "x", VALUE_F64, FILL_NAN, {&AXIS_MODE}};
    const struct variable table = {"x",       "1",      "x",
                                   VALUE_F64, FILL_NAN, {&AXIS_ALPHA, &AXIS_COUPLING}};
    const struct variable absent = {"x",       "1",      "x",
                                    VALUE_F64, FILL_NAN, {&AXIS_PARTITION, &AXIS_COUPLING}};
    assert_int_equal(variable_count(&scalar, &sweep), 1);
    assert_int_equal(variable_count(&row, &sweep), WIDEST);
    assert_int_equal(variable_count(&table, &sweep), ALPHAS * COUPLING_COUNT);
    assert_int_equal(variable_count(&absent, &sweep), 0);
    sweep.n_partitions = WIDEST;
    assert_int_equal(variable_count(&absent, &sweep), WIDEST * COUPLING_COUNT);
}

static void seconds_are_times_and_nothing_else_is(void **state)
{
    (void)state;
    static const struct variable LIST[] = {{"a", "s", "time", VALUE_F64, FILL_NAN, {NULL}},
                                           {"b", "1", "no time", VALUE_F64, FILL_NAN, {NULL}},
                                           {"c", "steps", "no time", VALUE_I32, FILL_ZERO, {NULL}},
                                           {.name = NULL}};
    assert_int_equal(variables_count(LIST), 3);
    assert_int_equal(variables_count(LIST + 3), 0);
    assert_true(variable_is_time(&LIST[0]));
    assert_false(variable_is_time(&LIST[1]));
    assert_false(variable_is_time(&LIST[2]));
}

static void axes_are_as_long_as_the_sweep_and_labelled_by_it(void **state)
{
    (void)state;
    const struct sweep sweep = make_sweep();
    assert_int_equal(AXIS_CASE.length(&sweep), 3);
    assert_int_equal(AXIS_ALPHA.length(&sweep), ALPHAS);
    assert_int_equal(AXIS_ABLATION.length(&sweep), 2);
    assert_int_equal(AXIS_COUPLING.length(&sweep), COUPLING_COUNT);
    assert_int_equal(AXIS_MODE.length(&sweep), WIDEST);
    assert_int_equal(AXIS_PARTITION.length(&sweep), 0);
    assert_int_equal(AXIS_CASE.label(&sweep, 2).integer, 2);
    CHECK_SAME(AXIS_ALPHA.label(&sweep, 0).real, 0.5);
    assert_string_equal(AXIS_ABLATION.label(&sweep, 0).text, "none");
    assert_string_equal(AXIS_ABLATION.label(&sweep, 1).text, "RR+CR+CC");
    assert_string_equal(AXIS_COUPLING.label(&sweep, 1).text, "CR");
    assert_int_equal(AXIS_MODE.label(&sweep, 4).integer, 4);
    assert_int_equal(AXIS_PARTITION.label(&sweep, 0).integer, 1);
}

static struct label label_of(const struct sweep *sweep, const char *name, int64_t case_index)
{
    int i = 0;
    while (CASE_LABELS[i].variable.name != NULL &&
           strcmp(CASE_LABELS[i].variable.name, name) != 0) {
        i++;
    }
    assert_non_null(CASE_LABELS[i].variable.name);
    return CASE_LABELS[i].of(sweep, case_index);
}

static void a_case_says_what_it_is(void **state)
{
    (void)state;
    const struct sweep sweep = make_sweep();
    assert_string_equal(label_of(&sweep, "model", 0).text, "a.h5");
    assert_string_equal(label_of(&sweep, "model", 2).text, "b.h5");
    assert_string_equal(label_of(&sweep, "task", 1).text, "sine");
    assert_string_equal(label_of(&sweep, "task", 2).text, "own");
    assert_string_equal(label_of(&sweep, "matrix", 0).text, "hh");
    assert_string_equal(label_of(&sweep, "cell", 0).text, "rnn");
    assert_string_equal(label_of(&sweep, "activation", 0).text, "tanh");
    assert_string_equal(label_of(&sweep, "construction", 0).text, "dense");
    assert_string_equal(label_of(&sweep, "model_identity", 1).text, "fedcba9876543210");
    assert_int_equal(label_of(&sweep, "hidden", 1).integer, WIDEST);
    assert_int_equal(label_of(&sweep, "seed", 0).integer, -1);
    assert_int_equal(label_of(&sweep, "seed", 1).integer, 7);
}

static void a_table_is_found_by_its_name(void **state)
{
    (void)state;
    const struct schema schema = {.tables = {{.name = "spectrum"}, {.name = "splits"}},
                                  .n_tables = 2};
    assert_int_equal(schema_find(&schema, "splits"), 1);
    assert_int_equal(schema_find(&schema, "split"), -1);
    assert_int_equal(schema_find(&schema, ""), -1);
}

int test_variable(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_their_size_and_texts_none),
        cmocka_unit_test(a_missing_value_is_zero_or_marked),
        cmocka_unit_test(a_missing_real_is_nan),
        cmocka_unit_test(values_of_a_case_are_counted_over_its_axes),
        cmocka_unit_test(seconds_are_times_and_nothing_else_is),
        cmocka_unit_test(axes_are_as_long_as_the_sweep_and_labelled_by_it),
        cmocka_unit_test(a_case_says_what_it_is),
        cmocka_unit_test(a_table_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
