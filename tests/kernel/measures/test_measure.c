#include "kernel/measures/measure.h"

#include "core/job_result.h"
#include "support/check.h"
#include "support/netgen.h"

static struct error error;

/* 3 steps, 2 trials, 1 channel: small enough to work out by hand. */
static struct trials small(const double *targets, const char *mask)
{
    struct trials trials;
    CHECK_OK(trials_create(&trials, 3, 2, 1, 1, &error));
    for (int i = 0; i < 6; i++) {
        trials.targets[i] = targets[i];
        trials.mask[i] = mask[i] == '1';
    }
    return trials;
}

static struct baseline baseline_of(const struct trials *trials)
{
    struct baseline baseline;
    CHECK_OK(baseline_begin(&baseline, trials, &error));
    return baseline;
}

/* Variation of these values in the place of the targets. */
static double variation_of(const struct trials *trials, const double *values)
{
    struct baseline baseline = baseline_of(trials);
    const struct trial_score full = {.n_finite = trials->n_steps};
    CHECK_OK(baseline_add_full(&baseline, trials, &full, values, &error));
    return baseline.full_variation;
}

static double value_of(const struct measure_ops *measure, const struct baseline *baseline,
                       const struct trial_score *score, double removed_mass)
{
    return measure->of(score, baseline, removed_mass);
}

/* ---- the baseline ---- */

static void the_variation_is_about_the_mean_of_the_counted_values(void **state)
{
    (void)state;
    const double values[6] = {2, 4, 100, 2, 4, 100};
    struct trials trials = small(values, "110110");
    CHECK_SAME(variation_of(&trials, values), 4.0); /* 2 4 2 4 about the mean 3 */
    CHECK_SAME(baseline_of(&trials).target_variation, 4.0);
    trials_release(&trials);
}

static void every_channel_has_its_own_mean(void **state)
{
    (void)state;
    struct trials trials;
    CHECK_OK(trials_create(&trials, 2, 1, 1, 2, &error));
    const double values[4] = {10, -5, 12, -7};
    trials.targets[0] = 1.0;
    CHECK_SAME(variation_of(&trials, values), 4.0);
    trials_release(&trials);
}

static void variations_agree_with_long_double_on_many_trials(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(4, 50, 300, 1, 3);
    const double expected = (double)netgen_variation(&trials, trials.targets);
    CHECK_NEAR(variation_of(&trials, trials.targets) / expected, 1.0, 1e-13);
    CHECK_NEAR(baseline_of(&trials).target_variation / expected, 1.0, 1e-13);
    trials_release(&trials);
}

static void a_baseline_counts_steps_trials_and_channels(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(4, 5, 7, 1, 3);
    int64_t counted = 0;
    for (int i = 0; i < 5 * 7; i++) {
        counted += trials.mask[i] != 0 ? 3 : 0;
    }
    assert_true(baseline_of(&trials).n_counted == counted);
    assert_int_equal(baseline_of(&trials).n_steps, 5);
    trials_release(&trials);
}

static void a_full_network_that_overflows_is_no_baseline(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    struct trials trials = small(targets, "111111");
    struct baseline baseline = baseline_of(&trials);
    const struct trial_score early = {.n_finite = 2};
    const struct trial_score large = {.n_finite = 3, .squared_error = INFINITY};
    CHECK_FAILS(baseline_add_full(&baseline, &trials, &early, targets, &error),
                STATUS_JOB_ROLLOUT_NONFINITE, "");
    CHECK_FAILS(baseline_add_full(&baseline, &trials, &large, targets, &error),
                STATUS_JOB_ROLLOUT_NONFINITE, "squared error of the full model overflowed");
    trials_release(&trials);
}

/* ---- the values ---- */

static void fvu_is_squared_error_over_variation(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const struct trial_score sum = {.squared_error = 10.0};
    struct trials trials = small(targets, "111111");
    const struct baseline baseline = baseline_of(&trials);
    CHECK_SAME(baseline.target_variation, 6.0);
    CHECK_NEAR(value_of(&MEASURE_FVU, &baseline, &sum, 0.0), 10.0 / 6.0, 1e-15);
    trials_release(&trials);
}

