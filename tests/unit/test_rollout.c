#include "kernel/dynamics/rollout.h"

#include "kernel/dynamics/metric.h"
#include "support/check.h"
#include "support/matgen.h"
#include "support/netgen.h"

#include <stdlib.h>

static struct error error;

/* Odd sizes, and trials around the tile of 128. */
static const struct shape {
    int n_hidden;
    int n_in;
    int n_out;
    int n_steps;
    int n_trials;
} SHAPES[] = {
    {1, 1, 1, 1, 1},    {1, 3, 2, 7, 5},     {2, 1, 1, 9, 127},  {3, 2, 5, 6, 128},
    {5, 1, 3, 4, 129},  {17, 7, 1, 11, 131}, {33, 1, 1, 5, 256}, {64, 3, 3, 8, 300},
    {129, 5, 2, 6, 33}, {8, 4, 1, 200, 3},
};
enum { SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES };

struct fixture {
    struct network network;
    struct trials trials;
    double *outputs;
    double *expected;
    size_t n_values;
};

static struct fixture new_fixture(const struct shape *shape)
{
    struct fixture f;
    const uint64_t seed = (uint64_t)(shape - SHAPES);
    f.network = netgen_network(seed, shape->n_hidden, shape->n_in, shape->n_out);
    f.trials = netgen_trials(seed, shape->n_steps, shape->n_trials, shape->n_in, shape->n_out);
    f.n_values = (size_t)shape->n_steps * (size_t)shape->n_trials * (size_t)shape->n_out;
    f.outputs = matgen_zeros(f.n_values);
    f.expected = matgen_zeros(f.n_values);
    return f;
}

static void release(struct fixture *f)
{
    network_release(&f->network);
    trials_release(&f->trials);
    free(f->outputs);
    free(f->expected);
}

static void run(const struct fixture *f, enum precision precision, const double *weight_hh,
                double *outputs)
{
    struct rollout *rollout = NULL;
    CHECK_OK(rollout_create(&rollout, &f->network, &f->trials, precision, &error));
    CHECK_OK(rollout_run(rollout, weight_hh, outputs, &error));
    rollout_destroy(&rollout);
    assert_null(rollout);
}

static void outputs_agree_with_plain_loops_in_long_double(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPE_COUNT; i++) {
        struct fixture f = new_fixture(&SHAPES[i]);
        run(&f, PRECISION_DOUBLE, f.network.weight_hh, f.outputs);
        netgen_rollout(&f.network, f.network.weight_hh, &f.trials, f.expected);
        CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0, 1e-13);
        release(&f);
    }
}

static void the_weights_passed_take_the_place_of_the_networks_own(void **state)
{
    (void)state;
    struct fixture f = new_fixture(&SHAPES[5]);
    struct network other = netgen_network(99, 17, 7, 1);
    run(&f, PRECISION_DOUBLE, other.weight_hh, f.outputs);
    netgen_rollout(&f.network, other.weight_hh, &f.trials, f.expected);
    CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0, 1e-13);
    network_release(&other);
    release(&f);
}

/* Each array alone, so that none can hide behind the others. */
static void biases_and_initial_state_are_used(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct fixture f = new_fixture(&SHAPES[4]);
        double *const arrays[3] = {f.network.bias_h, f.network.bias_y, f.network.h0};
        const int sizes[3] = {f.network.n_hidden, f.network.n_out, f.network.n_hidden};
        double *const before = matgen_zeros(f.n_values);
        memset(arrays[i], 0, (size_t)sizes[i] * sizeof(double));
        run(&f, PRECISION_DOUBLE, f.network.weight_hh, before);
        arrays[i][sizes[i] - 1] = 1.0;
        run(&f, PRECISION_DOUBLE, f.network.weight_hh, f.outputs);
        netgen_rollout(&f.network, f.network.weight_hh, &f.trials, f.expected);
        CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0, 1e-13);
        assert_true(matgen_distance(f.outputs, before, f.n_values) > 1e-3);
        free(before);
        release(&f);
    }
}

/* y is read after x_t is consumed: with W_hh = 0 the answer depends on the same step's input. */
static void the_answer_is_read_after_the_input_is_consumed(void **state)
{
    (void)state;
    struct network network = {0};
    struct trials trials;
    double outputs[3];
    CHECK_OK(network_create(&network, 1, 1, 1, &error));
    CHECK_OK(trials_create(&trials, 3, 1, 1, 1, &error));
    const struct fixture f = {.network = network, .trials = trials};
    network.weight_ih[0] = 1.0;
    network.weight_hy[0] = 2.0;
    trials.inputs[1] = 0.5;
    run(&f, PRECISION_DOUBLE, network.weight_hh, outputs);
    CHECK_SAME(outputs[0], 0.0);
    CHECK_NEAR(outputs[1], 2.0 * tanh(0.5), 1e-15);
    CHECK_SAME(outputs[2], 0.0);
    network_release(&network);
    trials_release(&trials);
}

