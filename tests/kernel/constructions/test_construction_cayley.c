/* W = (I + A)^-1 (I - A) D, its gradient, and how well it stays orthogonal. */
#include "kernel/constructions/construction.h"

#include "core/rng.h"
#include "support/check.h"
#include "support/construction_start.h"
#include "support/matgen.h"
#include "support/tally.h"

#include <stdlib.h>

static const int SIZES[] = {1, 2, 3, 8, 17, 64};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0], SMALL_SIZES = 5 };

static struct error error;

static const struct construction_ops *cayley(void)
{
    return construction_find("cayley");
}

/* w from params, into the start. */
static void rebuild(struct start *start)
{
    CHECK_OK(cayley()->weights(start->n, start->params, start->fixed, start->w, &error));
}

/* out = I + sign * A, with A from its strict lower triangle, row by row. */
static void shifted(const struct start *start, double sign, double *out)
{
    const int n = start->n;
    const double *params = start->params;
    for (int i = 0; i < n; i++) {
        out[i * n + i] = 1.0;
        for (int j = 0; j < i; j++, params++) {
            out[i * n + j] = sign * *params;
            out[j * n + i] = -sign * *params;
        }
    }
}

static void the_matrix_solves_its_definition(void **state)
{
    (void)state;
    for (int k = 0; k < SIZE_COUNT; k++) {
        const int n = SIZES[k];
        const size_t count = (size_t)n * (size_t)n;
        struct start start = start_of(cayley(), n, 4);
        double *const plus = matgen_zeros(3 * count);
        double *const minus = plus + count;
        double *const product = minus + count;
        shifted(&start, 1.0, plus);
        shifted(&start, -1.0, minus);
        matgen_multiply(plus, start.w, product, n);
        for (int i = 0; i < n * n; i++) {
            product[i] *= start.fixed[i % n]; /* D is its own inverse */
        }
        const double scale = matgen_norm(minus, count);
        assert_true(matgen_distance(product, minus, count) <= 4.0 * n * 0x1p-52 * scale);
        free(plus);
        start_release(&start);
    }
}

/* By hand: A = [0, -a; a, 0] gives the rotation by -2 atan a. */
static void two_units_rotate(void **state)
{
    (void)state;
    struct start start = start_of(cayley(), 2, 0);
    const double a = 0.3;
    start.params[0] = a;
    start.fixed[0] = -1.0;
    start.fixed[1] = 1.0;
    rebuild(&start);
    const double c = cos(2.0 * atan(a));
    const double s = sin(2.0 * atan(a));
    CHECK_NEAR(start.w[0], -c, 1e-15);
    CHECK_NEAR(start.w[1], s, 1e-15);
    CHECK_NEAR(start.w[2], s, 1e-15);
    CHECK_NEAR(start.w[3], c, 1e-15);
    start_release(&start);
}

static void without_rotation_only_the_signs_are_left(void **state)
{
    (void)state;
    struct start start = start_of(cayley(), 8, 0);
    memset(start.params, 0, start.n_params * sizeof *start.params);
    rebuild(&start);
    for (int i = 0; i < 64; i++) {
        assert_true(start.w[i] == (i % 9 == 0 ? start.fixed[i / 9] : 0.0));
    }
    start_release(&start);
}

static void check_orthogonal(const struct start *start, double bound)
{
    double *const transpose = matgen_zeros((size_t)start->n * (size_t)start->n);
    matgen_transpose(start->w, transpose, start->n);
    assert_true(matgen_orthogonality(start->w, start->n) <= bound);
    assert_true(matgen_orthogonality(transpose, start->n) <= bound);
    free(transpose);
}

static void it_starts_orthogonal(void **state)
{
    (void)state;
    for (int k = 0; k < SIZE_COUNT; k++) {
        for (uint64_t number = 0; number < 20; number++) {
            struct start start = start_of(cayley(), SIZES[k], number);
            check_orthogonal(&start, 8.0 * SIZES[k]);
            start_release(&start);
        }
    }
}

/* Training moves parameters far from their start; the error of the solve grows with |A| at most. */
static void it_stays_orthogonal_with_large_parameters(void **state)
{
    (void)state;
    for (int k = 1; k < SIZE_COUNT; k++) {
        for (double scale = 1.0; scale <= 1e9; scale *= 10.0) {
            struct start start = start_of(cayley(), SIZES[k], 11);
            for (size_t i = 0; i < start.n_params; i++) {
                start.params[i] *= scale;
            }
            rebuild(&start);
            check_orthogonal(&start, 8.0 * SIZES[k] * scale);
            start_release(&start);
        }
    }
}

/* ---- start --------------------------------------------------------------------------------------
 */

static void parameters_start_gaussian_of_variance_two_over_n(void **state)
{
    (void)state;
    for (int k = 1; k < SIZE_COUNT; k++) {
        struct tally power[3] = {{0}};
        for (uint64_t number = 0; number < 2000 / (uint64_t)SIZES[k]; number++) {
            struct start start = start_of(cayley(), SIZES[k], number);
            for (size_t i = 0; i < start.n_params; i++) {
                const double square = start.params[i] * start.params[i] * SIZES[k] / 2.0;
                tally_add(&power[0], start.params[i]);
                tally_add(&power[1], square);
                tally_add(&power[2], square * square);
            }
            start_release(&start);
        }
        tally_check(&power[0], 0.0, "a");
        tally_check(&power[1], 1.0, "a^2 n / 2");
        tally_check(&power[2], 3.0, "(a^2 n / 2)^2");
    }
}

