#include "kernel/spectral/split.h"

#include "support/check.h"
#include "support/spectra.h"

#include <float.h>

static const double ALPHAS[] = {1e-300, 1e-12, 0.05, 0.3, 0.5, 0.7, 0.85, 0.9, 0.95, 0.999, 1.0};
enum { ALPHA_COUNT = sizeof ALPHAS / sizeof *ALPHAS };

static struct error error;

/* Rows in R by the definition: up to the last eigenvalue with |lambda| >= alpha rho (1 - tau). */
static int rows_in_r(const struct spectrum *s, double alpha)
{
    double rho = 0.0;
    for (int row = 0; row < s->n; row++) {
        rho = fmax(rho, spectrum_modulus(s, row));
    }
    int count = 0;
    for (int row = 0; row < s->n; row++) {
        const double modulus = spectrum_modulus(s, row);
        if (rho == 0.0 || (modulus >= (alpha - 1e-10) * rho && modulus > 0.0)) {
            count = row + 1;
        }
    }
    return count;
}

/* Set of couplings that entry (row, column) of T belongs to: none on and below the blocks. */
static unsigned coupling_of(const struct spectrum *s, int n_r, int row, int column)
{
    if (s->block_of_row[row] >= s->block_of_row[column]) {
        return 0;
    }
    return row >= n_r ? 1u << COUPLING_CC : column >= n_r ? 1u << COUPLING_CR : 1u << COUPLING_RR;
}

static double mass_by_definition(const struct spectrum *s, int n_r, ablation_set set)
{
    long double removed = 0.0L;
    long double all = 0.0L;
    for (int row = 0; row < s->n; row++) {
        for (int column = 0; column < s->n && s->schur.norm > 0.0; column++) {
            const long double entry = (long double)spectrum_t(s, row, column) / s->schur.norm;
            all += entry * entry;
            removed += (coupling_of(s, n_r, row, column) & set) != 0 ? entry * entry : 0.0L;
        }
    }
    return all > 0.0L ? (double)sqrtl(removed / all) : 0.0;
}

static void r_ends_with_the_last_eigenvalue_above_the_threshold(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int a = 0; a < ALPHA_COUNT; a++) {
            const struct split split = split_at(&s->schur, ALPHAS[a]);
            if (split.n_r != rows_in_r(s, ALPHAS[a])) {
                fail_msg("%s alpha %g: n_R is %d, expected %d", spectrum_name(s), ALPHAS[a],
                         split.n_r, rows_in_r(s, ALPHAS[a]));
            }
        }
    }
}

static void the_rows_of_r_are_those_of_its_blocks(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int a = 0; a < ALPHA_COUNT; a++) {
            const struct split split = split_at(&s->schur, ALPHAS[a]);
            assert_in_range(split.n_r, 1, s->n);
            assert_int_equal(split.n_blocks, s->block_of_row[split.n_r - 1] + 1);
        }
    }
}

static void no_pair_is_split_between_the_sectors(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int a = 0; a < ALPHA_COUNT; a++) {
            const int n_r = split_at(&s->schur, ALPHAS[a]).n_r;
            if (n_r < s->n) {
                CHECK_SAME(spectrum_t(s, n_r, n_r - 1), 0.0);
            }
        }
    }
}

static void r_shrinks_as_alpha_grows(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        int previous = s->n;
        for (int a = 0; a < ALPHA_COUNT; a++) {
            const int n_r = split_at(&s->schur, ALPHAS[a]).n_r;
            assert_true(n_r <= previous);
            previous = n_r;
        }
    }
}

static void a_vanishing_alpha_puts_everything_in_r(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (s->kind == MATGEN_RANK_ONE) { /* has eigenvalues that are 0 or nearly so */
            continue;
        }
        const struct split split = split_at(&s->schur, DBL_MIN);
        assert_int_equal(split.n_r, s->n);
        CHECK_SAME(split.mass[COUPLING_CR], 0.0);
        CHECK_SAME(split.mass[COUPLING_CC], 0.0);
    }
}

static void alpha_1_keeps_the_largest_modulus_and_its_ties(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        const struct split split = split_at(&s->schur, 1.0);
        if (s->kind == MATGEN_ORTHOGONAL || s->kind == MATGEN_ZERO) { /* all moduli are equal */
            assert_int_equal(split.n_r, s->n);
        } else if (s->kind == MATGEN_COMPLEX_SPECTRUM && s->n > 1) {
            assert_int_equal(split.n_r, 2);
        } else if (s->kind == MATGEN_REAL_SPECTRUM) {
            assert_int_equal(split.n_r, 1);
        }
    }
}

