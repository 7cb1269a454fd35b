/* Descriptive statistics against values worked out by hand. */
#include "report/statistics.h"

#include "support/check.h"

static void a_sample_of_five(void **state)
{
    (void)state;
    double values[] = {10.0, 1.0, 4.0, 3.0, 2.0};
    const struct sample_summary summary = statistics_summarise(values, 5);
    assert_int_equal(summary.n, 5);
    CHECK_NEAR(summary.mean, 4.0, 1e-15);
    CHECK_NEAR(summary.sd, sqrt(12.5), 1e-15); /* (9 + 4 + 1 + 0 + 36) / 4 */
    CHECK_NEAR(summary.median, 3.0, 0.0);
    CHECK_NEAR(summary.iqm, 3.0, 1e-15); /* without 1 and 10 */
    CHECK_NEAR(summary.q25, 2.0, 0.0);
    CHECK_NEAR(summary.q75, 4.0, 0.0);
    for (int i = 1; i < 5; i++) {
        assert_true(values[i - 1] <= values[i]);
    }
}

static void quantiles_interpolate(void **state)
{
    (void)state;
    const double sorted[] = {1.0, 2.0, 4.0, 8.0};
    CHECK_NEAR(statistics_quantile(sorted, 4, 0.0), 1.0, 0.0);
    CHECK_NEAR(statistics_quantile(sorted, 4, 0.25), 1.75, 1e-15);
    CHECK_NEAR(statistics_quantile(sorted, 4, 0.5), 3.0, 1e-15);
    CHECK_NEAR(statistics_quantile(sorted, 4, 0.9), 6.8, 1e-14);
    CHECK_NEAR(statistics_quantile(sorted, 4, 1.0), 8.0, 0.0);
}

static void the_interquartile_mean_drops_a_quarter_at_both_ends(void **state)
{
    (void)state;
    const double sorted[] = {-100.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1000.0};
    CHECK_NEAR(statistics_iqm(sorted, 8), 3.5, 1e-15); /* 2 3 4 5 */
    CHECK_NEAR(statistics_iqm(sorted + 1, 3), 2.0, 1e-15);
    CHECK_NEAR(statistics_iqm(sorted + 1, 4), 2.5, 1e-15); /* 2 3 */
}

static void small_samples_have_no_spread(void **state)
{
    (void)state;
    double one[] = {7.0};
    const struct sample_summary single = statistics_summarise(one, 1);
    CHECK_NEAR(single.mean, 7.0, 0.0);
    CHECK_NEAR(single.median, 7.0, 0.0);
    CHECK_NEAR(single.iqm, 7.0, 0.0);
    CHECK_NEAR(single.q25, 7.0, 0.0);
    assert_true(isnan(single.sd));
    const struct sample_summary none = statistics_summarise(one, 0);
    assert_int_equal(none.n, 0);
    assert_true(isnan(none.mean) && isnan(none.sd) && isnan(none.median) && isnan(none.iqm) &&
                isnan(none.q25) && isnan(none.q75));
}

static void infinity_is_a_value_of_medians_and_quantiles(void **state)
{
    (void)state;
    double values[] = {INFINITY, 1.0, INFINITY, 3.0, 2.0};
    const struct sample_summary some = statistics_summarise(values, 5);
    assert_int_equal(some.n, 5);
    assert_int_equal(some.n_infinite, 2);
    CHECK_NEAR(some.mean, 2.0, 0.0);
    CHECK_NEAR(some.sd, 1.0, 1e-15);
    CHECK_NEAR(some.median, 3.0, 0.0);
    CHECK_NEAR(some.q25, 2.0, 0.0);
    assert_true(isinf(some.q75));
    assert_true(isinf(statistics_quantile((double[]){1.0, INFINITY}, 2, 0.5)));
    double all[] = {INFINITY, INFINITY};
    const struct sample_summary only = statistics_summarise(all, 2);
    assert_true(isinf(only.median) && isinf(only.q25) && isnan(only.mean) && isnan(only.iqm));
}

/* Pairs of order statistics that hold the median with 95 %, from tables of the sign test. */
static void the_interval_of_a_median_is_a_pair_of_values(void **state)
{
    static const struct {
        int n;
        int place; /* from 0, of either end */
    } EXPECTED[] = {{1, 0}, {5, 0}, {8, 0}, {9, 1}, {11, 1}, {12, 2}, {15, 3}, {20, 5}, {25, 7}};
    double values[25];
    (void)state;
    for (int i = 0; i < 25; i++) {
        values[i] = i * i;
    }
    for (size_t k = 0; k < sizeof EXPECTED / sizeof *EXPECTED; k++) {
        double low = NAN;
        double high = NAN;
        statistics_median_interval(values, EXPECTED[k].n, &low, &high);
        CHECK_SAME(low, values[EXPECTED[k].place]);
        CHECK_SAME(high, values[EXPECTED[k].n - 1 - EXPECTED[k].place]);
    }
    double low = 0.0;
    double high = 0.0;
    statistics_median_interval(values, 0, &low, &high);
    assert_true(isnan(low) && isnan(high));
}

int test_statistics(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_of_five),
        cmocka_unit_test(quantiles_interpolate),
        cmocka_unit_test(the_interquartile_mean_drops_a_quarter_at_both_ends),
        cmocka_unit_test(small_samples_have_no_spread),
        cmocka_unit_test(infinity_is_a_value_of_medians_and_quantiles),
        cmocka_unit_test(the_interval_of_a_median_is_a_pair_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
