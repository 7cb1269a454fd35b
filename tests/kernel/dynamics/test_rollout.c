#include "kernel/dynamics/rollout.h"

#include "support/check.h"
#include "support/matgen.h"
#include "support/netgen.h"
#include "support/rollout_case.h"

#include <float.h>
#include <stdlib.h>

static struct error error;

static const struct rollout_variant PORTABLE = {ISA_PORTABLE, PRECISION_FLOAT64, PRODUCT_FUSED};

static double tolerance_of(const struct rollout_variant *variant)
{
    return variant->precision == PRECISION_FLOAT64 ? 1e-13 : 4e-6;
}

static struct rollout_case new_case(int shape)
{
    return rollout_case_create(&ROLLOUT_SHAPES[shape], (uint64_t)shape);
}

static void outputs_agree_with_plain_loops_in_long_double(void **state)
{
    (void)state;
    for (int i = 0; i < ROLLOUT_SHAPE_COUNT; i++) {
        struct rollout_case f = new_case(i);
        netgen_rollout(&f.network, f.network.weight_hh, &f.trials, f.expected);
        FOR_EACH_VARIANT (variant) {
            rollout_outputs(&f, *variant, f.network.weight_hh, f.outputs);
            CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0,
                       tolerance_of(variant));
        }
        rollout_case_release(&f);
    }
}

static void the_weights_passed_take_the_place_of_the_networks_own(void **state)
{
    (void)state;
    struct rollout_case f = new_case(5);
    struct network other = netgen_network(99, 17, 7, 1);
    netgen_rollout(&f.network, other.weight_hh, &f.trials, f.expected);
    FOR_EACH_VARIANT (variant) {
        rollout_outputs(&f, *variant, other.weight_hh, f.outputs);
        CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0, tolerance_of(variant));
    }
    network_release(&other);
    rollout_case_release(&f);
}

/* Each array alone, so that none can hide behind the others. */
static void check_array_is_used(int shape, int array, const struct rollout_variant *variant)
{
    struct rollout_case f = new_case(shape);
    double *const arrays[3] = {f.network.bias_h, f.network.bias_y, f.network.h0};
    const int sizes[3] = {f.network.n_hidden, f.network.n_out, f.network.n_hidden};
    double *const before = matgen_zeros(f.n_values);
    memset(arrays[array], 0, (size_t)sizes[array] * sizeof(double));
    rollout_outputs(&f, *variant, f.network.weight_hh, before);
    arrays[array][sizes[array] - 1] = 1.0;
    rollout_outputs(&f, *variant, f.network.weight_hh, f.outputs);
    netgen_rollout(&f.network, f.network.weight_hh, &f.trials, f.expected);
    CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0, tolerance_of(variant));
    assert_true(matgen_distance(f.outputs, before, f.n_values) > 1e-3);
    free(before);
    rollout_case_release(&f);
}

static void biases_and_initial_state_are_used(void **state)
{
    (void)state;
    FOR_EACH_VARIANT (variant) {
        for (int array = 0; array < 3; array++) {
            check_array_is_used(4, array, variant);
        }
    }
}

/* y is read after x_t is consumed: with W_hh = 0 the answer depends on the same step's input. */
static void the_answer_is_read_after_the_input_is_consumed(void **state)
{
    (void)state;
    struct rollout_case f = {.n_values = 3};
    double outputs[3];
    CHECK_OK(network_create(&f.network, &(struct network_shape){CELL_DEFAULT, 1, 1, 1}, &error));
    CHECK_OK(trials_create(&f.trials, 3, 1, 1, 1, &error));
    f.network.weight_ih[0] = 1.0;
    f.network.weight_hy[0] = 2.0;
    f.trials.inputs[1] = 0.5;
    FOR_EACH_VARIANT (variant) {
        rollout_outputs(&f, *variant, f.network.weight_hh, outputs);
        CHECK_SAME(outputs[0], 0.0);
        CHECK_NEAR(outputs[1], 2.0 * tanh(0.5),
                   variant->precision == PRECISION_FLOAT64 ? 1e-15 : 2e-7);
        CHECK_SAME(outputs[2], 0.0);
    }
    rollout_case_release(&f);
}