static void the_zero_matrix_is_all_in_r_and_weighs_nothing(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int a = 0; a < ALPHA_COUNT && s->kind == MATGEN_ZERO; a++) {
            const struct split split = split_at(&s->schur, ALPHAS[a]);
            assert_int_equal(split.n_r, s->n);
            for (int c = 0; c < COUPLING_COUNT; c++) {
                CHECK_SAME(split.mass[c], 0.0);
            }
            assert_true(isnan(split.alpha_gap));
        }
    }
}

static void masses_are_the_norms_of_the_couplings(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int a = 0; a < ALPHA_COUNT; a++) {
            const struct split split = split_at(&s->schur, ALPHAS[a]);
            for (int c = 0; c < COUPLING_COUNT; c++) {
                const double expected = mass_by_definition(s, split.n_r, 1u << c);
                CHECK_NEAR(split.mass[c], expected, 1e-12);
            }
        }
    }
}

static void the_alpha_gap_is_the_smallest_distance_to_the_threshold(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int a = 0; a < ALPHA_COUNT && s->kind != MATGEN_ZERO; a++) {
            double smallest = INFINITY;
            int own_block = -1;
            for (int row = 0; row < s->n && ALPHAS[a] == 1.0; row++) {
                if (own_block < 0 ||
                    spectrum_modulus(s, row) > s->schur.blocks[own_block].modulus) {
                    own_block = s->block_of_row[row];
                }
            }
            for (int row = 0; row < s->n; row++) {
                const double ratio = spectrum_modulus(s, row) / s->schur.spectral_radius;
                smallest = s->block_of_row[row] == own_block
                               ? smallest
                               : fmin(smallest, fabs(ratio - ALPHAS[a]));
            }
            const double gap = split_at(&s->schur, ALPHAS[a]).alpha_gap;
            if (isinf(smallest)) { /* alpha = 1 and rho's own block is the only one */
                assert_true(isnan(gap));
            } else {
                CHECK_NEAR(gap, smallest, 1e-15);
            }
        }
    }
}

/* Diagonal weights, whose Schur form has just these eigenvalues. */
static struct schur diagonal(const double *values, int n)
{
    double w[64] = {0};
    struct schur schur;
    for (int i = 0; i < n; i++) {
        w[i * n + i] = values[i];
    }
    CHECK_OK(schur_compute(&schur, w, n, 1.0, &error));
    return schur;
}

static void an_eigenvalue_on_the_threshold_is_in_r(void **state)
{
    (void)state;
    const double values[4] = {2.0, 0.25, -1.0, 0.5};
    struct schur schur = diagonal(values, 4);
    assert_int_equal(split_at(&schur, 0.5).n_r, 2);
    assert_int_equal(split_at(&schur, 0.25).n_r, 3);
    assert_int_equal(split_at(&schur, 0.125).n_r, 4);
    assert_int_equal(split_at(&schur, 1.0).n_r, 1);
    schur_release(&schur);
}

static void the_threshold_has_the_tolerance_of_ties(void **state)
{
    (void)state;
    const double values[3] = {1.0, 0.9 * (1.0 - 0.5e-10), -0.9 * (1.0 - 2e-10)};
    struct schur schur = diagonal(values, 3);
    assert_int_equal(split_at(&schur, 0.9).n_r, 2);
    schur_release(&schur);
}

/* A tie may stand in the order (just below, just above): R takes both, it is always a prefix. */
static void r_is_a_prefix_even_when_a_tie_straddles_the_threshold(void **state)
{
    (void)state;
    const double values[4] = {1.0, 0.9 * (1.0 - 1.04e-10), -0.9 * (1.0 - 0.1e-10), 0.3};
    struct schur schur = diagonal(values, 4);
    assert_true(schur.blocks[1].modulus < schur.blocks[2].modulus);
    assert_int_equal(split_at(&schur, 0.9).n_r, 3);
    schur_release(&schur);
}

static void at_alpha_1_only_the_largest_block_is_left_out_of_the_gap(void **state)
{
    (void)state;
    const double values[3] = {1.0, -1.0, 0.75};
    struct schur schur = diagonal(values, 3);
    CHECK_NEAR(split_at(&schur, 1.0).alpha_gap, 0.0, 1e-15); /* the other of the tie */
    schur_release(&schur);
    schur = diagonal(values + 1, 2);
    CHECK_NEAR(split_at(&schur, 1.0).alpha_gap, 0.25, 1e-15);
    CHECK_NEAR(split_at(&schur, 0.9).alpha_gap, 0.1, 1e-15);
    schur_release(&schur);
}

