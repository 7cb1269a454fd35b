#include "kernel/dynamics/metric.h"

#include "support/check.h"
#include "support/netgen.h"

#include <stdlib.h>

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

static double variation_of(const struct trials *trials, const double *values)
{
    double mean[8];
    trials_channel_mean(trials, values, mean);
    return trials_total_variation(trials, values, mean);
}

static void fvu_is_squared_error_over_variation(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const double outputs[6] = {1, -1, 0, -1, 1, 2};
    struct trials trials = small(targets, "111111");
    /* error 1 + 9, variation 6 about the mean 0 */
    CHECK_NEAR(metric_fvu(&trials, variation_of(&trials, targets), outputs), 10.0 / 6.0, 1e-15);
    trials_release(&trials);
}

static void fvu_takes_the_mean_of_the_counted_targets(void **state)
{
    (void)state;
    const double targets[6] = {2, 4, 100, 2, 4, 100};
    const double outputs[6] = {2, 4, -50, 3, 4, 7};
    struct trials trials = small(targets, "110110");
    /* counted: 2 4 2 4 about the mean 3 */
    CHECK_NEAR(metric_fvu(&trials, variation_of(&trials, targets), outputs), 0.25, 1e-15);
    trials_release(&trials);
}

static void fvu_of_the_mean_is_1_and_of_the_targets_0(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(1, 9, 5, 2, 3);
    double mean[3];
    double outputs[9 * 5 * 3];
    const double variation = variation_of(&trials, trials.targets);
    trials_channel_mean(&trials, trials.targets, mean);
    for (int i = 0; i < 9 * 5 * 3; i++) {
        outputs[i] = mean[i % 3];
    }
    CHECK_NEAR(metric_fvu(&trials, variation, outputs), 1.0, 1e-14);
    CHECK_SAME(metric_fvu(&trials, variation, trials.targets), 0.0);
    trials_release(&trials);
}

static double accuracy(const double *targets, const double *outputs, const char *mask)
{
    struct trials trials = small(targets, mask);
    trials.metric = METRIC_ACCURACY;
    const double result = metric_accuracy(&trials, outputs);
    trials_release(&trials);
    return result;
}

static void accuracy_is_the_share_of_right_signs(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const double outputs[6] = {0.1, -9, -0.1, 2, 1e-300, -1e-300};
    CHECK_NEAR(accuracy(targets, outputs, "111111"), 4.0 / 6.0, 1e-15);
}

static void accuracy_counts_masked_steps_only(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const double outputs[6] = {1, 1, 1, 1, 1, 1};
    CHECK_SAME(accuracy(targets, outputs, "101010"), 1.0);
    CHECK_SAME(accuracy(targets, outputs, "010101"), 0.0);
    CHECK_SAME(accuracy(targets, outputs, "110000"), 0.5);
}

static void a_zero_is_never_right(void **state)
{
    (void)state;
    const double signs[6] = {1, -1, 1, -1, 1, -1};
    const double zeros[6] = {0.0, 0.0, -0.0, -0.0, 0.0, -0.0};
    CHECK_SAME(accuracy(signs, zeros, "111111"), 0.0);
    CHECK_SAME(accuracy(zeros, signs, "111111"), 0.0);
    CHECK_SAME(accuracy(zeros, zeros, "111111"), 0.0);
}

static void accuracy_counts_every_channel(void **state)
{
    (void)state;
    struct trials trials;
    CHECK_OK(trials_create(&trials, 1, 1, 1, 4, &error));
    const double outputs[4] = {1, 1, 1, -1};
    trials.metric = METRIC_ACCURACY;
    trials.targets[0] = trials.targets[1] = trials.targets[2] = trials.targets[3] = 1.0;
    CHECK_SAME(metric_accuracy(&trials, outputs), 0.75);
    trials_release(&trials);
}

