/* Sign-flip tests counted by hand or by brute force, and Holm's correction. */
#include "report/permutation.h"

#include "support/check.h"

static struct error error;
static struct permutation permutation;

static double sign_flip(const double *differences, int n)
{
    double p = 0.0;
    int direction = 0;
    CHECK_OK(permutation_sign_flip(&permutation, differences, n, &p, &direction, &error));
    return p;
}

static void exact_p_is_a_count(void **state)
{
    (void)state;
    const double rising[] = {1.0, 2.0, 3.0};
    CHECK_NEAR(sign_flip(rising, 3), 2.0 / 8, 0.0); /* only all + and all - reach 6 */
    const double mixed[] = {1.0, 1.0, 1.0, -1.0};
    CHECK_NEAR(sign_flip(mixed, 4), 10.0 / 16, 0.0); /* all but the six with sum 0 */
    const double one[] = {-4.0};
    CHECK_NEAR(sign_flip(one, 1), 1.0, 0.0);
    const double zeros[] = {0.0, 0.0, 0.0};
    CHECK_NEAR(sign_flip(zeros, 3), 1.0, 0.0);
    assert_true(isnan(sign_flip(one, 0)));
}

static void sums_that_differ_by_rounding_are_ties(void **state)
{
    (void)state;
    const double cancel[] = {0.1, 0.2, -0.3}; /* 5.6e-17, not 0 */
    CHECK_NEAR(sign_flip(cancel, 3), 1.0, 0.0);
    const double thirds[] = {0.1, 0.2, 0.3, 0.1, 0.2, 0.3};
    CHECK_NEAR(sign_flip(thirds, 6), 2.0 / 64, 0.0);
}

static void the_smallest_p_is_reached(void **state)
{
    (void)state;
    double ones[PERMUTATION_EXACT_MAX];
    assert_true(isnan(permutation_smallest_p(0)));
    for (int n = 1; n <= PERMUTATION_EXACT_MAX; n++) {
        ones[n - 1] = 1.0;
        CHECK_NEAR(permutation_smallest_p(n), 2.0 / pow(2.0, n), 0.0);
        CHECK_NEAR(sign_flip(ones, n), permutation_smallest_p(n), 0.0);
    }
    assert_true(permutation_smallest_p(5) > 0.05 && permutation_smallest_p(6) < 0.05);
}

/* Share of the 2^n assignments that reach the observed sum. */
static double brute_force(const double *values, int n)
{
    double observed = 0.0;
    long hits = 0;
    for (int i = 0; i < n; i++) {
        observed += values[i];
    }
    for (long code = 0; code < 1L << n; code++) {
        double sum = 0.0;
        for (int i = 0; i < n; i++) {
            sum += (code >> i & 1) != 0 ? values[i] : -values[i];
        }
        hits += fabs(sum) >= fabs(observed) - 1e-9;
    }
    return (double)hits / (double)(1L << n);
}

/* Halves of every size, and differences whose sums tie. */
static void exact_p_is_that_of_brute_force(void **state)
{
    (void)state;
    enum { N = 15 };
    double values[N];
    for (int i = 0; i < N; i++) {
        values[i] = i % 4 == 3 ? 0.5 : sin(3.0 * i) + 0.25;
    }
    for (int n = 1; n <= N; n++) {
        CHECK_NEAR(sign_flip(values, n), brute_force(values, n), 0.0);
    }
}

/* scipy.stats.permutation_test((d,), np.sum, permutation_type="samples", n_resamples=np.inf) of
 * d = sin(3 i) + 0.3, i = 0 .. 19, rounded to three digits. */
static void twenty_pairs_agree_with_scipy(void **state)
{
    (void)state;
    double values[20];
    for (int i = 0; i < 20; i++) {
        values[i] = round((sin(3.0 * i) + 0.3) * 1e3) / 1e3;
    }
    CHECK_NEAR(sign_flip(values, 20), 87622.0 / 1048576.0, 1e-15);
    CHECK_NEAR(sign_flip(values, 12), 532.0 / 4096.0, 1e-15);
}

static void the_order_of_pairs_is_no_matter(void **state)
{
    (void)state;
    double values[30];
    double turned[30];
    for (int i = 0; i < 30; i++) {
        values[i] = sin(5.0 * i) + 0.2;
    }
    for (int n = 2; n <= 30; n += 7) {
        for (int i = 0; i < n; i++) {
            turned[i] = values[(7 * i + 3) % n];
        }
        CHECK_SAME(sign_flip(values, n), sign_flip(turned, n));
    }
}

