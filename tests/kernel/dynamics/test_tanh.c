#include "kernel/dynamics/tanh.h"

#include "core/rng.h"
#include "support/check.h"

#include <float.h>

enum { COUNT = 200000 };

/* Units in the last place of the exact value. */
static double error_in_ulp(double found, long double exact, int digits)
{
    int exponent = 0;
    (void)frexpl(exact, &exponent);
    return (double)(fabsl((long double)found - exact) / ldexpl(1.0L, exponent - digits));
}

/* From the smallest normal numbers to beyond saturation, evenly by order of magnitude. */
static double argument(struct rng *rng, double low)
{
    const double magnitude = exp(log(low) + rng_uniform(rng) * log(25.0 / low));
    return rng_sign(rng) * magnitude;
}

static void double_is_within_3_ulp(void **state)
{
    (void)state;
    static double x[COUNT];
    static double y[COUNT];
    struct rng rng = rng_stream((struct rng_key){{1, 1}}, 0, 0);
    for (int i = 0; i < COUNT; i++) {
        x[i] = y[i] = argument(&rng, i % 2 == 0 ? DBL_MIN : 0.01);
    }
    tanh_array_double(y, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const double ulp = error_in_ulp(y[i], tanhl(x[i]), 53);
        if (!(ulp <= 3.0)) {
            fail_msg("tanh(%.17g) is off by %g ulp", x[i], ulp);
        }
    }
}

static void single_is_within_3_ulp(void **state)
{
    (void)state;
    static float x[COUNT];
    static float y[COUNT];
    struct rng rng = rng_stream((struct rng_key){{1, 2}}, 0, 0);
    for (int i = 0; i < COUNT; i++) {
        x[i] = y[i] = (float)argument(&rng, i % 2 == 0 ? (double)FLT_MIN : 0.01);
    }
    tanh_array_single(y, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const double ulp = error_in_ulp((double)y[i], tanhl(x[i]), 24);
        if (!(ulp <= 3.0)) {
            fail_msg("tanhf(%.9g) is off by %g ulp", (double)x[i], ulp);
        }
    }
}

static void nothing_exceeds_1(void **state)
{
    (void)state;
    for (int i = 0; i < 30000; i++) {
        double x[2] = {i * 1e-3, -i * 1e-3};
        float y[2] = {(float)x[0], (float)x[1]};
        tanh_array_double(x, 2);
        tanh_array_single(y, 2);
        assert_true(fabs(x[0]) <= 1.0 && fabs(x[1]) <= 1.0);
        assert_true(fabsf(y[0]) <= 1.0f && fabsf(y[1]) <= 1.0f);
    }
}

static void large_arguments_give_exactly_1(void **state)
{
    (void)state;
    double x[6] = {20.0, -20.0, 1e308, -1e308, INFINITY, -INFINITY};
    float y[6] = {10.0f, -10.0f, 1e38f, -1e38f, INFINITY, -INFINITY};
    tanh_array_double(x, 6);
    tanh_array_single(y, 6);
    for (int i = 0; i < 6; i++) {
        CHECK_SAME(x[i], i % 2 == 0 ? 1.0 : -1.0);
        CHECK_SAME((double)y[i], i % 2 == 0 ? 1.0 : -1.0);
    }
}

static void nan_stays_nan_and_spoils_no_neighbour(void **state)
{
    (void)state;
    for (int place = 0; place < 19; place++) {
        double x[19];
        float y[19];
        for (int i = 0; i < 19; i++) {
            x[i] = i == place ? NAN : 0.5;
            y[i] = (float)x[i];
        }
        tanh_array_double(x, 19);
        tanh_array_single(y, 19);
        for (int i = 0; i < 19; i++) {
            assert_int_equal(isnan(x[i]), i == place);
            assert_int_equal(isnan(y[i]), i == place);
        }
    }
}

static void zero_gives_zero(void **state)
{
    (void)state;
    double x[2] = {0.0, -0.0};
    float y[2] = {0.0f, -0.0f};
    tanh_array_double(x, 2);
    tanh_array_single(y, 2);
    assert_true(x[0] == 0.0 && x[1] == 0.0);
    assert_true(y[0] == 0.0f && y[1] == 0.0f);
}

/* Vectors and their tail: any length, any place, and nothing beyond the end. */
static void a_value_does_not_depend_on_its_place_or_its_neighbours(void **state)
{
    (void)state;
    enum { MOST = 70 };
    struct rng rng = rng_stream((struct rng_key){{1, 3}}, 0, 0);
    for (size_t count = 0; count < MOST; count++) {
        double x[MOST + 1];
        double alone[MOST + 1];
        float y[MOST + 1];
        float alone_single[MOST + 1];
        for (size_t i = 0; i <= MOST; i++) {
            x[i] = alone[i] = 3.0 * rng_normal(&rng);
            y[i] = alone_single[i] = (float)x[i];
        }
        tanh_array_double(x, count);
        tanh_array_single(y, count);
        for (size_t i = 0; i < count; i++) {
            tanh_array_double(&alone[i], 1);
            tanh_array_single(&alone_single[i], 1);
        }
        assert_memory_equal(x, alone, sizeof x);
        assert_memory_equal(y, alone_single, sizeof y);
    }
}

int test_tanh(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(double_is_within_3_ulp),
        cmocka_unit_test(single_is_within_3_ulp),
        cmocka_unit_test(nothing_exceeds_1),
        cmocka_unit_test(large_arguments_give_exactly_1),
        cmocka_unit_test(nan_stays_nan_and_spoils_no_neighbour),
        cmocka_unit_test(zero_gives_zero),
        cmocka_unit_test(a_value_does_not_depend_on_its_place_or_its_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
