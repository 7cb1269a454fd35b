#include "core/trials.h"

#include "support/check.h"

enum { STEPS = 4, COUNT = 3, N_IN = 2, N_OUT = 2, PLACES = STEPS * COUNT };

static struct error error;

/* Targets without a pattern, every step counted. */
static struct trials new_trials(void)
{
    struct trials trials;
    CHECK_OK(trials_create(&trials, STEPS, COUNT, N_IN, N_OUT, &error));
    for (int i = 0; i < PLACES * N_OUT; i++) {
        trials.targets[i] = sin(1.7 * i);
    }
    for (int i = 0; i < PLACES * N_IN; i++) {
        trials.inputs[i] = cos(2.3 * i);
    }
    return trials;
}

static uint64_t hash_of(const struct trials *trials)
{
    uint64_t hash = 0;
    CHECK_OK(trials_hash(trials, &hash, &error));
    return hash;
}

static void new_trials_are_zero_and_every_step_counts(void **state)
{
    (void)state;
    struct trials trials;
    CHECK_OK(trials_create(&trials, STEPS, COUNT, N_IN, N_OUT, &error));
    for (int i = 0; i < PLACES * N_IN; i++) {
        CHECK_SAME(trials.inputs[i], 0.0);
    }
    for (int i = 0; i < PLACES * N_OUT; i++) {
        CHECK_SAME(trials.targets[i], 0.0);
    }
    for (int i = 0; i < PLACES; i++) {
        assert_int_equal(trials.mask[i], 1);
    }
    assert_int_equal(trials.metric, METRIC_FVU);
    trials_release(&trials);
    assert_null(trials.inputs);
    trials_release(&trials);
}

static void good_trials_pass_the_check(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    trials.mask[0] = 0;
    CHECK_OK(trials_check(&trials, &error));
    trials_release(&trials);
}

static void check_part(const struct trials *trials, int first, int count)
{
    struct trials part;
    CHECK_OK(trials_part(trials, first, count, &part, &error));
    assert_int_equal(part.n_steps, STEPS);
    assert_int_equal(part.n_trials, count);
    assert_int_equal(part.n_in, N_IN);
    assert_int_equal(part.n_out, N_OUT);
    assert_int_equal(part.metric, METRIC_ACCURACY);
    for (int i = 0; i < STEPS * count; i++) {
        const int place = i / count * COUNT + first + i % count;
        assert_int_equal(part.mask[i], trials->mask[place]);
        for (int k = 0; k < N_IN; k++) {
            CHECK_SAME(part.inputs[i * N_IN + k], trials->inputs[place * N_IN + k]);
        }
        for (int k = 0; k < N_OUT; k++) {
            CHECK_SAME(part.targets[i * N_OUT + k], trials->targets[place * N_OUT + k]);
        }
    }
    trials_release(&part);
}

static void a_part_has_the_values_of_its_trials(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    trials.metric = METRIC_ACCURACY;
    for (int i = 0; i < PLACES; i++) {
        trials.mask[i] = i % 3 != 1 || i % 2 == 0;
    }
    for (int first = 0; first < COUNT; first++) {
        for (int count = 1; first + count <= COUNT; count++) {
            check_part(&trials, first, count);
        }
    }
    trials_release(&trials);
}

static void a_nan_or_inf_is_refused_with_its_place(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    trials.inputs[(2 * COUNT + 1) * N_IN + 1] = NAN;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "inputs[2, 1, 1] is nan");
    trials.inputs[(2 * COUNT + 1) * N_IN + 1] = 0.0;
    trials.targets[(3 * COUNT + 2) * N_OUT] = -INFINITY;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "targets[3, 2, 0] is -inf");
    trials_release(&trials);
}

/* A rollout over it would still be NaN. */
static void a_nan_is_refused_in_an_ignored_step_too(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    trials.mask[5] = 0;
    trials.inputs[5 * N_IN] = NAN;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "inputs[1, 2, 0]");
    trials_release(&trials);
}

static void a_mask_other_than_0_and_1_is_refused_with_its_place(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    trials.mask[3 * COUNT + 1] = 2;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "mask[3, 1] is 2");
    trials.mask[3 * COUNT + 1] = 255;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "mask[3, 1] is 255");
    trials_release(&trials);
}

static void a_mask_that_counts_nothing_is_refused(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    memset(trials.mask, 0, PLACES);
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "mask is 0 everywhere");
    trials.mask[PLACES - 1] = 1; /* one step of two equal channels has no variance either */
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "variance");
    trials_release(&trials);
}

static void fill_constant(struct trials *trials, double first, double second)
{
    for (int i = 0; i < trials->n_steps * trials->n_trials; i++) {
        trials->targets[i * N_OUT] = first;
        trials->targets[i * N_OUT + 1] = second;
    }
}

static void constant_targets_are_refused(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    fill_constant(&trials, 0.0, 0.0);
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "variance");
    fill_constant(&trials, 1.0, -2.0); /* FVU takes the mean channel by channel */
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "variance");
    trials_release(&trials);
}