static double fvu(const struct fixture *f, const double *outputs)
{
    double mean[8];
    trials_channel_mean(&f->trials, f->trials.targets, mean);
    return metric_fvu(&f->trials, trials_total_variation(&f->trials, f->trials.targets, mean),
                      outputs);
}

static void single_precision_stays_close_to_double(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPE_COUNT; i++) {
        struct fixture f = new_fixture(&SHAPES[i]);
        run(&f, PRECISION_DOUBLE, f.network.weight_hh, f.expected);
        run(&f, PRECISION_SINGLE, f.network.weight_hh, f.outputs);
        CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0, 2e-6);
        if (f.n_values > 1) {
            CHECK_NEAR(fvu(&f, f.outputs), fvu(&f, f.expected), 1e-5 * fvu(&f, f.expected));
        }
        release(&f);
    }
}

static void single_precision_is_really_single(void **state)
{
    (void)state;
    struct fixture f = new_fixture(&SHAPES[7]);
    run(&f, PRECISION_DOUBLE, f.network.weight_hh, f.expected);
    run(&f, PRECISION_SINGLE, f.network.weight_hh, f.outputs);
    assert_true(matgen_distance(f.outputs, f.expected, f.n_values) > 1e-9);
    for (size_t i = 0; i < f.n_values; i++) {
        CHECK_SAME(f.outputs[i], (double)(float)f.outputs[i]);
    }
    release(&f);
}

static void a_workspace_keeps_nothing_from_the_run_before(void **state)
{
    (void)state;
    for (int precision = 0; precision < 2; precision++) {
        struct fixture f = new_fixture(&SHAPES[7]);
        struct network other = netgen_network(77, 64, 3, 3);
        struct rollout *rollout = NULL;
        CHECK_OK(
            rollout_create(&rollout, &f.network, &f.trials, (enum precision)precision, &error));
        CHECK_OK(rollout_run(rollout, f.network.weight_hh, f.expected, &error));
        CHECK_OK(rollout_run(rollout, other.weight_hh, f.outputs, &error));
        assert_true(matgen_distance(f.outputs, f.expected, f.n_values) > 1e-3);
        CHECK_OK(rollout_run(rollout, f.network.weight_hh, f.outputs, &error));
        assert_memory_equal(f.outputs, f.expected, f.n_values * sizeof(double));
        rollout_destroy(&rollout);
        network_release(&other);
        release(&f);
    }
}

static void the_mask_has_no_say_in_the_answers(void **state)
{
    (void)state;
    struct fixture f = new_fixture(&SHAPES[7]);
    run(&f, PRECISION_DOUBLE, f.network.weight_hh, f.expected);
    memset(f.trials.mask, 0, (size_t)f.trials.n_steps * (size_t)f.trials.n_trials);
    run(&f, PRECISION_DOUBLE, f.network.weight_hh, f.outputs);
    assert_memory_equal(f.outputs, f.expected, f.n_values * sizeof(double));
    release(&f);
}

/* A network of two units whose answer is Inf as soon as a trial has had the input 1. */
static struct fixture explosive(int n_steps, int n_trials)
{
    struct fixture f = {.n_values = (size_t)n_steps * (size_t)n_trials};
    CHECK_OK(network_create(&f.network, 2, 1, 1, &error));
    CHECK_OK(trials_create(&f.trials, n_steps, n_trials, 1, 1, &error));
    f.network.weight_ih[0] = f.network.weight_ih[1] = 40.0;
    f.network.weight_hy[0] = f.network.weight_hy[1] = 1e308;
    f.outputs = matgen_zeros(f.n_values);
    f.expected = matgen_zeros(f.n_values);
    return f;
}

static void check_explodes(const struct fixture *f, enum precision precision,
                           const double *weight_hh, const char *message)
{
    struct rollout *rollout = NULL;
    CHECK_OK(rollout_create(&rollout, &f->network, &f->trials, precision, &error));
    CHECK_FAILS(rollout_run(rollout, weight_hh, f->outputs, &error), STATUS_JOB_ROLLOUT_NONFINITE,
                message);
    rollout_destroy(&rollout);
}

static void an_overflow_is_reported_with_its_step(void **state)
{
    (void)state;
    static const int TRIALS[] = {0, 5, 127, 128, 199};
    for (int i = 0; i < 5; i++) {
        struct fixture f = explosive(6, 200);
        f.trials.inputs[3 * 200 + TRIALS[i]] = 1.0;
        check_explodes(&f, PRECISION_DOUBLE, f.network.weight_hh, "step 3");
        release(&f);
    }
}

