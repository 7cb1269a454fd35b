#include "import/parts.h"

#include "support/check.h"
#include "support/import_case.h"
#include "support/scratch.h"

#include <math.h>
#include <stdio.h>

/* ---- names --------------------------------------------------------------------------------------
 */

static void a_rule_matches_the_last_words_of_a_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *base;
        int prefix; /* -1 for no match */
    } CASES[] = {
        {"fc.weight", "fc.weight", 0},      {"module.fc.weight", "fc.weight", 7},
        {"a/b/W_rec", "W_rec", 4},          {"w_rec", "W_rec", 0},
        {"myfc.weight", "fc.weight", -1},   {"weight", "fc.weight", -1},
        {"fc.weight.old", "fc.weight", -1}, {"cell.kernel:0", "kernel", 5},
        {"kernel:1", "kernel", -1},         {":0", "kernel", -1},
        {"recurrent_kernel", "kernel", -1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        size_t length = 0;
        const bool found = import_key_matches(CASES[i].name, CASES[i].base, &length);
        assert_int_equal(found ? (int)length : -1, CASES[i].prefix);
    }
}

/* A name with two meanings for one part would make every file with it ambiguous. */
static void no_rule_stands_twice(void **state)
{
    (void)state;
    for (const struct key_rule *a = KEY_RULES; a->base != NULL; a++) {
        for (const struct key_rule *b = KEY_RULES; b->base != NULL; b++) {
            size_t length = 0;
            assert_false(a != b && a->role == b->role && !b->sibling &&
                         import_key_matches(a->base, b->base, &length));
        }
    }
}

static void make_positive(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = fabs(values[i]);
    }
}

static void make_ones(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = 1.0;
    }
}

/* Every name of a part finds it, in a file that has the other parts under usual names. */
static void every_rule_is_found(void **state)
{
    (void)state;
    static const char *const STARTS[IMPORT_PART_COUNT] = {
        "; W_hh from net.", ", W_ih from net.",
        ", readout net.",   ", b_h = net.",
        " + net.",          "; h_0 from net.",
        ", c_0 from net.",  ", signs of Dale's law from net."};
    for (const struct key_rule *rule = KEY_RULES; rule->base != NULL; rule++) {
        static const size_t ROWS[] = {5, 5, 2, 5, 2, 5, 5, 5};
        static const size_t COLUMNS[] = {5, 3, 5, 0, 0, 0, 0, 0};
        static const char *const USUAL[] = {"net.W_rec", "net.W_in", "net.W_out"};
        char name[64];
        char part[96];
        struct import_case test = {0};
        if (rule->role >= IMPORT_PART_COUNT) {
            continue;
        }
        (void)snprintf(name, sizeof name, "net.%s", rule->base);
        (void)snprintf(part, sizeof part, "%s%s", STARTS[rule->role], rule->base);
        test.request.tells_kind = rule->role == IMPORT_CELL_STATE;
        test.request.cell.kind = test.request.tells_kind ? CELL_LSTM : CELL_RNN;
        const size_t gates = test.request.tells_kind ? 4 : 1;
        for (int role = 0; role < IMPORT_MATRIX_COUNT; role++) {
            if (role != (int)rule->role) {
                (void)import_case_add(&test, USUAL[role],
                                      ROWS[role] * (role == IMPORT_READOUT ? 1 : gates),
                                      COLUMNS[role]);
            }
        }
        double *const values = import_case_add(&test, name, ROWS[rule->role], COLUMNS[rule->role]);
        if (rule->role == IMPORT_DALE_SIGN) {
            make_positive(test.values, 25); /* W_rec, which was added first */
            make_ones(values, 5);
        }
        test.request.square = ORIENTATION_TO_FROM;
        if (!test.request.tells_kind) {
            import_case_assume_tanh(&test, true);
        }
        import_case_says(&test, part);
    }
}

static void the_biases_of_a_layer_are_summed(void **state)
{
    (void)state;
    struct error error;
    struct imported imported;
    struct import_case test = {0};
    import_case_add_torch(&test);
    CHECK_OK(import_case_run(&test, &imported, &error));
    for (size_t i = 0; i < 5; i++) {
        CHECK_SAME(imported.network.bias_h[i],
                   import_case_value("rnn.bias_ih_l0", i) + import_case_value("rnn.bias_hh_l0", i));
    }
    assert_non_null(strstr(imported.description,
                           "b_h = rnn.bias_ih_l0 + rnn.bias_hh_l0, readout fc.weight + fc.bias"));
    imported_release(&imported);
}