/* The rounding of a mean of many 0.1s must not count as variance. */
static void constant_targets_are_refused_when_their_mean_rounds(void **state)
{
    (void)state;
    static const double VALUES[] = {0.1, 0.3, 1e10 / 3.0, -7e-9, 1e-200};
    struct trials trials;
    CHECK_OK(trials_create(&trials, 64, 128, 1, N_OUT, &error));
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        fill_constant(&trials, VALUES[i], -VALUES[i]);
        if (trials_check(&trials, &error) != STATUS_INPUT) {
            fail_msg("targets that are %g everywhere pass", VALUES[i]);
        }
    }
    trials_release(&trials);
}

/* The other side of that rule: targets that vary little still vary. */
static void small_variation_about_a_large_mean_is_accepted(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    fill_constant(&trials, 1.0, 1.0);
    trials.targets[0] = 1.0 + 1e-9;
    CHECK_OK(trials_check(&trials, &error));
    fill_constant(&trials, 0.0, 0.0);
    trials.targets[7] = 1e-150;
    CHECK_OK(trials_check(&trials, &error));
    trials_release(&trials);
}

static void targets_that_vary_in_ignored_steps_only_are_refused(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    fill_constant(&trials, 1.0, 1.0);
    trials.targets[6 * N_OUT] = 5.0;
    CHECK_OK(trials_check(&trials, &error));
    trials.mask[6] = 0;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "variance");
    trials_release(&trials);
}

static void targets_whose_variance_overflows_are_refused(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    trials.targets[0] = 1e200;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "variance");
    trials.targets[0] = 1e308;
    trials.targets[2] = 1e308;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "variance");
    trials_release(&trials);
}

static void the_variation_is_about_the_means_of_the_channels_over_counted_steps(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    double mean[N_OUT] = {0};
    double expected = 0.0;
    double variation = 0.0;
    trials.mask[1] = trials.mask[7] = 0;
    for (int place = 0; place < PLACES; place++) {
        for (int k = 0; k < N_OUT && place != 1 && place != 7; k++) {
            mean[k] += trials.targets[place * N_OUT + k] / (PLACES - 2);
        }
    }
    for (int place = 0; place < PLACES; place++) {
        for (int k = 0; k < N_OUT && place != 1 && place != 7; k++) {
            expected += pow(trials.targets[place * N_OUT + k] - mean[k], 2.0);
        }
    }
    CHECK_OK(trials_variation(&trials, trials.targets, &variation, &error));
    CHECK_NEAR(variation, expected, 1e-13);
    trials_release(&trials);
}

static void every_value_is_part_of_the_hash(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    const uint64_t hash = hash_of(&trials);
    for (int i = 0; i < PLACES * N_IN; i++) {
        const double old = trials.inputs[i];
        trials.inputs[i] = 9.0;
        assert_true(hash_of(&trials) != hash);
        trials.inputs[i] = old;
    }
    for (int i = 0; i < PLACES * N_OUT; i++) {
        const double old = trials.targets[i];
        trials.targets[i] = 9.0;
        assert_true(hash_of(&trials) != hash);
        trials.targets[i] = old;
    }
    for (int i = 0; i < PLACES; i++) {
        trials.mask[i] = 0;
        assert_true(hash_of(&trials) != hash);
        trials.mask[i] = 1;
    }
    assert_true(hash_of(&trials) == hash);
    trials_release(&trials);
}

static void metric_and_sizes_are_part_of_the_hash(void **state)
{
    (void)state;
    struct trials a;
    struct trials b;
    CHECK_OK(trials_create(&a, 2, 3, 1, 1, &error));
    CHECK_OK(trials_create(&b, 3, 2, 1, 1, &error));
    assert_true(hash_of(&a) != hash_of(&b));
    const uint64_t hash = hash_of(&a);
    a.metric = METRIC_ACCURACY;
    assert_true(hash_of(&a) != hash);
    trials_release(&a);
    trials_release(&b);
}

static void initial_states_are_checked_hashed_and_in_parts(void **state)
{
    (void)state;
    enum { HIDDEN = 3 };
    struct trials trials = new_trials();
    struct trials part;
    const uint64_t without = hash_of(&trials);
    assert_null(trials.h0);
    CHECK_OK(trials_add_h0(&trials, HIDDEN, &error));
    const uint64_t zero = hash_of(&trials);
    assert_true(zero != without);
    for (int i = 0; i < COUNT * HIDDEN; i++) {
        trials.h0[i] = 1.0 + i;
        assert_true(hash_of(&trials) != zero);
    }
    CHECK_OK(trials_check(&trials, &error));
    CHECK_OK(trials_part(&trials, 1, COUNT - 1, &part, &error));
    assert_int_equal(part.n_hidden, HIDDEN);
    assert_memory_equal(part.h0, trials.h0 + HIDDEN, (COUNT - 1) * HIDDEN * sizeof(double));
    trials_release(&part);
    trials.h0[HIDDEN + 2] = INFINITY;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "h0[1, 2] is inf");
    trials_release(&trials);
}