static void the_first_bad_step_of_all_trials_is_named(void **state)
{
    (void)state;
    struct fixture f = explosive(6, 200);
    f.trials.inputs[5 * 200] = 1.0;
    f.trials.inputs[2 * 200 + 150] = 1.0;
    check_explodes(&f, PRECISION_DOUBLE, f.network.weight_hh, "step 2");
    release(&f);
}

static void an_overflow_in_an_ignored_step_is_reported_too(void **state)
{
    (void)state;
    struct fixture f = explosive(6, 10);
    f.trials.inputs[1 * 10 + 3] = 1.0;
    memset(f.trials.mask, 0, 10 * 3);
    check_explodes(&f, PRECISION_DOUBLE, f.network.weight_hh, "step 1");
    release(&f);
}

static void nan_weights_are_reported_at_the_first_step(void **state)
{
    (void)state;
    const double weights[4] = {0.0, NAN, 0.0, 0.0};
    struct fixture f = explosive(4, 3);
    check_explodes(&f, PRECISION_DOUBLE, weights, "step 0");
    check_explodes(&f, PRECISION_SINGLE, weights, "step 0");
    release(&f);
}

static void an_answer_beyond_float_fails_in_single_precision_only(void **state)
{
    (void)state;
    struct fixture f = explosive(4, 3);
    f.network.weight_hy[0] = f.network.weight_hy[1] = 3e38;
    f.trials.inputs[2 * 3] = 1.0;
    run(&f, PRECISION_DOUBLE, f.network.weight_hh, f.outputs);
    CHECK_NEAR(f.outputs[2 * 3] / 6e38, 1.0, 1e-15);
    check_explodes(&f, PRECISION_SINGLE, f.network.weight_hh, "step 2");
    release(&f);
}

static void a_failed_run_does_not_spoil_the_next(void **state)
{
    (void)state;
    struct fixture f = new_fixture(&SHAPES[5]);
    struct rollout *rollout = NULL;
    double *const weights = matgen_zeros(17 * 17);
    weights[3] = NAN;
    run(&f, PRECISION_DOUBLE, f.network.weight_hh, f.expected);
    CHECK_OK(rollout_create(&rollout, &f.network, &f.trials, PRECISION_DOUBLE, &error));
    assert_int_equal(rollout_run(rollout, weights, f.outputs, &error),
                     STATUS_JOB_ROLLOUT_NONFINITE);
    CHECK_OK(rollout_run(rollout, f.network.weight_hh, f.outputs, &error));
    assert_memory_equal(f.outputs, f.expected, f.n_values * sizeof(double));
    rollout_destroy(&rollout);
    free(weights);
    release(&f);
}

/* What `plan` predicts must at least hold the weights, and single must take less. */
static void the_memory_of_a_workspace_covers_its_weights(void **state)
{
    (void)state;
    for (int n = 1; n < 2000; n = 2 * n + 1) {
        const size_t bytes = rollout_memory(n, 3, 2, PRECISION_DOUBLE);
        assert_true(bytes >= sizeof(double) * (size_t)n * (size_t)(n + 3 + 2));
        assert_true(bytes > rollout_memory(n, 3, 2, PRECISION_SINGLE));
        assert_true(bytes < rollout_memory(n + 1, 3, 2, PRECISION_DOUBLE));
        assert_true(bytes <= rollout_memory(n, 4, 2, PRECISION_DOUBLE));
        assert_true(bytes <= rollout_memory(n, 3, 3, PRECISION_DOUBLE));
    }
}

static void destroying_accepts_null(void **state)
{
    (void)state;
    struct rollout *rollout = NULL;
    rollout_destroy(&rollout);
    assert_null(rollout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_agree_with_plain_loops_in_long_double),
        cmocka_unit_test(the_weights_passed_take_the_place_of_the_networks_own),
        cmocka_unit_test(biases_and_initial_state_are_used),
        cmocka_unit_test(the_answer_is_read_after_the_input_is_consumed),
        cmocka_unit_test(single_precision_stays_close_to_double),
        cmocka_unit_test(single_precision_is_really_single),
        cmocka_unit_test(a_workspace_keeps_nothing_from_the_run_before),
        cmocka_unit_test(the_mask_has_no_say_in_the_answers),
        cmocka_unit_test(an_overflow_is_reported_with_its_step),
        cmocka_unit_test(the_first_bad_step_of_all_trials_is_named),
        cmocka_unit_test(an_overflow_in_an_ignored_step_is_reported_too),
        cmocka_unit_test(nan_weights_are_reported_at_the_first_step),
        cmocka_unit_test(an_answer_beyond_float_fails_in_single_precision_only),
        cmocka_unit_test(a_failed_run_does_not_spoil_the_next),
        cmocka_unit_test(the_memory_of_a_workspace_covers_its_weights),
        cmocka_unit_test(destroying_accepts_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
