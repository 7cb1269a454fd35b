/* Rollouts of every activation, without and with a leak of both forms, from initial states of the
 * network or of its trials, against plain loops. */
#include "kernel/dynamics/rollout.h"

#include "support/check.h"
#include "support/netgen.h"
#include "support/rollout_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct rollout_shape SHAPES[] = {
    {1, 1, 1, 3, 5}, {7, 2, 3, 9, 33}, {40, 3, 2, 12, 200}};
static const double LEAKS[] = {1.0, 0.3};

static void check_variant(const struct rollout_case *test, const struct rollout_variant *variant)
{
    const bool is_double = variant->precision == PRECISION_FLOAT64;
    const double limit = is_double ? 1e-12 : 1e-4;
    rollout_outputs(test, *variant, test->network.weight_hh, test->outputs);
    for (size_t i = 0; i < test->n_values; i++) {
        if (!(fabs(test->outputs[i] - test->expected[i]) <=
              limit * (1.0 + fabs(test->expected[i])))) {
            fail_msg("%s %s %s %s leak %g: output %zu is %.17g, expected %.17g",
                     isa_name(variant->path), cell_parts(test->network.cell.kind)->name,
                     activation_name(test->network.cell.activation),
                     leak_form_name(test->network.cell.leak_form), test->network.cell.leak, i,
                     test->outputs[i], test->expected[i]);
        }
    }
}

/* Each trial of every other shape has an initial state of its own. */
static struct rollout_case create(size_t shape, enum cell_kind kind)
{
    struct rollout_case test = rollout_case_create_of(&SHAPES[shape], kind, 3 + shape);
    struct trials *const trials = &test.trials;
    if (shape % 2 == 0) {
        struct error error;
        CHECK_OK(trials_add_h0(trials, SHAPES[shape].n_hidden, &error));
        for (int i = 0; i < trials->n_trials * trials->n_hidden; i++) {
            trials->h0[i] = 0.5 * sin(1.0 + i);
        }
    }
    return test;
}

static void for_each_rnn(struct rollout_case *test, void (*check)(struct rollout_case *test))
{
    for (int i = 0; i < (int)ACTIVATION_COUNT * LEAK_FORM_COUNT * 2; i++) {
        test->network.cell =
            (struct cell){.activation = (enum activation)(i % ACTIVATION_COUNT),
                          .leak_form = (enum leak_form)(i / ACTIVATION_COUNT % LEAK_FORM_COUNT),
                          .leak = LEAKS[i / ACTIVATION_COUNT / LEAK_FORM_COUNT]};
        check(test);
    }
}

static void for_each_cell(void (*check)(struct rollout_case *test))
{
    for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++) {
        for (int kind = 0; kind < CELL_KIND_COUNT; kind++) {
            struct rollout_case test = create(s, (enum cell_kind)kind);
            if (cell_parts((enum cell_kind)kind)->has_activation) {
                for_each_rnn(&test, check);
            } else {
                check(&test);
            }
            rollout_case_release(&test);
        }
    }
}

static void compare_with_loops(struct rollout_case *test)
{
    netgen_rollout(&test->network, test->network.weight_hh, &test->trials, test->expected);
    FOR_EACH_VARIANT (variant) {
        check_variant(test, variant);
    }
}

static void outputs_are_those_of_plain_loops(void **state)
{
    (void)state;
    for_each_cell(compare_with_loops);
}

static void compare_isas(struct rollout_case *test)
{
    FOR_EACH_VARIANT (variant) {
        struct rollout_variant other = *variant;
        other.path = ISA_AVX512;
        if (variant->path == ISA_AVX2 && isa_available(ISA_AVX512)) {
            rollout_outputs(test, *variant, test->network.weight_hh, test->outputs);
            rollout_outputs(test, other, test->network.weight_hh, test->expected);
            assert_memory_equal(test->outputs, test->expected,
                                test->n_values * sizeof *test->outputs);
        }
    }
}

static void avx2_and_avx512_give_the_same_bits(void **state)
{
    (void)state;
    for_each_cell(compare_isas);
}

/* From rest, of f(0) = 0: v of the current form is what f is taken of in the other. */
static void compare_forms(struct rollout_case *test)
{
    struct cell *const cell = &test->network.cell;
    if (cell->leak_form != LEAK_CURRENT || cell->leak != 1.0 ||
        cell->activation == ACTIVATION_SOFTPLUS || cell->activation == ACTIVATION_SIGMOID) {
        return;
    }
    memset(test->network.h0, 0, (size_t)test->network.n_hidden * sizeof(double));
    if (test->trials.h0 != NULL) {
        memset(test->trials.h0, 0,
               (size_t)test->trials.n_trials * (size_t)test->trials.n_hidden * sizeof(double));
    }
    FOR_EACH_VARIANT (variant) {
        rollout_outputs(test, *variant, test->network.weight_hh, test->outputs);
        cell->leak_form = LEAK_RATE;
        rollout_outputs(test, *variant, test->network.weight_hh, test->expected);
        cell->leak_form = LEAK_CURRENT;
        assert_memory_equal(test->outputs, test->expected, test->n_values * sizeof *test->outputs);
    }
}

static void a_leak_of_one_is_none_bit_for_bit(void **state)
{
    (void)state;
    for_each_cell(compare_forms);
}

/* Far arguments: nothing overflows on the way, and NaN is not lost. */
static void far_arguments_have_their_limits(void **state)
{
    (void)state;
    static const double FAR[] = {1e300, -1e300, 800.0, -800.0, 100.0, -100.0, 0.0};
    const struct rollout_shape shape = {1, 1, 1, 1, 7};
    struct rollout_case test = rollout_case_create(&shape, 1);
    test.network.weight_hh[0] = test.network.bias_h[0] = test.network.bias_y[0] = 0.0;
    test.network.weight_ih[0] = test.network.weight_hy[0] = 1.0;
    memcpy(test.trials.inputs, FAR, sizeof FAR);
    for (int activation = 0; activation < ACTIVATION_COUNT; activation++) {
        test.network.cell.activation = (enum activation)activation;
        FOR_EACH_VARIANT (variant) {
            if (variant->precision == PRECISION_FLOAT32) {
                continue;
            }
            rollout_outputs(&test, *variant, test.network.weight_hh, test.outputs);
            for (int i = 0; i < 7; i++) {
                const double exact = (double)netgen_activation((enum activation)activation, FAR[i]);
                assert_true(fabs(test.outputs[i] - exact) <= 1e-15 * fabs(exact) + 1e-43);
            }
        }
    }
    rollout_case_release(&test);
}

int test_rollout_cells(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_those_of_plain_loops),
        cmocka_unit_test(avx2_and_avx512_give_the_same_bits),
        cmocka_unit_test(a_leak_of_one_is_none_bit_for_bit),
        cmocka_unit_test(far_arguments_have_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