static void metrics_have_the_names_of_the_trials_attribute(void **state)
{
    (void)state;
    assert_string_equal(metric_kind_name(METRIC_FVU), "fvu");
    assert_string_equal(metric_kind_name(METRIC_ACCURACY), "accuracy");
    assert_string_equal(metric_kind_name(METRIC_ARGMAX), "argmax");
    for (int i = 0; i < METRIC_COUNT; i++) {
        enum metric_kind metric = METRIC_COUNT;
        assert_true(metric_kind_from_name(metric_kind_name((enum metric_kind)i), &metric));
        assert_int_equal(metric, i);
        assert_int_equal(metric_kind_answers(metric, 7), metric == METRIC_ARGMAX ? 1 : 7);
    }
    enum metric_kind metric = METRIC_FVU;
    assert_false(metric_kind_from_name("Argmax", &metric));
}

static void an_answer_needs_a_sign_or_a_largest_target(void **state)
{
    (void)state;
    struct trials trials = new_trials();
    for (int i = 0; i < PLACES * N_OUT; i++) {
        trials.targets[i] = i % N_OUT == i / N_OUT % N_OUT ? 1.0 : -1.0;
    }
    trials.metric = METRIC_ACCURACY;
    CHECK_OK(trials_check(&trials, &error));
    trials.targets[N_OUT * (COUNT + 1)] = 0.0;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT, "targets[1, 1, 0] is 0");
    trials.mask[COUNT + 1] = 0; /* what is not counted needs none */
    CHECK_OK(trials_check(&trials, &error));
    trials.metric = METRIC_ARGMAX;
    CHECK_OK(trials_check(&trials, &error));
    trials.targets[0] = 1.0;
    trials.targets[N_OUT - 1] = 1.0;
    CHECK_FAILS(trials_check(&trials, &error), STATUS_INPUT,
                "targets[0, 0, 0] is 1, as another target of that step is");
    trials_release(&trials);
}

static void outputs_are_compared_in_their_standard_deviations(void **state)
{
    (void)state;
    double distance = 0.0;
    double outputs[PLACES * N_OUT];
    struct trials part;
    struct trials trials = new_trials();
    CHECK_OK(trials_add_outputs(&trials, &error));
    for (int i = 0; i < PLACES * N_OUT; i++) {
        trials.outputs[i] = i / N_OUT % 2 == 0 ? 3.0 : -1.0; /* about half are each */
        outputs[i] = trials.outputs[i];
    }
    trials.mask[0] = 0;
    CHECK_OK(trials_compare_outputs(&trials, outputs, &distance, &error));
    CHECK_SAME(distance, 0.0);
    outputs[0] += 0.5; /* a step that is not counted is compared all the same */
    CHECK_OK(trials_compare_outputs(&trials, outputs, &distance, &error));
    assert_true(distance >= 0.25 && distance < 0.3); /* at most 2 is their deviation */
    outputs[1] = (double)NAN;
    CHECK_OK(trials_compare_outputs(&trials, outputs, &distance, &error));
    assert_true(isinf(distance));
    CHECK_OK(trials_part(&trials, 1, 1, &part, &error));
    for (int k = 0; k < N_OUT; k++) {
        CHECK_SAME(part.outputs[k], trials.outputs[N_OUT + k]);
    }
    trials_release(&part);
    trials_release(&trials);
}

int test_trials(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_trials_are_zero_and_every_step_counts),
        cmocka_unit_test(good_trials_pass_the_check),
        cmocka_unit_test(a_part_has_the_values_of_its_trials),
        cmocka_unit_test(a_nan_or_inf_is_refused_with_its_place),
        cmocka_unit_test(a_nan_is_refused_in_an_ignored_step_too),
        cmocka_unit_test(a_mask_other_than_0_and_1_is_refused_with_its_place),
        cmocka_unit_test(a_mask_that_counts_nothing_is_refused),
        cmocka_unit_test(constant_targets_are_refused),
        cmocka_unit_test(constant_targets_are_refused_when_their_mean_rounds),
        cmocka_unit_test(small_variation_about_a_large_mean_is_accepted),
        cmocka_unit_test(targets_that_vary_in_ignored_steps_only_are_refused),
        cmocka_unit_test(targets_whose_variance_overflows_are_refused),
        cmocka_unit_test(the_variation_is_about_the_means_of_the_channels_over_counted_steps),
        cmocka_unit_test(every_value_is_part_of_the_hash),
        cmocka_unit_test(metric_and_sizes_are_part_of_the_hash),
        cmocka_unit_test(initial_states_are_checked_hashed_and_in_parts),
        cmocka_unit_test(metrics_have_the_names_of_the_trials_attribute),
        cmocka_unit_test(an_answer_needs_a_sign_or_a_largest_target),
        cmocka_unit_test(outputs_are_compared_in_their_standard_deviations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