static void single_precision_is_really_single(void **state)
{
    (void)state;
    struct rollout_case f = new_case(7);
    FOR_EACH_VARIANT (variant) {
        netgen_rollout(&f.network, f.network.weight_hh, &f.trials, f.expected);
        rollout_outputs(&f, *variant, f.network.weight_hh, f.outputs);
        const double distance = matgen_distance(f.outputs, f.expected, f.n_values);
        assert_int_equal(distance > 1e-9, variant->precision == PRECISION_FLOAT32);
        for (size_t i = 0; i < f.n_values && variant->precision == PRECISION_FLOAT32; i++) {
            CHECK_SAME(f.outputs[i], (double)(float)f.outputs[i]);
        }
    }
    rollout_case_release(&f);
}

static void a_workspace_keeps_nothing_from_the_run_before(void **state)
{
    (void)state;
    struct rollout_case f = new_case(7);
    struct network other = netgen_network(77, 64, 3, 3);
    FOR_EACH_VARIANT (variant) {
        struct rollout_run run;
        rollout_run_begin(&run, &f, *variant);
        CHECK_OK(rollout_run(run.rollout, f.expected, &error));
        rollout_set_weights(run.rollout, other.weight_hh);
        CHECK_OK(rollout_run(run.rollout, f.outputs, &error));
        assert_true(matgen_distance(f.outputs, f.expected, f.n_values) > 1e-3);
        rollout_set_weights(run.rollout, f.network.weight_hh);
        CHECK_OK(rollout_run(run.rollout, f.outputs, &error));
        assert_memory_equal(f.outputs, f.expected, f.n_values * sizeof(double));
        rollout_run_end(&run);
    }
    network_release(&other);
    rollout_case_release(&f);
}

static void packed_trials_serve_networks_of_any_width(void **state)
{
    (void)state;
    struct rollout_case f = new_case(7);
    FOR_EACH_VARIANT (variant) {
        struct rollout_run run;
        rollout_run_begin(&run, &f, *variant);
        for (int n = 1; n < 300; n = 4 * n + 3) {
            struct network other = netgen_network((uint64_t)n, n, 3, 3);
            rollout_destroy(&run.rollout);
            CHECK_OK(rollout_create_with(&run.rollout, &other, &run.packed, variant->path,
                                         variant->product, &error));
            CHECK_OK(rollout_run(run.rollout, f.outputs, &error));
            if (variant->precision == PRECISION_FLOAT64 && n < 50) {
                netgen_rollout(&other, other.weight_hh, &f.trials, f.expected);
                CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0, 1e-13);
            }
            rollout_destroy(&run.rollout);
            network_release(&other);
        }
        rollout_run_end(&run);
    }
    rollout_case_release(&f);
}

static void the_mask_has_no_say_in_the_answers(void **state)
{
    (void)state;
    struct rollout_case f = new_case(7);
    rollout_outputs(&f, PORTABLE, f.network.weight_hh, f.expected);
    memset(f.trials.mask, 0, (size_t)f.trials.n_steps * (size_t)f.trials.n_trials);
    rollout_outputs(&f, PORTABLE, f.network.weight_hh, f.outputs);
    assert_memory_equal(f.outputs, f.expected, f.n_values * sizeof(double));
    rollout_case_release(&f);
}

/* A network of two units whose answer is Inf as soon as a trial has had the input 1. */
static struct rollout_case explosive(int n_steps, int n_trials)
{
    struct rollout_case f = {.n_values = (size_t)n_steps * (size_t)n_trials};
    CHECK_OK(network_create(&f.network, &(struct network_shape){CELL_DEFAULT, 2, 1, 1}, &error));
    CHECK_OK(trials_create(&f.trials, n_steps, n_trials, 1, 1, &error));
    f.network.weight_ih[0] = f.network.weight_ih[1] = 40.0;
    f.network.weight_hy[0] = f.network.weight_hy[1] = 1e308;
    f.outputs = matgen_zeros(f.n_values);
    f.expected = matgen_zeros(f.n_values);
    return f;
}

static void check_explodes(struct rollout_case *f, const double *weight_hh, const char *message)
{
    FOR_EACH_VARIANT (variant) {
        struct rollout_run run;
        const double largest = variant->precision == PRECISION_FLOAT64 ? 1e308 : 3e38;
        f->network.weight_hy[0] = f->network.weight_hy[1] = largest;
        rollout_run_begin(&run, f, *variant);
        rollout_set_weights(run.rollout, weight_hh);
        CHECK_FAILS(rollout_run(run.rollout, f->outputs, &error), STATUS_JOB_ROLLOUT_NONFINITE,
                    message);
        rollout_run_end(&run);
    }
}