/* Six outputs that ran away outweigh everything; two of opposite signs leave the rest. */
static void infinite_differences_count_first(void **state)
{
    (void)state;
    int direction = 0;
    double p = 0.0;
    const double away[] = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, -3.0};
    CHECK_OK(permutation_sign_flip(&permutation, away, 7, &p, &direction, &error));
    /* All signs of the six alike, and then the finite one at most as far against them. */
    CHECK_NEAR(p, 2.0 * 2.0 / 128, 0.0);
    assert_int_equal(direction, 1);
    const double even[] = {INFINITY, -INFINITY, 1.0, 2.0, 3.0};
    /* Of the 32: the two infinite ones alike in 16, else |1 + 2 + 3| is reached by 2 of 8. */
    CHECK_NEAR(sign_flip(even, 5), (16.0 + 16.0 * 2 / 8) / 32, 0.0);
    const double low[] = {-INFINITY, -INFINITY};
    CHECK_OK(permutation_sign_flip(&permutation, low, 2, &p, &direction, &error));
    CHECK_NEAR(p, 0.5, 0.0);
    assert_int_equal(direction, -1);
}

/* Of equal sizes the sum tells how many are positive: binomial. */
static void many_pairs_are_drawn_near_the_exact_p(void **state)
{
    (void)state;
    enum { N = PERMUTATION_EXACT_MAX + 1, PLUS = 16 };
    double values[N];
    double exact = 0.0;
    double of_count = 1.0;
    for (int i = 0; i < N; i++) {
        values[i] = i < PLUS ? 1.0 : -1.0;
    }
    for (int k = 0; k <= N; k++) {
        exact += k >= PLUS || k <= N - PLUS ? of_count : 0.0;
        of_count *= (double)(N - k) / (k + 1);
    }
    exact /= pow(2.0, N);
    const double drawn = sign_flip(values, N);
    assert_true(exact > 0.05 && exact < 0.6);
    CHECK_NEAR(drawn, exact, 4.0 * sqrt(exact * (1.0 - exact) / PERMUTATION_DRAWS));
    CHECK_SAME(sign_flip(values, N), drawn);
    double ones[100];
    for (int i = 0; i < 100; i++) {
        ones[i] = 1.0;
    }
    CHECK_NEAR(sign_flip(ones, 100), permutation_smallest_p(100), 0.0);
    CHECK_NEAR(permutation_smallest_p(100), 1e-4, 1e-18);
    CHECK_NEAR(permutation_smallest_p(101), 1.0 / 2000, 1e-18);
    permutation_release(&permutation);
}

static void check_holm(const double *p, const double *expected, int m)
{
    double adjusted[8];
    permutation_holm(p, adjusted, m);
    for (int i = 0; i < m; i++) {
        if (isnan(expected[i])) {
            assert_true(isnan(adjusted[i]));
        } else {
            CHECK_NEAR(adjusted[i], expected[i], 1e-15);
        }
    }
}

static void holm_steps_down(void **state)
{
    (void)state;
    check_holm((double[]){0.01, 0.04, 0.03, 0.005}, (double[]){0.03, 0.06, 0.06, 0.02}, 4);
    check_holm((double[]){0.6, 0.7}, (double[]){1.0, 1.0}, 2);
    check_holm((double[]){0.02, 0.02}, (double[]){0.04, 0.04}, 2);
    check_holm((double[]){0.01, NAN, 0.5}, (double[]){0.02, NAN, 0.5}, 3);
    check_holm((double[]){NAN, NAN}, (double[]){NAN, NAN}, 2);
    check_holm((double[]){0.03}, (double[]){0.03}, 1);
}

int test_permutation(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_p_is_a_count),
        cmocka_unit_test(sums_that_differ_by_rounding_are_ties),
        cmocka_unit_test(the_smallest_p_is_reached),
        cmocka_unit_test(exact_p_is_that_of_brute_force),
        cmocka_unit_test(twenty_pairs_agree_with_scipy),
        cmocka_unit_test(the_order_of_pairs_is_no_matter),
        cmocka_unit_test(infinite_differences_count_first),
        cmocka_unit_test(many_pairs_are_drawn_near_the_exact_p),
        cmocka_unit_test(holm_steps_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