static void half_of_the_signs_are_negative(void **state)
{
    (void)state;
    for (int n = 1; n <= 20; n++) {
        struct start start = start_of(cayley(), n, (uint64_t)n);
        int n_negative = 0;
        for (int i = 0; i < n; i++) {
            CHECK_SAME(fabs(start.fixed[i]), 1.0);
            n_negative += start.fixed[i] < 0.0;
        }
        assert_int_equal(n_negative, n / 2);
        start_release(&start);
    }
}

/* Every place, and every pair of places: 3 of 7 are negative. */
static void every_place_is_negative_equally_often(void **state)
{
    (void)state;
    enum { N = 7 };
    struct tally place[N] = {{0}};
    struct tally pair[N] = {{0}};
    for (uint64_t number = 0; number < 20000; number++) {
        struct start start = start_of(cayley(), N, number);
        for (int i = 0; i < N; i++) {
            tally_add(&place[i], start.fixed[i]);
            tally_add(&pair[i], start.fixed[i] * start.fixed[(i + 3) % N]);
        }
        start_release(&start);
    }
    for (int i = 0; i < N; i++) {
        tally_check(&place[i], 1.0 / N, "sign");                 /* (4 - 3) / 7 */
        tally_check(&pair[i], -1.0 / N, "product of two signs"); /* 3 / 7 - 4 / 7 */
    }
}

/* ---- gradient -----------------------------------------------------------------------------------
 */

/* sum of g * w for the parameters of a start. */
static double functional(struct start *start, const double *g)
{
    double sum = 0.0;
    rebuild(start);
    for (int i = 0; i < start->n * start->n; i++) {
        sum += g[i] * start->w[i];
    }
    return sum;
}

static double difference_quotient(struct start *start, const double *g, size_t i)
{
    const double value = start->params[i];
    const double step = 1e-5;
    start->params[i] = value + step;
    const double above = functional(start, g);
    start->params[i] = value - step;
    const double below = functional(start, g);
    start->params[i] = value;
    return (above - below) / (2.0 * step);
}

static void check_gradient(int n, uint64_t number)
{
    struct start start = start_of(cayley(), n, number);
    struct rng rng = rng_stream((struct rng_key){{1, number}}, 0, 0);
    double *const g = matgen_zeros((size_t)n * (size_t)n);
    double *const found = matgen_zeros(start.n_params + 1);
    for (int i = 0; i < n * n; i++) {
        g[i] = rng_normal(&rng);
    }
    found[start.n_params] = 1234.5; /* nothing is written behind the end */
    CHECK_OK(cayley()->gradient(n, start.params, start.fixed, start.w, g, found, &error));
    CHECK_SAME(found[start.n_params], 1234.5);
    const double scale = matgen_norm(g, (size_t)n * (size_t)n);
    for (size_t i = 0; i < start.n_params; i++) {
        CHECK_NEAR(found[i], difference_quotient(&start, g, i), 2e-9 * scale);
    }
    free(g);
    free(found);
    start_release(&start);
}

static void the_gradient_is_that_of_the_matrix(void **state)
{
    (void)state;
    for (int k = 0; k < SMALL_SIZES; k++) {
        for (uint64_t number = 0; number < 5; number++) {
            check_gradient(SIZES[k], number);
        }
    }
}

static void a_gradient_leaves_its_arguments_alone(void **state)
{
    (void)state;
    struct start start = start_of(cayley(), 8, 1);
    struct start before = start_of(cayley(), 8, 1);
    double g[64];
    double copy[64];
    double out[28];
    for (int i = 0; i < 64; i++) {
        g[i] = copy[i] = i;
    }
    CHECK_OK(cayley()->gradient(8, start.params, start.fixed, start.w, g, out, &error));
    assert_memory_equal(start.params, before.params, 28 * sizeof(double));
    assert_memory_equal(start.fixed, before.fixed, 8 * sizeof(double));
    assert_memory_equal(start.w, before.w, sizeof copy);
    assert_memory_equal(g, copy, sizeof copy);
    start_release(&start);
    start_release(&before);
}

/* A diverging training must reach the check of its loss. */
static void parameters_that_are_no_numbers_give_a_matrix_of_none(void **state)
{
    (void)state;
    struct start start = start_of(cayley(), 8, 1);
    start.params[5] = NAN;
    rebuild(&start);
    int n_finite = 0;
    for (int i = 0; i < 64; i++) {
        n_finite += isfinite(start.w[i]) != 0;
    }
    assert_true(n_finite < 64);
    start_release(&start);
}

int test_construction_cayley(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_matrix_solves_its_definition),
        cmocka_unit_test(two_units_rotate),
        cmocka_unit_test(without_rotation_only_the_signs_are_left),
        cmocka_unit_test(it_starts_orthogonal),
        cmocka_unit_test(it_stays_orthogonal_with_large_parameters),
        cmocka_unit_test(parameters_start_gaussian_of_variance_two_over_n),
        cmocka_unit_test(half_of_the_signs_are_negative),
        cmocka_unit_test(every_place_is_negative_equally_often),
        cmocka_unit_test(the_gradient_is_that_of_the_matrix),
        cmocka_unit_test(a_gradient_leaves_its_arguments_alone),
        cmocka_unit_test(parameters_that_are_no_numbers_give_a_matrix_of_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
