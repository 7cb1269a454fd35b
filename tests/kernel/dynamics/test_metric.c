#include "kernel/dynamics/metric.h"

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

static double variation_of(const struct trials *trials, const double *values)
{
    double variation = 0.0;
    CHECK_OK(metric_variation(trials, values, &variation, &error));
    return variation;
}

static void fvu_is_squared_error_over_variation(void **state)
{
    (void)state;
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const struct trial_score sum = {.squared_error = 10.0};
    struct trials trials = small(targets, "111111");
    CHECK_SAME(variation_of(&trials, targets), 6.0);
    CHECK_NEAR(metric_fvu(&sum, variation_of(&trials, targets)), 10.0 / 6.0, 1e-15);
    trials_release(&trials);
}

static void the_variation_is_about_the_mean_of_the_counted_values(void **state)
{
    (void)state;
    const double values[6] = {2, 4, 100, 2, 4, 100};
    struct trials trials = small(values, "110110");
    CHECK_SAME(variation_of(&trials, values), 4.0); /* 2 4 2 4 about the mean 3 */
    trials_release(&trials);
}

static void every_channel_has_its_own_mean(void **state)
{
    (void)state;
    struct trials trials;
    CHECK_OK(trials_create(&trials, 2, 1, 1, 2, &error));
    const double values[4] = {10, -5, 12, -7};
    CHECK_SAME(variation_of(&trials, values), 4.0);
    trials_release(&trials);
}

static void the_variation_agrees_with_long_double_on_many_trials(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(4, 50, 300, 1, 3);
    const double variation = variation_of(&trials, trials.targets);
    CHECK_NEAR(variation / (double)netgen_variation(&trials, trials.targets), 1.0, 1e-13);
    trials_release(&trials);
}

static double accuracy(enum metric_kind metric, const char *mask, int64_t n_right)
{
    const double targets[6] = {1, -1, 1, -1, 1, -1};
    const struct trial_score sum = {.n_right = n_right};
    struct trials trials = small(targets, mask);
    trials.metric = metric;
    const double result = metric_accuracy(&trials, &sum);
    trials_release(&trials);
    return result;
}

static void accuracy_is_the_share_of_the_counted_answers(void **state)
{
    (void)state;
    CHECK_SAME(accuracy(METRIC_ACCURACY, "111111", 4), 4.0 / 6.0);
    CHECK_SAME(accuracy(METRIC_ACCURACY, "101010", 3), 1.0);
    CHECK_SAME(accuracy(METRIC_ACCURACY, "110000", 1), 0.5);
    CHECK_SAME(accuracy(METRIC_ACCURACY, "110000", 0), 0.0);
}

static void accuracy_counts_every_channel(void **state)
{
    (void)state;
    const struct trial_score sum = {.n_right = 3};
    struct trials trials;
    CHECK_OK(trials_create(&trials, 1, 1, 1, 4, &error));
    trials.metric = METRIC_ACCURACY;
    CHECK_SAME(metric_accuracy(&trials, &sum), 0.75);
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
    CHECK_SAME(metric_distance(&sum, 4.0), 1.0);
    CHECK_NEAR(metric_distance(&sum, 400.0), 0.1, 1e-16); /* 1 % of the variance */
}

static void equal_answers_have_distance_0_even_when_constant(void **state)
{
    (void)state;
    const struct trial_score same = {.squared_error = 3.0};
    const struct trial_score changed = {.squared_change = 1e-30};
    CHECK_SAME(metric_distance(&same, 6.0), 0.0);
    CHECK_SAME(metric_distance(&same, 0.0), 0.0);
    assert_true(isinf(metric_distance(&changed, 0.0)));
}

int test_metric(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fvu_is_squared_error_over_variation),
        cmocka_unit_test(the_variation_is_about_the_mean_of_the_counted_values),
        cmocka_unit_test(every_channel_has_its_own_mean),
        cmocka_unit_test(the_variation_agrees_with_long_double_on_many_trials),
        cmocka_unit_test(accuracy_is_the_share_of_the_counted_answers),
        cmocka_unit_test(accuracy_counts_every_channel),
        cmocka_unit_test(accuracy_is_nan_for_tasks_judged_by_fvu),
        cmocka_unit_test(distance_is_the_root_of_the_change_over_the_variation),
        cmocka_unit_test(equal_answers_have_distance_0_even_when_constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