static void an_overflow_is_reported_with_its_step(void **state)
{
    (void)state;
    static const int TRIALS[] = {0, 5, 127, 128, 199};
    for (int i = 0; i < 5; i++) {
        struct rollout_case f = explosive(6, 200);
        f.trials.inputs[3 * 200 + TRIALS[i]] = 1.0;
        check_explodes(&f, f.network.weight_hh, "step 3");
        rollout_case_release(&f);
    }
}

static void the_first_bad_step_of_all_trials_is_named(void **state)
{
    (void)state;
    struct rollout_case f = explosive(6, 200);
    f.trials.inputs[5 * 200] = 1.0;
    f.trials.inputs[2 * 200 + 150] = 1.0;
    check_explodes(&f, f.network.weight_hh, "step 2");
    rollout_case_release(&f);
}

static void an_overflow_in_an_ignored_step_is_reported_too(void **state)
{
    (void)state;
    struct rollout_case f = explosive(6, 10);
    f.trials.inputs[1 * 10 + 3] = 1.0;
    memset(f.trials.mask, 0, 10 * 3);
    check_explodes(&f, f.network.weight_hh, "step 1");
    rollout_case_release(&f);
}

static void nan_weights_are_reported_at_the_first_step(void **state)
{
    (void)state;
    const double weights[4] = {0.0, NAN, 0.0, 0.0};
    struct rollout_case f = explosive(4, 3);
    check_explodes(&f, weights, "step 0");
    rollout_case_release(&f);
}

static void an_answer_beyond_float_fails_in_single_precision_only(void **state)
{
    (void)state;
    struct rollout_case f = explosive(4, 3);
    f.network.weight_hy[0] = f.network.weight_hy[1] = 3e38;
    f.trials.inputs[2 * 3] = 1.0;
    FOR_EACH_VARIANT (variant) {
        struct rollout_run run;
        rollout_run_begin(&run, &f, *variant);
        if (variant->precision == PRECISION_FLOAT64) {
            CHECK_OK(rollout_run(run.rollout, f.outputs, &error));
            CHECK_NEAR(f.outputs[2 * 3] / 6e38, 1.0, 1e-15);
        } else {
            CHECK_FAILS(rollout_run(run.rollout, f.outputs, &error), STATUS_JOB_ROLLOUT_NONFINITE,
                        "step 2");
        }
        rollout_run_end(&run);
    }
    rollout_case_release(&f);
}

static void a_failed_run_does_not_spoil_the_next(void **state)
{
    (void)state;
    struct rollout_case f = new_case(5);
    double *const weights = matgen_zeros(17 * 17);
    weights[3] = NAN;
    FOR_EACH_VARIANT (variant) {
        struct rollout_run run;
        rollout_outputs(&f, *variant, f.network.weight_hh, f.expected);
        rollout_run_begin(&run, &f, *variant);
        rollout_set_weights(run.rollout, weights);
        assert_int_equal(rollout_run(run.rollout, f.outputs, &error), STATUS_JOB_ROLLOUT_NONFINITE);
        rollout_set_weights(run.rollout, f.network.weight_hh);
        CHECK_OK(rollout_run(run.rollout, f.outputs, &error));
        assert_memory_equal(f.outputs, f.expected, f.n_values * sizeof(double));
        rollout_run_end(&run);
    }
    free(weights);
    rollout_case_release(&f);
}

/* 5e-324 is what a decaying state ends in; the caller's arithmetic must still know it. */
static void the_caller_keeps_its_denormal_numbers(void **state)
{
    (void)state;
    struct rollout_case f = new_case(7);
    volatile double tiny = 2.3e-308;
    FOR_EACH_VARIANT (variant) {
        rollout_outputs(&f, *variant, f.network.weight_hh, f.outputs);
        assert_true(tiny / 4.0 > 0.0);
    }
    rollout_case_release(&f);
}

static void a_decaying_network_goes_to_zero_without_denormal_numbers(void **state)
{
    (void)state;
    struct rollout_case f = rollout_case_create(&(struct rollout_shape){8, 1, 1, 400, 5}, 1);
    memset(f.trials.inputs, 0, 2000 * sizeof(double));
    memset(f.network.bias_h, 0, 8 * sizeof(double));
    memset(f.network.bias_y, 0, sizeof(double));
    for (int i = 0; i < 64; i++) {
        f.network.weight_hh[i] = i % 9 == 0 ? 0.1 : 0.0;
    }
    FOR_EACH_VARIANT (variant) {
        rollout_outputs(&f, *variant, f.network.weight_hh, f.outputs);
        assert_true(fabs(f.outputs[0]) > 1e-3);
        CHECK_SAME(fabs(f.outputs[399 * 5]), 0.0);
#if defined(__x86_64__) /* flushed: nothing between 0 and the smallest normal number */
        const double smallest = variant->precision == PRECISION_FLOAT64 ? DBL_MIN : (double)FLT_MIN;
        for (size_t k = 0; k < f.n_values; k++) {
            assert_true(f.outputs[k] == 0.0 || fabs(f.outputs[k]) >= smallest);
        }
#endif
    }
    rollout_case_release(&f);
}

