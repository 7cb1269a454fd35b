/* Bootstrap intervals. A sample of zeros and ones has binomial resamples, whose quantiles are
 * known.
 */
#include "report/bootstrap.h"

#include "support/check.h"

enum { MOST = 20 };

static struct error error;
static struct bootstrap *bootstrap;

static int set_up(void **state)
{
    (void)state;
    return bootstrap_create(&bootstrap, &error) != STATUS_OK;
}

static int tear_down(void **state)
{
    (void)state;
    bootstrap_destroy(&bootstrap);
    return bootstrap != NULL;
}

static void find(const double *values, const int *strata, int n_strata, struct interval *mean,
                 struct interval *iqm)
{
    CHECK_OK(bootstrap_intervals(bootstrap, values, strata, n_strata, mean, iqm, &error));
}

static void check_interval(struct interval interval, double low, double high)
{
    CHECK_NEAR(interval.low, low, 1e-15);
    CHECK_NEAR(interval.high, high, 1e-15);
}

static void fewer_than_three_values_have_none(void **state)
{
    (void)state;
    const double values[] = {3.0, 4.0};
    struct interval mean = {0, 0};
    struct interval iqm = {0, 0};
    for (int n = 0; n < 3; n++) {
        find(values, &n, 1, &mean, &iqm);
        assert_true(isnan(mean.low) && isnan(mean.high) && isnan(iqm.low) && isnan(iqm.high));
    }
    find(values, NULL, 0, &mean, &iqm);
    assert_true(isnan(mean.low));
}

/* Sums of three draws from {0, 0, 1}: 0, 1, 2, 3 with 8, 12, 6, 1 of 27. */
static void three_values_span_the_interval(void **state)
{
    (void)state;
    const double values[] = {1.0, 0.0, 0.0};
    const int n = 3;
    struct interval mean;
    struct interval iqm;
    find(values, &n, 1, &mean, &iqm);
    check_interval(mean, 0.0, 1.0); /* 3.7 % are above 2/3 */
    check_interval(iqm, 0.0, 1.0);
}

static void fill_halves(double *values, int n)
{
    for (int i = 0; i < n; i++) {
        values[i] = i % 2;
    }
}

/* n = 8: P(X <= 0) = .004, P(X <= 1) = .035; n = 20: P(X <= 5) = .021, P(X <= 6) = .058. The
 * interquartile mean of X ones leaves out n / 4 at both ends. */
static void quantiles_are_those_of_the_binomial(void **state)
{
    (void)state;
    double values[MOST];
    struct interval mean;
    struct interval iqm;
    int n = 8;
    fill_halves(values, n);
    find(values, &n, 1, &mean, &iqm);
    check_interval(mean, 1.0 / 8, 7.0 / 8);
    check_interval(iqm, 0.0, 1.0);
    n = 20;
    fill_halves(values, n);
    find(values, &n, 1, &mean, &iqm);
    check_interval(mean, 6.0 / 20, 14.0 / 20);
    check_interval(iqm, 1.0 / 10, 9.0 / 10);
}

static void equal_values_have_an_interval_of_no_width(void **state)
{
    (void)state;
    const double values[] = {0.25, 0.25, 0.25, 0.25, 0.25};
    const int n = 5;
    struct interval mean;
    struct interval iqm;
    find(values, &n, 1, &mean, &iqm);
    check_interval(mean, 0.25, 0.25);
    check_interval(iqm, 0.25, 0.25);
}

/* Each stratum keeps its size: what is constant within the strata does not vary. */
static void strata_are_resampled_by_themselves(void **state)
{
    (void)state;
    const double values[] = {0.0, 0.0, 0.0, 1.0, 1.0, 5.0};
    const int strata[] = {3, 2, 1};
    struct interval mean;
    struct interval iqm;
    find(values, strata, 3, &mean, &iqm);
    check_interval(mean, 7.0 / 6, 7.0 / 6);
    check_interval(iqm, 0.5, 0.5); /* 0 0 1 1 */
    const int whole = 6;
    find(values, &whole, 1, &mean, &iqm);
    assert_true(mean.low < 0.5 && mean.high > 1.9);
}

static void the_same_data_give_the_same_bits(void **state)
{
    (void)state;
    const double values[] = {0.3, -1.2, 2.5, 0.7, 0.1, 9.0, 4.4};
    const int seven = 7;
    const int split[] = {4, 3};
    struct interval mean[2];
    struct interval iqm[2];
    struct interval other;
    find(values, &seven, 1, &mean[0], &iqm[0]);
    find(values, split, 2, &other, &other);
    find(values, &seven, 1, &mean[1], &iqm[1]);
    assert_memory_equal(&mean[0], &mean[1], sizeof mean[0]);
    assert_memory_equal(&iqm[0], &iqm[1], sizeof iqm[0]);
    assert_true(mean[0].low < mean[0].high && iqm[0].low < iqm[0].high);
}

int test_bootstrap(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewer_than_three_values_have_none),
        cmocka_unit_test(three_values_span_the_interval),
        cmocka_unit_test(quantiles_are_those_of_the_binomial),
        cmocka_unit_test(equal_values_have_an_interval_of_no_width),
        cmocka_unit_test(strata_are_resampled_by_themselves),
        cmocka_unit_test(the_same_data_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