static void delta_fvu_is_the_change_of_fvu(void **state)
{
    (void)state;
    const struct baseline baseline = {.target_variation = 8.0, .full = {.squared_error = 2.0}};
    const struct trial_score worse = {.squared_error = 6.0};
    CHECK_SAME(value_of(&MEASURE_DELTA_FVU, &baseline, &worse, 0.0), 0.5);
    CHECK_SAME(value_of(&MEASURE_DELTA_FVU, &baseline, &baseline.full, 0.0), 0.0);
}

static double accuracy(enum metric_kind metric, const char *mask, int64_t n_right)
{
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const struct trial_score sum = {.n_right = n_right};
    struct trials trials = small(targets, mask);
    trials.metric = metric;
    const struct baseline baseline = baseline_of(&trials);
    trials_release(&trials);
    return value_of(&MEASURE_ACCURACY, &baseline, &sum, 0.0);
}

static void accuracy_is_the_share_of_the_counted_outputs(void **state)
{
    (void)state;
    CHECK_SAME(accuracy(METRIC_ACCURACY, "111111", 4), 4.0 / 6.0);
    CHECK_SAME(accuracy(METRIC_ACCURACY, "101010", 3), 1.0);
    CHECK_SAME(accuracy(METRIC_ACCURACY, "110000", 1), 0.5);
    CHECK_SAME(accuracy(METRIC_ACCURACY, "110000", 0), 0.0);
}

/* A step is one answer, whatever the number of outputs. */
static void argmax_counts_steps(void **state)
{
    (void)state;
    const struct trial_score sum = {.n_right = 3};
    struct trials trials;
    CHECK_OK(trials_create(&trials, 4, 1, 1, 5, &error));
    trials.metric = METRIC_ARGMAX;
    const struct baseline baseline = baseline_of(&trials);
    CHECK_SAME(value_of(&MEASURE_ACCURACY, &baseline, &sum, 0.0), 0.75);
    assert_ptr_equal(measure_of_metric(METRIC_ARGMAX), &MEASURE_ACCURACY);
    trials_release(&trials);
}

static void a_poor_network_is_told_by_fvu_or_accuracy(void **state)
{
    (void)state;
    assert_false(baseline_is_poor(0.5, (double)NAN));
    assert_true(baseline_is_poor(0.51, (double)NAN));
    assert_true(baseline_is_poor((double)INFINITY, (double)NAN));
    assert_false(baseline_is_poor((double)NAN, (double)NAN));
    assert_true(baseline_is_poor(3.0, 0.7)); /* classes whose outputs are no probabilities */
    assert_false(baseline_is_poor(3.0, 0.8));
}

static void accuracy_counts_every_channel(void **state)
{
    (void)state;
    const struct trial_score sum = {.n_right = 3};
    struct trials trials;
    CHECK_OK(trials_create(&trials, 1, 1, 1, 4, &error));
    trials.metric = METRIC_ACCURACY;
    const struct baseline baseline = baseline_of(&trials);
    CHECK_SAME(value_of(&MEASURE_ACCURACY, &baseline, &sum, 0.0), 0.75);
    trials_release(&trials);
}

static void accuracy_is_nan_for_tasks_judged_by_fvu(void **state)
{
    (void)state;
    assert_true(isnan(accuracy(METRIC_FVU, "111111", 6)));
}

static void distance_is_the_root_of_the_change_over_the_variation(void **state)
{
    (void)state;
    const struct trial_score sum = {.squared_change = 4.0};
    const struct baseline baseline = {.full_variation = 4.0};
    const struct baseline wide = {.full_variation = 400.0};
    CHECK_SAME(value_of(&MEASURE_DISTANCE, &baseline, &sum, 0.0), 1.0);
    CHECK_NEAR(value_of(&MEASURE_DISTANCE, &wide, &sum, 0.0), 0.1, 1e-16); /* 1 % of variance */
}

