/* Weights at the limits: NaN, Inf, denormal and huge numbers, eigenvalues that will not swap. */
#include "kernel/spectral/schur.h"

#include "core/rng.h"
#include "support/check.h"
#include "support/matgen.h"

#include <float.h>
#include <stdlib.h>

static struct error error;

/* One NaN would keep dgees of this size busy for minutes; the test program has two. */
static void a_nan_or_inf_is_refused_before_lapack_sees_it(void **state)
{
    (void)state;
    static const double BAD[] = {NAN, INFINITY, -INFINITY};
    enum { N = 200 };
    double *const w = matgen_zeros(matgen_square(N));
    matgen_fill(MATGEN_GAUSSIAN, 3, w, N);
    for (int i = 0; i < 3; i++) {
        struct schur schur = {.n = 7};
        w[17 * N + 141] = BAD[i];
        CHECK_FAILS(schur_compute(&schur, w, N, 1.0, &error), STATUS_JOB_WEIGHTS_NONFINITE,
                    "weight_hh[17, 141]");
        assert_int_equal(schur.n, 0); /* nothing is left to release */
        assert_null(schur.t);
    }
    free(w);
}

static void a_nan_is_refused_at_every_place(void **state)
{
    (void)state;
    double w[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    for (int i = 0; i < 9; i++) {
        struct schur schur;
        const double old = w[i];
        w[i] = NAN;
        assert_int_equal(schur_compute(&schur, w, 3, 1.0, &error), STATUS_JOB_WEIGHTS_NONFINITE);
        w[i] = old;
    }
}

/* Gaussian weights of any scale: the form is right, or the failure is one of the job's. */
static void extreme_scales_give_a_right_form_or_a_typed_failure(void **state)
{
    (void)state;
    static const double SCALES[] = {1e-323, 1e-315, 1e-308, 1e-292, 1e-290, 1e-160,
                                    1e-140, 1e140,  1e160,  1e305,  1e307,  1.7e308};
    enum { N = 24 };
    double *const w = matgen_zeros(matgen_square(N));
    for (size_t i = 0; i < sizeof SCALES / sizeof *SCALES; i++) {
        struct schur schur;
        matgen_fill(MATGEN_GAUSSIAN, 4, w, N);
        for (size_t j = 0; j < matgen_square(N); j++) {
            w[j] = fmax(-DBL_MAX, fmin(DBL_MAX, w[j] * SCALES[i]));
        }
        const enum status status = schur_compute(&schur, w, N, 1.0, &error);
        if (status != STATUS_OK) {
            assert_true(status_is_job_failure(status));
            continue;
        }
        const double residual = matgen_residual(w, schur.q, schur.t, N);
        const double denormal_steps = 16.0 * N * DBL_TRUE_MIN / schur.norm / DBL_EPSILON;
        assert_true(residual <= matgen_rounding_limit(N) + denormal_steps);
        schur_release(&schur);
    }
    free(w);
}

/* Denormal numbers too: a scale that overflows on them would hand NaN to dgees. */
static void weights_far_from_1_are_no_reason_to_fail(void **state)
{
    (void)state;
    static const double SCALES[] = {1e-316, 1e-312, 1e-310, 1e-308, 1e-307, 1e-303, 1e-300,
                                    1e-297, 1e-293, 1e-291, 1e-160, 1e160,  1e300,  1e305};
    enum { N = 24 };
    double *const w = matgen_zeros(matgen_square(N));
    for (size_t i = 0; i < sizeof SCALES / sizeof *SCALES; i++) {
        struct schur schur;
        matgen_fill(MATGEN_GAUSSIAN, 6, w, N);
        for (size_t j = 0; j < matgen_square(N); j++) {
            w[j] *= SCALES[i];
        }
        CHECK_OK(schur_compute(&schur, w, N, 1.0, &error));
        schur_release(&schur);
    }
    free(w);
}

/* What underflows on the way back to the scale of the weights: halves of pairs, and signs. */
static void blocks_describe_t_when_parts_of_it_underflow(void **state)
{
    (void)state;
    static const double SCALES[] = {1e-300, 1e-316, 1e-320, 1e-322, 1e-323};
    enum { N = 13 };
    double w[N * N];
    for (uint64_t seed = 0; seed < 20 * 5; seed++) {
        struct schur schur;
        matgen_fill(MATGEN_GAUSSIAN, seed, w, N);
        for (int j = 0; j < N * N; j++) {
            w[j] *= SCALES[seed % 5];
        }
        if (schur_compute(&schur, w, N, 1.0, &error) != STATUS_OK) {
            continue; /* see the tests around */
        }
        for (int b = 0; b < schur.n_blocks; b++) {
            const struct schur_block *const block = &schur.blocks[b];
            const double below = block->size == 2 ? schur.t[block->start * (N + 1) + 1] : 1.0;
            assert_true(below != 0.0);
        }
        for (int i = 0; i < N * N; i++) {
            assert_false(schur.t[i] == 0.0 && signbit(schur.t[i]));
        }
        schur_release(&schur);
    }
}

/* Beside a huge entry that no cycle passes through, the rest is so small that products of the QR
 * iteration vanish when the huge one is brought to 1: then it divides 0 by 0, and iterates on NaN
 * to its limit. */
static void a_huge_entry_beside_small_ones_does_not_make_the_iteration_fail(void **state)
{
    (void)state;
    enum { N = 8 };
    double w[N * N] = {0,
                       0.5,
                       0.5,
                       0.5,
                       0.5,
                       0.5,
                       0x1.b7f0ac7bf0064p+956,
                       0.5, /* nothing comes back from column 6 */
                       0.5,
                       0,
                       0.5,
                       -0x1.573d68f903ea1p+512,
                       0.5,
                       0.5,
                       0.5,
                       0.5,
                       0,
                       0.5,
                       0,
                       -0x1.6161616b3bbfep+354,
                       0,
                       0.5,
                       0.5,
                       0.5,
                       0,
                       0,
                       0.5,
                       0,
                       0.5,
                       0.5,
                       0.5,
                       0.5,
                       0,
                       0,
                       0,
                       0.5};
    struct schur schur;
    CHECK_OK(schur_compute(&schur, w, N, 1.0, &error));
    assert_true(schur.certificate.residual <= 100.0 * N * DBL_EPSILON);
    assert_true(schur.spectral_radius > 0.0);
    schur_release(&schur);
}

/* dtrexc refuses to swap these two pairs: |lambda| = 2.81507968 and a little more behind it. */
static void a_refused_swap_is_reported_and_still_certified(void **state)
{
    (void)state;
    static const double W[16] = {0x1p+0,
                                 0x1.f4a3a235edab3p-9,
                                 -0x1.300ed56013175p-6,
                                 0x1.d1e963c60d7b6p-9, /* row 0 */
                                 -0x1.c53c6a509c579p+10,
                                 0x1p+0,
                                 -0x1.30a33ea12b034p-8,
                                 0x1.0e089be2e3752p-6, /* row 1 */
                                 0,
                                 0,
                                 0x1.0000009d10f36p+0,
                                 0x1.f4a3a235edab3p-9, /* row 2 */
                                 0,
                                 0,
                                 -0x1.c53c6a509c579p+10,
                                 0x1.0000009d10f36p+0};
    struct schur schur;
    CHECK_OK(schur_compute(&schur, W, 4, 1.0, &error));
    assert_int_equal(schur.n_blocks, 2);
    assert_true(schur.certificate.n_unswapped > 0);
    assert_true(schur.certificate.disorder > 1e-9 && schur.certificate.disorder < 1e-7);
    assert_true(matgen_residual(W, schur.q, schur.t, 4) <= matgen_rounding_limit(4));
    schur_release(&schur);
}

/* Two pairs with eigenvalues 1 +- i y (1 + tiny), the larger behind, so far from normal that a swap
 * moves them by more than they are apart. */
static void fill_close_pairs(struct rng *rng, double w[16])
{
    const double gap = pow(10.0, -7.0 - 2.0 * rng_uniform(rng));
    const double stretch = pow(10.0, 2.5 + 2.0 * rng_uniform(rng));
    const double height = 2.0 + 4.0 * rng_uniform(rng);
    memset(w, 0, 16 * sizeof *w);
    for (int i = 0; i < 4; i++) {
        w[5 * i] = i < 2 ? 1.0 : 1.0 + gap;
    }
    w[1] = w[11] = height / stretch;
    w[4] = w[14] = -height * stretch;
    for (int i = 0; i < 2; i++) {
        w[4 * i + 2] = 0.03 * rng_normal(rng);
        w[4 * i + 3] = 0.03 * rng_normal(rng);
    }
}

/* Nobody may split sectors by an order that is not there: refused, or ordered up to 1e-6. */
static void a_form_that_lost_its_order_is_never_handed_out(void **state)
{
    (void)state;
    double worst_residual = 0.0;
    for (uint64_t stream = 0; stream < 4000; stream++) {
        double w[16];
        struct schur schur;
        struct rng rng = rng_stream((struct rng_key){{0x636c6f7365, 1}}, stream, 0);
        fill_close_pairs(&rng, w);
        const enum status status = schur_compute(&schur, w, 4, 1.0, &error);
        if (status != STATUS_OK) {
            assert_int_equal(status, STATUS_JOB_CERTIFICATE);
            assert_non_null(strstr(error.text, "out of order"));
            continue;
        }
        const double rho = schur.spectral_radius;
        assert_true(schur.blocks[schur.n_blocks - 1].modulus <=
                    schur.blocks[0].modulus + 1e-6 * rho);
        worst_residual = fmax(worst_residual, matgen_residual(w, schur.q, schur.t, 4));
        schur_release(&schur);
    }
    assert_true(worst_residual <= matgen_rounding_limit(4));
}

int test_schur_limits(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nan_or_inf_is_refused_before_lapack_sees_it),
        cmocka_unit_test(a_nan_is_refused_at_every_place),
        cmocka_unit_test(extreme_scales_give_a_right_form_or_a_typed_failure),
        cmocka_unit_test(weights_far_from_1_are_no_reason_to_fail),
        cmocka_unit_test(blocks_describe_t_when_parts_of_it_underflow),
        cmocka_unit_test(a_huge_entry_beside_small_ones_does_not_make_the_iteration_fail),
        cmocka_unit_test(a_refused_swap_is_reported_and_still_certified),
        cmocka_unit_test(a_form_that_lost_its_order_is_never_handed_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