/* Narrow networks are the kernel's, wide ones those of BLAS: whose sums have another order. */
static void the_width_decides_who_multiplies(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const int n_hidden = i == 0 ? 200 : ROLLOUT_BLAS_ROW / 8;
        const struct rollout_shape shape = {n_hidden, 1, 1, 2, 3};
        struct rollout_case f = rollout_case_create(&shape, 2);
        for (int product = PRODUCT_FUSED; product <= PRODUCT_BLAS; product++) {
            struct rollout_variant variant = {ISA_PORTABLE, PRECISION_FLOAT64, PRODUCT_BY_WIDTH};
            rollout_outputs(&f, variant, f.network.weight_hh, f.expected);
            variant.product = (enum rollout_product)product;
            rollout_outputs(&f, variant, f.network.weight_hh, f.outputs);
            assert_int_equal(memcmp(f.outputs, f.expected, f.n_values * sizeof(double)) == 0,
                             (product == PRODUCT_FUSED) == (i == 0));
        }
        rollout_case_release(&f);
    }
}

/* What `plan` predicts must at least hold the weights, and single must take less. */
static void the_memory_of_a_workspace_covers_its_weights(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(1, 6, 50, 3, 2);
    struct trials wider = netgen_trials(1, 6, 50, 4, 2);
    struct trials more = netgen_trials(1, 6, 50, 3, 3);
    for (int n = 1; n < 2000; n = 2 * n + 1) {
        const size_t bytes = rollout_memory(CELL_RNN, n, &trials, PRECISION_FLOAT64);
        assert_true(bytes >= sizeof(double) * (size_t)n * (size_t)(n + 3 + 2));
        assert_true(bytes > rollout_memory(CELL_RNN, n, &trials, PRECISION_FLOAT32));
        assert_true(bytes < rollout_memory(CELL_RNN, n + 4, &trials, PRECISION_FLOAT64));
        assert_true(bytes < rollout_memory(CELL_RNN, n, &wider, PRECISION_FLOAT64));
        assert_true(bytes < rollout_memory(CELL_RNN, n, &more, PRECISION_FLOAT64));
    }
    trials_release(&trials);
    trials_release(&wider);
    trials_release(&more);
}

static void destroying_accepts_null(void **state)
{
    (void)state;
    struct rollout *rollout = NULL;
    rollout_destroy(&rollout);
    assert_null(rollout);
}

int test_rollout(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_agree_with_plain_loops_in_long_double),
        cmocka_unit_test(the_weights_passed_take_the_place_of_the_networks_own),
        cmocka_unit_test(biases_and_initial_state_are_used),
        cmocka_unit_test(the_answer_is_read_after_the_input_is_consumed),
        cmocka_unit_test(single_precision_is_really_single),
        cmocka_unit_test(a_workspace_keeps_nothing_from_the_run_before),
        cmocka_unit_test(packed_trials_serve_networks_of_any_width),
        cmocka_unit_test(the_mask_has_no_say_in_the_answers),
        cmocka_unit_test(an_overflow_is_reported_with_its_step),
        cmocka_unit_test(the_first_bad_step_of_all_trials_is_named),
        cmocka_unit_test(an_overflow_in_an_ignored_step_is_reported_too),
        cmocka_unit_test(nan_weights_are_reported_at_the_first_step),
        cmocka_unit_test(an_answer_beyond_float_fails_in_single_precision_only),
        cmocka_unit_test(a_failed_run_does_not_spoil_the_next),
        cmocka_unit_test(the_caller_keeps_its_denormal_numbers),
        cmocka_unit_test(a_decaying_network_goes_to_zero_without_denormal_numbers),
        cmocka_unit_test(the_width_decides_who_multiplies),
        cmocka_unit_test(the_memory_of_a_workspace_covers_its_weights),
        cmocka_unit_test(destroying_accepts_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