static void equal_outputs_have_distance_0_even_when_constant(void **state)
{
    (void)state;
    const struct trial_score same = {.squared_error = 3.0};
    const struct trial_score changed = {.squared_change = 1e-30};
    const struct baseline varied = {.full_variation = 6.0};
    const struct baseline constant = {.full_variation = 0.0};
    CHECK_SAME(value_of(&MEASURE_DISTANCE, &varied, &same, 0.0), 0.0);
    CHECK_SAME(value_of(&MEASURE_DISTANCE, &constant, &same, 0.0), 0.0);
    assert_true(isinf(value_of(&MEASURE_DISTANCE, &constant, &changed, 0.0)));
}

static void sensitivity_is_defined_where_something_was_removed(void **state)
{
    (void)state;
    const struct baseline baseline = {.target_variation = 4.0};
    const struct trial_score score = {.squared_error = 2.0};
    CHECK_SAME(value_of(&MEASURE_SENSITIVITY, &baseline, &score, 0.25), 2.0);
    assert_true(isnan(value_of(&MEASURE_SENSITIVITY, &baseline, &score, 0.0)));
    CHECK_SAME(MEASURES[measure_number("removed_mass")]->of(&score, &baseline, 0.25), 0.25);
}

/* ---- the list ---- */

static void measures_are_found_by_their_names(void **state)
{
    (void)state;
    int count = 0;
    for (; MEASURES[count] != NULL; count++) {
        const struct variable *const variable = &MEASURES[count]->variable;
        assert_int_equal(measure_number(variable->name), count); /* so no name stands there twice */
        assert_int_equal(variable->type, VALUE_F64);
        assert_null(variable->axes[0]);
        assert_true(variable->long_name[0] != '\0' && MEASURES[count]->axis_title[0] != '\0');
    }
    assert_in_range(count, 6, MEASURES_MAX);
    assert_int_equal(measure_number("no_such"), -1);
}

/* The order in which a job result hashes them: files of old stand on it. */
static void the_measures_of_old_come_first(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"fvu",      "delta_fvu",    "accuracy",
                                        "distance", "removed_mass", "sensitivity"};
    for (int i = 0; i < 6; i++) {
        assert_string_equal(MEASURES[i]->variable.name, NAMES[i]);
    }
}

static void tasks_are_judged_by_their_metric(void **state)
{
    (void)state;
    assert_ptr_equal(measure_of_metric(METRIC_ACCURACY), &MEASURE_ACCURACY);
    assert_ptr_equal(measure_of_metric(METRIC_FVU), &MEASURE_FVU);
    assert_true(MEASURE_ACCURACY.higher_is_better && !MEASURE_FVU.higher_is_better);
}

int test_measure(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_variation_is_about_the_mean_of_the_counted_values),
        cmocka_unit_test(every_channel_has_its_own_mean),
        cmocka_unit_test(variations_agree_with_long_double_on_many_trials),
        cmocka_unit_test(a_baseline_counts_steps_trials_and_channels),
        cmocka_unit_test(a_full_network_that_overflows_is_no_baseline),
        cmocka_unit_test(fvu_is_squared_error_over_variation),
        cmocka_unit_test(delta_fvu_is_the_change_of_fvu),
        cmocka_unit_test(accuracy_is_the_share_of_the_counted_outputs),
        cmocka_unit_test(accuracy_counts_every_channel),
        cmocka_unit_test(argmax_counts_steps),
        cmocka_unit_test(a_poor_network_is_told_by_fvu_or_accuracy),
        cmocka_unit_test(accuracy_is_nan_for_tasks_judged_by_fvu),
        cmocka_unit_test(distance_is_the_root_of_the_change_over_the_variation),
        cmocka_unit_test(equal_outputs_have_distance_0_even_when_constant),
        cmocka_unit_test(sensitivity_is_defined_where_something_was_removed),
        cmocka_unit_test(measures_are_found_by_their_names),
        cmocka_unit_test(the_measures_of_old_come_first),
        cmocka_unit_test(tasks_are_judged_by_their_metric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
