/* Networks whose matrices follow from other arrays: factors and scales, gates of their own. */
#include "import/compose.h"

#include "support/check.h"
#include "support/import_case.h"
#include "support/scratch.h"

#include <stdio.h>
#include <string.h>

enum { UNITS = 5, INPUTS = 3, OUTPUTS = 2, RANK = 2 };

static struct error error;

/* Element (row, column) of an array with so many columns. */
static double value(const char *name, size_t row, size_t column, size_t columns)
{
    return import_case_value(name, row * columns + column);
}

static void tell_leak(struct import_case *test)
{
    test->request.cell = (struct cell){.leak = 0.25, .leak_form = LEAK_CURRENT};
    test->request.tells_leak = true;
}

/* ---- factors and scales -------------------------------------------------------------------------
 */

static void add_around(struct import_case *test)
{
    (void)import_case_add(test, "net.wi", INPUTS, UNITS);
    (void)import_case_add(test, "net.wo", UNITS, OUTPUTS);
    (void)import_case_add(test, "net.si", INPUTS, 0);
    (void)import_case_add(test, "net.so", OUTPUTS, 0);
}

static void add_low_rank(struct import_case *test)
{
    (void)import_case_add(test, "net.m", UNITS, RANK);
    (void)import_case_add(test, "net.n", UNITS, RANK);
    add_around(test);
}

static void check_around(const struct network *network, double divisor)
{
    for (size_t i = 0; i < UNITS; i++) {
        for (size_t k = 0; k < INPUTS; k++) {
            CHECK_SAME(network->weight_ih[i * INPUTS + k],
                       value("net.wi", k, i, UNITS) * value("net.si", k, 0, 1));
        }
        for (size_t k = 0; k < OUTPUTS; k++) {
            CHECK_SAME(network->weight_hy[k * UNITS + i],
                       value("net.wo", i, k, OUTPUTS) * value("net.so", k, 0, 1) / divisor);
        }
    }
}

static void factors_are_multiplied(void **state)
{
    (void)state;
    struct imported imported;
    struct import_case test = {0};
    add_low_rank(&test);
    tell_leak(&test);
    CHECK_OK(import_case_run(&test, &imported, &error));
    for (size_t i = 0; i < UNITS; i++) {
        for (size_t j = 0; j < UNITS; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < RANK; k++) {
                sum += value("net.m", i, k, RANK) * value("net.n", j, k, RANK);
            }
            CHECK_SAME(imported.network.weight_hh[i * UNITS + j], sum / UNITS);
        }
    }
    check_around(&imported.network, UNITS);
    imported_release(&imported);
}

static void a_rank_above_the_units_is_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "net.m", UNITS, UNITS + 1);
    (void)import_case_add(&test, "net.n", UNITS, UNITS + 1);
    add_around(&test);
    tell_leak(&test);
    import_case_refused(&test, STATUS_INPUT, "expected a rank of at most its");
}

static void scales_of_a_full_rank_are_applied(void **state)
{
    (void)state;
    struct imported imported;
    struct import_case test = {0};
    (void)import_case_add(&test, "net.wrec", UNITS, UNITS);
    add_around(&test);
    tell_leak(&test);
    CHECK_OK(import_case_run(&test, &imported, &error));
    for (size_t i = 0; i < (size_t)UNITS * UNITS; i++) {
        CHECK_SAME(imported.network.weight_hh[i], import_case_value("net.wrec", i));
    }
    check_around(&imported.network, 1.0);
    imported_release(&imported);
    /* who names a matrix has to say what becomes of the scales */
    test.request.names.keys[IMPORT_INPUT] = "net.wi";
    import_case_refused(&test, STATUS_INPUT, "net.si (3) is not used and has as many values as");
}

static void their_leak_must_be_told(void **state)
{
    (void)state;
    struct import_case test = {0};
    add_low_rank(&test);
    import_case_refused(&test, STATUS_INPUT, "which does not say its leak (such ones usually have");
    test.metadata = "{\"alpha\": \"1\"}";
    import_case_says(&test, "taken as tanh without leak; W_hh is m n' / N");
    test.metadata = NULL;
    import_case_assume_tanh(&test, true);
    import_case_says(&test, "without leak; W_hh is m n' / N");
}

static void a_bias_of_theirs_must_be_told(void **state)
{
    (void)state;
    struct imported imported;
    struct import_case test = {0};
    add_low_rank(&test);
    tell_leak(&test);
    double *const bias = import_case_add(&test, "net.b", UNITS, 0);
    import_case_refused(&test, STATUS_INPUT, "if it is b_h, say --bias net.b");
    test.request.names.keys[IMPORT_BIAS] = "net.b";
    CHECK_OK(import_case_run(&test, &imported, &error));
    CHECK_SAME(imported.network.bias_h[4], bias[4]);
    imported_release(&imported);
    test.request.names.keys[IMPORT_BIAS] = "none";
    import_case_says(&test, "no bias b_h");
    test.request.names.keys[IMPORT_BIAS] = NULL;
    memset(bias, 0, UNITS * sizeof *bias);
    import_case_says(&test, "no bias b_h");
}

static void factors_beside_other_names_are_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "rnn.m", UNITS, RANK);
    (void)import_case_add(&test, "rnn.n", RANK, UNITS);
    (void)import_case_add(&test, "rnn.w_inp", INPUTS, UNITS);
    (void)import_case_add(&test, "rnn.w_out", UNITS, OUTPUTS);
    import_case_refused(&test, STATUS_INPUT, "rnn.m and rnn.n look like factors of a low rank");
}

/* ---- gates of their own -------------------------------------------------------------------------
 */

