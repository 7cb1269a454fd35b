/* The one tanh of rollouts and training, with every isa and in both precisions. */
#include "kernel/dynamics/rollout.h"

#include "core/rng.h"
#include "support/check.h"
#include "support/rollout_case.h"

#include <float.h>
#include <stdlib.h>

enum { TILES = 4000 };

static size_t width_of(const struct rollout_variant *variant)
{
    return variant->precision == PRECISION_FLOAT64 ? TILE_FLOAT64 : TILE_FLOAT32;
}

/* Units in the last place of the exact value. */
static double error_in_ulp(double found, long double exact, int digits)
{
    int exponent = 0;
    (void)frexpl(exact, &exponent);
    return (double)(fabsl((long double)found - exact) / ldexpl(1.0L, exponent - digits));
}

/* Evenly by order of magnitude up to beyond saturation; every other one where most bits are lost.
 */
static double argument(struct rng *rng, double smallest, size_t i)
{
    const double low = i % 2 == 0 ? 4.0 * smallest : 0.01;
    return rng_sign(rng) * exp(log(low) + rng_uniform(rng) * log(25.0 / low));
}

static double worst_ulp(const struct rollout_variant *variant, size_t count, double *values)
{
    const bool is_double = variant->precision == PRECISION_FLOAT64;
    double worst = 0.0;
    struct rng rng = rng_stream((struct rng_key){{1, 1}}, 0, 0);
    double *const arguments = calloc(count, sizeof *arguments);
    assert_non_null(arguments);
    for (size_t i = 0; i < count; i++) {
        precision_put(values, variant->precision, i,
                      argument(&rng, is_double ? DBL_MIN : (double)FLT_MIN, i));
        arguments[i] = precision_get(values, variant->precision, i);
    }
    rollout_tanh(values, count, variant->path, variant->precision);
    for (size_t i = 0; i < count; i++) {
        const double found = precision_get(values, variant->precision, i);
        const double ulp = error_in_ulp(found, tanhl(arguments[i]), is_double ? 53 : 24);
        if (!(ulp <= 2.5) || fabs(found) > 1.0) {
            fail_msg("%s: tanh(%.17g) = %.17g, off by %g ulp", isa_name(variant->path),
                     arguments[i], found, ulp);
        }
        worst = ulp > worst ? ulp : worst;
    }
    free(arguments);
    return worst;
}

static void every_value_is_within_two_and_a_half_ulp(void **state)
{
    (void)state;
    FOR_EACH_VARIANT (variant) {
        const size_t count = TILES * width_of(variant);
        double *const values = calloc(count, sizeof *values);
        assert_non_null(values);
        const double worst = worst_ulp(variant, count, values);
        print_message("%s, %s: at most %.2f ulp\n", isa_name(variant->path),
                      variant->precision == PRECISION_FLOAT64 ? "float64" : "float32", worst);
        free(values);
    }
}

static void large_arguments_give_exactly_1(void **state)
{
    (void)state;
    static const double LARGE[] = {20.0, 1e30, INFINITY};
    FOR_EACH_VARIANT (variant) {
        double values[TILE_FLOAT32];
        const size_t width = width_of(variant);
        for (size_t i = 0; i < width; i++) {
            precision_put(values, variant->precision, i, LARGE[i / 2 % 3] * (i % 2 == 0 ? 1 : -1));
        }
        rollout_tanh(values, width, variant->path, variant->precision);
        for (size_t i = 0; i < width; i++) {
            CHECK_SAME(precision_get(values, variant->precision, i), i % 2 == 0 ? 1.0 : -1.0);
        }
    }
}

static void nan_stays_nan_and_spoils_no_neighbour(void **state)
{
    (void)state;
    FOR_EACH_VARIANT (variant) {
        const size_t width = width_of(variant);
        for (size_t place = 0; place < width; place++) {
            double values[TILE_FLOAT32];
            for (size_t i = 0; i < width; i++) {
                precision_put(values, variant->precision, i, i == place ? NAN : 0.5);
            }
            rollout_tanh(values, width, variant->path, variant->precision);
            for (size_t i = 0; i < width; i++) {
                assert_int_equal(isnan(precision_get(values, variant->precision, i)) != 0,
                                 i == place);
            }
        }
    }
}

static void zero_gives_zero(void **state)
{
    (void)state;
    FOR_EACH_VARIANT (variant) {
        double values[TILE_FLOAT32] = {0};
        rollout_tanh(values, width_of(variant), variant->path, variant->precision);
        for (size_t i = 0; i < width_of(variant); i++) {
            assert_true(precision_get(values, variant->precision, i) == 0.0);
        }
    }
}

/* Groups of vectors and what is left of them: the same bits for any number of tiles. */
static void a_value_does_not_depend_on_its_place(void **state)
{
    (void)state;
    enum { MOST = 40 };
    FOR_EACH_VARIANT (variant) {
        struct rng rng = rng_stream((struct rng_key){{1, 3}}, 0, 0);
        const size_t width = width_of(variant);
        const size_t size = precision_size(variant->precision);
        char together[MOST * TILE_BYTES];
        char alone[MOST * TILE_BYTES];
        for (size_t i = 0; i < MOST * width; i++) {
            precision_put(together, variant->precision, i, 2.0 * rng_normal(&rng));
        }
        memcpy(alone, together, sizeof alone);
        rollout_tanh(together, MOST * width, variant->path, variant->precision);
        for (size_t tile = 0; tile < MOST; tile++) {
            rollout_tanh(alone + tile * width * size, width, variant->path, variant->precision);
        }
        assert_memory_equal(together, alone, sizeof alone);
    }
}

/* Any count and any place; nothing beyond the end is touched. */
static void an_array_may_be_of_any_length(void **state)
{
    (void)state;
    enum { MOST = 3 * TILE_FLOAT32 + 5 };
    FOR_EACH_VARIANT (variant) {
        struct rng rng = rng_stream((struct rng_key){{1, 4}}, 0, 0);
        const size_t size = precision_size(variant->precision);
        for (size_t count = 0; count < MOST; count++) {
            char together[(MOST + 1) * sizeof(double)];
            char alone[sizeof together];
            for (size_t i = 0; i <= MOST; i++) {
                precision_put(together, variant->precision, i, 3.0 * rng_normal(&rng));
            }
            memcpy(alone, together, (MOST + 1) * size);
            rollout_tanh(together, count, variant->path, variant->precision);
            for (size_t i = 0; i < count; i++) {
                rollout_tanh(alone + i * size, 1, variant->path, variant->precision);
            }
            assert_memory_equal(together, alone, (MOST + 1) * size);
        }
    }
}

int test_rollout_tanh(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_within_two_and_a_half_ulp),
        cmocka_unit_test(large_arguments_give_exactly_1),
        cmocka_unit_test(nan_stays_nan_and_spoils_no_neighbour),
        cmocka_unit_test(zero_gives_zero),
        cmocka_unit_test(a_value_does_not_depend_on_its_place),
        cmocka_unit_test(an_array_may_be_of_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