static void what_is_optional_may_be_missing(void **state)
{
    (void)state;
    struct error error;
    struct imported imported;
    struct import_case test = {0};
    import_case_add_numpy(&test);
    CHECK_OK(import_case_run(&test, &imported, &error));
    for (size_t i = 0; i < 5; i++) {
        CHECK_SAME(imported.network.bias_h[i], 0.0);
        CHECK_SAME(imported.network.h0[i], 0.0);
        CHECK_SAME(imported.network.bias_y[i % 2], 0.0);
    }
    assert_non_null(strstr(imported.description, "no bias b_h, readout W_out; no initial state"));
    imported_release(&imported);
}

/* ---- choices ------------------------------------------------------------------------------------
 */

static void two_readouts_are_refused_until_one_is_named(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_torch(&test);
    (void)import_case_add(&test, "linear.weight", 2, 5);
    import_case_refused(&test, STATUS_INPUT,
                        "2 arrays may be the read-out matrix, among them fc.weight and "
                        "linear.weight: choose with --readout");
    test.request.names.keys[IMPORT_READOUT] = "linear.weight";
    import_case_says(&test, "readout linear.weight; no initial state");
    import_case_says(&test, "not used: fc.weight, fc.bias");
    test.request.names.keys[IMPORT_READOUT] = NULL;
    test.request.names.ignored = "linear.weight";
    import_case_says(&test, "readout fc.weight + fc.bias");
}

static void a_readout_of_any_name_is_found_by_its_shape(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "rnn.weight_ih_l0", 5, 3);
    (void)import_case_add(&test, "rnn.weight_hh_l0", 5, 5);
    (void)import_case_add(&test, "policy.2.weight", 2, 5);
    (void)import_case_add(&test, "policy.2.bias", 2, 0);
    (void)import_case_add(&test, "embedding.weight", 9, 4);
    import_case_says(&test, "readout policy.2.weight + policy.2.bias");
    (void)import_case_add(&test, "value.weight", 1, 5);
    import_case_refused(&test, STATUS_INPUT,
                        "among them policy.2.weight and value.weight: choose with --readout");
}

static void two_networks_are_refused_until_one_is_named(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "b.weight_hh_l0", 4, 4);
    (void)import_case_add(&test, "b.weight_ih_l0", 4, 2);
    (void)import_case_add(&test, "b.bias_ih_l0", 4, 0);
    (void)import_case_add(&test, "b.bias_hh_l0", 4, 0);
    (void)import_case_add(&test, "a.weight_hh_l0", 5, 5);
    (void)import_case_add(&test, "a.weight_ih_l0", 5, 3);
    (void)import_case_add(&test, "fc.weight", 2, 5);
    import_case_refused(&test, STATUS_INPUT,
                        "2 arrays may be the recurrent matrix, among them b.weight_hh_l0 and "
                        "a.weight_hh_l0: choose with --recurrent");
    /* The biases of b are not those of a, which has none. */
    test.request.names.keys[IMPORT_RECURRENT] = "a.weight_hh_l0";
    import_case_says(&test, "W_ih from a.weight_ih_l0, no bias b_h, readout fc.weight");
}

static void biases_of_two_kinds_are_no_sum(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_numpy(&test);
    (void)import_case_add(&test, "b_rec", 5, 0);
    (void)import_case_add(&test, "b_h", 5, 0);
    import_case_refused(&test, STATUS_INPUT,
                        "2 arrays may be the bias, among them b_rec and b_h: choose with --bias "
                        "(or none)");
    test.request.names.keys[IMPORT_BIAS] = "b_rec";
    import_case_says(&test, "b_h = b_rec, readout");
    test.request.names.keys[IMPORT_BIAS] = "b_h,b_rec";
    import_case_says(&test, "b_h = b_h + b_rec, readout");
    test.request.names.keys[IMPORT_BIAS] = "none";
    import_case_says(&test, "no bias b_h");
}

static void keras_kernels_stand_beside_each_other(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "m.simple_rnn_cell.kernel:0", 3, 5);
    (void)import_case_add(&test, "m.simple_rnn_cell.recurrent_kernel:0", 5, 5);
    (void)import_case_add(&test, "m.simple_rnn_cell.bias:0", 5, 0);
    (void)import_case_add(&test, "m.dense.kernel:0", 5, 2);
    (void)import_case_add(&test, "m.dense.bias:0", 2, 0);
    import_case_says(&test, "W_ih from m.simple_rnn_cell.kernel:0 (transposed, as its name asks), "
                            "b_h = m.simple_rnn_cell.bias:0, readout m.dense.kernel:0 (transposed, "
                            "as its name asks) + m.dense.bias:0");
}

