/* Intervals of many samples of one size: what is known of binomial and normal samples. */
#include "report/resamples.h"

#include "support/check.h"

enum { MOST = 400 };

static struct error error;

static void find(const double *const *values, int m, int n, struct interval *mean,
                 struct interval *iqm)
{
    struct resamples *resamples = NULL;
    CHECK_OK(resamples_create(&resamples, n, &error));
    assert_int_equal(resamples_size(resamples), n);
    resamples_intervals(resamples, values, m, mean, iqm);
    resamples_destroy(&resamples);
    assert_null(resamples);
}

/* As many zeros as ones, ascending. */
static void fill_halves(double *values, int n)
{
    for (int i = 0; i < n; i++) {
        values[i] = i >= n / 2;
    }
}

/* n = 8: P(X <= 0) = .004, P(X <= 1) = .035; n = 20: P(X <= 5) = .021, P(X <= 6) = .058. The
 * interquartile mean of X ones leaves out n / 4 at both ends. */
static void quantiles_are_those_of_the_binomial(void **state)
{
    (void)state;
    double halves[20];
    const double *const values[] = {halves};
    struct interval mean;
    struct interval iqm;
    fill_halves(halves, 8);
    find(values, 1, 8, &mean, &iqm);
    CHECK_NEAR(mean.low, 1.0 / 8, 1e-15);
    CHECK_NEAR(mean.high, 7.0 / 8, 1e-15);
    CHECK_NEAR(iqm.low, 0.0, 1e-15);
    CHECK_NEAR(iqm.high, 1.0, 1e-15);
    fill_halves(halves, 20);
    find(values, 1, 20, &mean, &iqm);
    CHECK_NEAR(mean.low, 6.0 / 20, 1e-15);
    CHECK_NEAR(mean.high, 14.0 / 20, 1e-15);
    CHECK_NEAR(iqm.low, 1.0 / 10, 1e-15);
    CHECK_NEAR(iqm.high, 9.0 / 10, 1e-15);
}

/* Means of three draws from {0, 0, 1}: 1 is drawn three times in 1 of 27. */
static void the_smallest_sample_has_an_interval(void **state)
{
    (void)state;
    const double three[] = {0.0, 0.0, 1.0};
    const double *const values[] = {three};
    struct interval mean;
    struct interval iqm;
    find(values, 1, 3, &mean, &iqm);
    CHECK_NEAR(mean.low, 0.0, 0.0);
    CHECK_NEAR(mean.high, 1.0, 0.0);
}

/* A sample alone and among six others has the same bits, in either part of a pass. */
static void samples_do_not_meet(void **state)
{
    (void)state;
    enum { N = 30, M = 7 };
    double samples[M][N];
    const double *values[M];
    struct interval mean[M];
    struct interval iqm[M];
    for (int s = 0; s < M; s++) {
        for (int i = 0; i < N; i++) {
            samples[s][i] = (i + 1) * (s + 0.3) + (i > 20) * s;
        }
        values[s] = samples[s];
    }
    find(values, M, N, mean, iqm);
    for (int s = 0; s < M; s++) {
        struct interval own[2];
        find(values + s, 1, N, &own[0], &own[1]);
        assert_memory_equal(&own[0], &mean[s], sizeof own[0]);
        assert_memory_equal(&own[1], &iqm[s], sizeof own[1]);
        assert_true(mean[s].low < mean[s].high && iqm[s].low < iqm[s].high);
    }
}

/* Of many seeds there are fewer draws: the mean of n uniform values has a standard error of
 * sqrt(variance / n), and an end of the interval an error of 8.5 % of that. */
static void many_seeds_have_the_interval_of_a_normal_mean(void **state)
{
    (void)state;
    double uniform[MOST];
    const double *const values[] = {uniform};
    struct interval mean;
    struct interval iqm;
    for (int i = 0; i < MOST; i++) {
        uniform[i] = (i + 0.5) / MOST;
    }
    const double deviation = sqrt(1.0 / 12.0 / MOST);
    find(values, 1, MOST, &mean, &iqm);
    CHECK_NEAR(mean.low, 0.5 - 1.96 * deviation, 5 * 0.085 * deviation);
    CHECK_NEAR(mean.high, 0.5 + 1.96 * deviation, 5 * 0.085 * deviation);
    assert_true(iqm.low < 0.5 && iqm.high > 0.5);
}

int test_resamples(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_the_binomial),
        cmocka_unit_test(the_smallest_sample_has_an_interval),
        cmocka_unit_test(samples_do_not_meet),
        cmocka_unit_test(many_seeds_have_the_interval_of_a_normal_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