static void gate_name(char name[32], char side, char gate, const char *word)
{
    (void)snprintf(name, 32, "cell/%c%c.%s", side, gate, word);
}

/* Those with a bias stand in `biased`, as "hn in ...". The names live as long as the case. */
static void add_gates(struct import_case *test, char names[16][32], const char *gates,
                      const char *biased)
{
    int count = 0;
    for (const char *gate = gates; *gate != '\0'; gate++) {
        for (int side = 0; side < 2; side++) {
            const char letter = "ih"[side];
            gate_name(names[count], letter, *gate, "kernel");
            (void)import_case_add(test, names[count++], side == 0 ? INPUTS : UNITS, UNITS);
            if (strstr(biased, (const char[]){letter, *gate, '\0'}) != NULL) {
                gate_name(names[count], letter, *gate, "bias");
                (void)import_case_add(test, names[count++], UNITS, 0);
            }
        }
    }
    (void)import_case_add(test, "Dense_0.kernel", UNITS, OUTPUTS);
}

static void check_gate(const struct network *network, int gate, char letter)
{
    char name[32];
    gate_name(name, 'h', letter, "kernel");
    for (size_t i = 0; i < (size_t)UNITS * UNITS; i++) {
        CHECK_SAME(network_gate(network, gate)[i], value(name, i % UNITS, i / UNITS, UNITS));
    }
    gate_name(name, 'i', letter, "kernel");
    for (size_t i = 0; i < (size_t)UNITS * INPUTS; i++) {
        CHECK_SAME(network->weight_ih[(size_t)gate * UNITS * INPUTS + i],
                   value(name, i % INPUTS, i / INPUTS, UNITS));
    }
}

static void gates_of_flax_are_put_together(void **state)
{
    (void)state;
    static const char *const GATES[] = {"rzn", "ifgo"};
    static const char *const BIASED[] = {"ir iz in hn", "hi hf hg ho"};
    for (int kind = 0; kind < 2; kind++) {
        char names[16][32];
        char bias[32];
        struct imported imported;
        struct import_case test = {0};
        add_gates(&test, names, GATES[kind], BIASED[kind]);
        CHECK_OK(import_case_run(&test, &imported, &error));
        assert_int_equal(imported.network.cell.kind, kind == 0 ? CELL_GRU : CELL_LSTM);
        for (int gate = 0; GATES[kind][gate] != '\0'; gate++) {
            check_gate(&imported.network, gate, GATES[kind][gate]);
            gate_name(bias, kind == 0 ? 'i' : 'h', GATES[kind][gate], "bias");
            CHECK_SAME(imported.network.bias_h[gate * UNITS + 3], import_case_value(bias, 3));
        }
        if (kind == 0) {
            CHECK_SAME(imported.network.bias_hn[3], import_case_value("cell/hn.bias", 3));
        }
        imported_release(&imported);
    }
}

static void gates_that_are_missing_or_do_not_fit_are_refused(void **state)
{
    (void)state;
    char names[16][32];
    struct import_case test = {0};
    add_gates(&test, names, "zn", "in hn");
    import_case_refused(&test, STATUS_INPUT,
                        "no array cell/ir.kernel, expected all gates of Flax'");
    struct import_case other = {0};
    (void)import_case_add(&other, "cell/hr.kernel", UNITS, UNITS + 1);
    (void)import_case_add(&other, "cell/ir.kernel", INPUTS, UNITS);
    add_gates(&other, names, "zn", "in hn");
    import_case_refused(&other, STATUS_INPUT, "cell/hr.kernel is 5 x 6, expected 5 x 5 as the");
}

/* ---- kinds that are told by their names ---------------------------------------------------------
 */

static void the_activation_of_haiku_must_be_told(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "vanilla_rnn/linear.w", INPUTS, UNITS);
    (void)import_case_add(&test, "vanilla_rnn/linear.b", UNITS, 0);
    (void)import_case_add(&test, "vanilla_rnn/linear_1.w", UNITS, UNITS);
    (void)import_case_add(&test, "vanilla_rnn/linear_1.b", UNITS, 0);
    (void)import_case_add(&test, "linear.w", UNITS, OUTPUTS);
    (void)import_case_add(&test, "linear.b", OUTPUTS, 0);
    import_case_refused(&test, STATUS_INPUT, "a VanillaRNN of Haiku, which does not say its");
    test.request.cell = (struct cell){.activation = ACTIVATION_RELU, .leak = 1.0};
    test.request.tells_activation = true;
    import_case_says(&test, "b_h = vanilla_rnn/linear.b + vanilla_rnn/linear_1.b, readout linear.w "
                            "(transposed, as its name asks) + linear.b; no initial state (zeros); "
                            "taken as relu");
}

static void a_second_state_is_that_of_an_lstm(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_torch(&test);
    (void)import_case_add(&test, "c0", UNITS, 0);
    import_case_refused(&test, STATUS_INPUT, "c0 is the second state of an lstm, found beside");
    test.request.names.ignored = "c0";
    import_case_says(&test, "no initial state");
}

int test_import_compose(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(factors_are_multiplied),
        SCRATCH_TEST(a_rank_above_the_units_is_refused),
        SCRATCH_TEST(scales_of_a_full_rank_are_applied),
        SCRATCH_TEST(their_leak_must_be_told),
        SCRATCH_TEST(a_bias_of_theirs_must_be_told),
        SCRATCH_TEST(factors_beside_other_names_are_refused),
        SCRATCH_TEST(gates_of_flax_are_put_together),
        SCRATCH_TEST(gates_that_are_missing_or_do_not_fit_are_refused),
        SCRATCH_TEST(the_activation_of_haiku_must_be_told),
        SCRATCH_TEST(a_second_state_is_that_of_an_lstm),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