static void accuracy_is_nan_for_tasks_judged_by_fvu(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(2, 4, 4, 1, 1);
    assert_true(isnan(metric_accuracy(&trials, trials.targets)));
    trials_release(&trials);
}

static void distance_is_the_change_over_the_variation_of_the_full_answers(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const double full[6] = {2, 4, 7, 2, 4, 7};
    const double outputs[6] = {2, 4, 0, 2, 6, 0};
    struct trials trials = small(targets, "110110");
    /* change 4 over the variation 4 of 2 4 2 4 */
    CHECK_NEAR(metric_distance(&trials, variation_of(&trials, full), full, outputs), 1.0, 1e-15);
    trials_release(&trials);
}

static void a_scaled_answer_is_as_far_away_as_its_scale(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(3, 6, 50, 1, 1);
    double mean[1];
    double outputs[300];
    trials_channel_mean(&trials, trials.targets, mean);
    for (int i = 0; i < 300; i++) { /* 10 % closer to the mean: 1 % of the variance */
        outputs[i] = mean[0] + 0.9 * (trials.targets[i] - mean[0]);
    }
    const double variation = variation_of(&trials, trials.targets);
    CHECK_NEAR(metric_distance(&trials, variation, trials.targets, outputs), 0.1, 1e-14);
    trials_release(&trials);
}

static void equal_answers_have_distance_0_even_when_constant(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const double constant[6] = {3, 3, 3, 3, 3, 3};
    struct trials trials = small(targets, "111111");
    CHECK_SAME(metric_distance(&trials, 6.0, targets, targets), 0.0);
    CHECK_SAME(metric_distance(&trials, 0.0, constant, constant), 0.0);
    assert_true(isinf(metric_distance(&trials, 0.0, constant, targets)));
    trials_release(&trials);
}

static void a_change_in_ignored_steps_is_no_change(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const double outputs[6] = {1, -1, 9, -1, 1, NAN};
    struct trials trials = small(targets, "110110");
    CHECK_SAME(metric_distance(&trials, 4.0, targets, outputs), 0.0);
    CHECK_SAME(metric_fvu(&trials, 4.0, outputs), 0.0);
    trials_release(&trials);
}

static void sums_agree_with_long_double_on_many_trials(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(4, 50, 300, 1, 3);
    struct trials others = netgen_trials(5, 50, 300, 1, 3);
    const double variation = variation_of(&trials, trials.targets);
    const long double change = netgen_squared_difference(&trials, others.targets, trials.targets);
    const long double expected = change / netgen_variation(&trials, trials.targets);
    CHECK_NEAR(variation / (double)netgen_variation(&trials, trials.targets), 1.0, 1e-13);
    CHECK_NEAR(metric_fvu(&trials, variation, others.targets) / (double)expected, 1.0, 1e-13);
    CHECK_NEAR(metric_distance(&trials, variation, trials.targets, others.targets) /
                   (double)sqrtl(expected),
               1.0, 1e-13);
    trials_release(&trials);
    trials_release(&others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fvu_is_squared_error_over_variation),
        cmocka_unit_test(fvu_takes_the_mean_of_the_counted_targets),
        cmocka_unit_test(fvu_of_the_mean_is_1_and_of_the_targets_0),
        cmocka_unit_test(accuracy_is_the_share_of_right_signs),
        cmocka_unit_test(accuracy_counts_masked_steps_only),
        cmocka_unit_test(a_zero_is_never_right),
        cmocka_unit_test(accuracy_counts_every_channel),
        cmocka_unit_test(accuracy_is_nan_for_tasks_judged_by_fvu),
        cmocka_unit_test(distance_is_the_change_over_the_variation_of_the_full_answers),
        cmocka_unit_test(a_scaled_answer_is_as_far_away_as_its_scale),
        cmocka_unit_test(equal_answers_have_distance_0_even_when_constant),
        cmocka_unit_test(a_change_in_ignored_steps_is_no_change),
        cmocka_unit_test(sums_agree_with_long_double_on_many_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