/* W has real eigenvalues 1 - 1/tau_i, far from normal. A step of dt = a decays mode i by
 * (1 - a / tau_i), in the time constant by its 1/a th power, which tends to e^(-1/tau_i) with an
 * error of a / (2 tau_i^2): only alphas that are as near to one of them may have another n_R. */
static void half_the_time_step_leaves_the_sectors(void **state)
{
    (void)state;
    enum { N = 12 };
    static const double RATES[N] = {0.02, 0.05, 0.08, 0.1, 0.13, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5};
    static const double LEAKS[] = {0.04, 0.02, 0.01};
    double w[N * N] = {0};
    int n_compared = 0;
    for (int i = 0; i < N; i++) {
        w[i * N + i] = 1.0 - RATES[i];
        for (int j = i + 1; j < N; j++) {
            w[i * N + j] = 0.3 * (j % 3 - 1);
        }
    }
    for (size_t k = 0; k < sizeof LEAKS / sizeof *LEAKS; k++) {
        struct schur schur;
        CHECK_OK(schur_compute(&schur, w, N, LEAKS[k], &error));
        CHECK_NEAR(schur.spectral_radius, 1.0 - RATES[0], 1e-13);
        for (double alpha = 0.2; alpha < 1.0; alpha += 0.01) {
            int expected = 0;
            bool is_clear = true;
            for (int i = 0; i < N; i++) {
                const double limit = exp(RATES[0] - RATES[i]);
                expected += limit >= alpha;
                is_clear = is_clear && fabs(limit - alpha) > LEAKS[k] * RATES[i] * RATES[i];
            }
            if (is_clear) {
                assert_int_equal(split_at(&schur, alpha).n_r, expected);
                n_compared++;
            }
        }
        schur_release(&schur);
    }
    assert_true(n_compared > 150);
}

/* What persists from step to step is mu: -1.4 decays in a leaky network, 0.9 does not. */
static void a_leak_orders_by_the_step_operator(void **state)
{
    (void)state;
    static const double W[] = {-1.4, 0.5, 0.0, 0.9};
    struct schur schur;
    CHECK_OK(schur_compute(&schur, W, 2, 1.0, &error));
    CHECK_NEAR(schur.eigenvalue_re[0], -1.4, 1e-14);
    schur_release(&schur);
    CHECK_OK(schur_compute(&schur, W, 2, 0.5, &error));
    CHECK_NEAR(schur.eigenvalue_re[0], 0.9, 1e-14);
    CHECK_NEAR(schur.blocks[0].modulus, 0.95, 1e-14);
    CHECK_NEAR(schur.blocks[1].modulus, 0.2, 1e-14);
    CHECK_NEAR(schur.spectral_radius, 1.4, 1e-14);
    /* In R from (0.2 / 0.95)^2 = 0.0443 on downwards. */
    assert_int_equal(split_at(&schur, 0.0444).n_r, 1);
    assert_int_equal(split_at(&schur, 0.0443).n_r, 2);
    schur_release(&schur);
}

int test_split(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r_ends_with_the_last_eigenvalue_above_the_threshold),
        cmocka_unit_test(the_rows_of_r_are_those_of_its_blocks),
        cmocka_unit_test(no_pair_is_split_between_the_sectors),
        cmocka_unit_test(r_shrinks_as_alpha_grows),
        cmocka_unit_test(a_vanishing_alpha_puts_everything_in_r),
        cmocka_unit_test(alpha_1_keeps_the_largest_modulus_and_its_ties),
        cmocka_unit_test(the_zero_matrix_is_all_in_r_and_weighs_nothing),
        cmocka_unit_test(masses_are_the_norms_of_the_couplings),
        cmocka_unit_test(the_alpha_gap_is_the_smallest_distance_to_the_threshold),
        cmocka_unit_test(an_eigenvalue_on_the_threshold_is_in_r),
        cmocka_unit_test(the_threshold_has_the_tolerance_of_ties),
        cmocka_unit_test(r_is_a_prefix_even_when_a_tie_straddles_the_threshold),
        cmocka_unit_test(at_alpha_1_only_the_largest_block_is_left_out_of_the_gap),
        cmocka_unit_test(half_the_time_step_leaves_the_sectors),
        cmocka_unit_test(a_leak_orders_by_the_step_operator),
    };
    return cmocka_run_group_tests(tests, spectra_create, spectra_release);
}