/* ---- names of the user's ------------------------------------------------------------------------
 */

static void any_name_may_be_given(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "J", 5, 5);
    (void)import_case_add(&test, "B", 5, 3);
    (void)import_case_add(&test, "C", 2, 5);
    (void)import_case_add(&test, "d,e", 5, 0);
    (void)import_case_add(&test, "f", 2, 0);
    (void)import_case_add(&test, "g", 5, 0);
    import_case_refused(&test, STATUS_INPUT,
                        "no recurrent matrix under a usual name, name it with --recurrent; the "
                        "file has J (5 x 5), B (5 x 3), C (2 x 5), d,e (5), f (2), g (5)");
    test.request.names = (struct import_names){.keys = {"J", "B", "C", "d,e", "f", "g"}};
    import_case_says(&test,
                     "W_hh from J (taken as [to, from]), W_ih from B, b_h = d,e, readout C + "
                     "f; h_0 from g; taken as tanh without leak");
}

static void names_that_are_not_there_are_usage_errors(void **state)
{
    (void)state;
    static const struct {
        enum import_role role;
        const char *name;
        const char *part;
    } CASES[] = {
        {IMPORT_READOUT, "fc.wieght",
         "no array 'fc.wieght' for --readout, did you mean 'fc.weight'?"},
        {IMPORT_RECURRENT, "x",
         "no array 'x' for --recurrent; the file has rnn.weight_ih_l0 (5 x 3)"},
        {IMPORT_BIAS, "rnn.bias_ih_l0,x", "no array 'x' for --bias"},
        {IMPORT_INPUT, "none", "no array 'none' for --input"},
        {IMPORT_INPUT, "rnn.weight_hh_l0", "--input names 'rnn.weight_hh_l0', which is in use"},
        {IMPORT_INITIAL_STATE, "fc.bias,fc.weight", "--initial-state takes at most 1 names"},
        {IMPORT_BIAS, "fc.bias,fc.bias", "--bias names 'fc.bias', which is in use already"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct import_case test = {0};
        import_case_add_torch(&test);
        test.request.names.keys[CASES[i].role] = CASES[i].name;
        import_case_refused(&test, STATUS_USAGE, CASES[i].part);
    }
    struct import_case test = {0};
    import_case_add_torch(&test);
    test.request.names.ignored = "fc.bias,y";
    import_case_refused(&test, STATUS_USAGE, "no array 'y' for --ignore");
}

static void a_missing_part_is_named(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_numpy(&test);
    test.request.names.ignored = "W_in";
    import_case_refused(&test, STATUS_INPUT,
                        "no input matrix under a usual name, name it with "
                        "--input");
    test.request.names.ignored = "W_out";
    import_case_refused(&test, STATUS_INPUT, "no read-out matrix under a usual name");
    struct import_case empty = {0};
    import_case_refused(&empty, STATUS_INPUT, "no recurrent matrix under a usual name");
}

static void parametrized_weights_are_explained(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "rnn.parametrizations.weight_hh_l0.original", 5, 5);
    import_case_refused(&test, STATUS_INPUT, "remove_parametrizations before saving");
}

int test_import_keys(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_rule_matches_the_last_words_of_a_name),
        SCRATCH_TEST(no_rule_stands_twice),
        SCRATCH_TEST(every_rule_is_found),
        SCRATCH_TEST(the_biases_of_a_layer_are_summed),
        SCRATCH_TEST(what_is_optional_may_be_missing),
        SCRATCH_TEST(two_readouts_are_refused_until_one_is_named),
        SCRATCH_TEST(a_readout_of_any_name_is_found_by_its_shape),
        SCRATCH_TEST(two_networks_are_refused_until_one_is_named),
        SCRATCH_TEST(biases_of_two_kinds_are_no_sum),
        SCRATCH_TEST(keras_kernels_stand_beside_each_other),
        SCRATCH_TEST(any_name_may_be_given),
        SCRATCH_TEST(names_that_are_not_there_are_usage_errors),
        SCRATCH_TEST(a_missing_part_is_named),
        SCRATCH_TEST(parametrized_weights_are_explained),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
