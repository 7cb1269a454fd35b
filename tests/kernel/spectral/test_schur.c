#include "kernel/spectral/schur.h"

#include "support/check.h"
#include "support/spectra.h"

#include <float.h>
#include <stdlib.h>

/* Independent of dgees: QR iteration without Schur vectors, after balancing. */
void dgeev_(const char *jobvl, const char *jobvr, const int *n, double *a, const int *lda,
            double *wr, double *wi, double *vl, const int *ldvl, double *vr, const int *ldvr,
            double *work, const int *lwork, int *info, size_t length_l, size_t length_r);

static struct error error;

static void every_kind_of_matrix_in_every_size_has_a_certified_form(void **state)
{
    (void)state;
    int count = 0;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        assert_int_equal(s->schur.n, s->n);
        count++;
    }
    assert_int_equal(count, SPECTRA_COUNT);
}

static void q_t_q_transposed_is_w_up_to_rounding(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        const double residual = matgen_residual(s->w, s->schur.q, s->schur.t, s->n);
        if (!(residual <= matgen_rounding_limit(s->n))) {
            fail_msg("%s: residual %g eps", spectrum_name(s), residual);
        }
    }
}

static void q_is_orthogonal_up_to_rounding(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        const double orthogonality_loss = matgen_orthogonality(s->schur.q, s->n);
        if (!(orthogonality_loss <= matgen_rounding_limit(s->n))) {
            fail_msg("%s: orthogonality_loss %g eps", spectrum_name(s), orthogonality_loss);
        }
    }
}

static void the_certificate_agrees_with_plain_loops(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        const double residual = matgen_residual(s->w, s->schur.q, s->schur.t, s->n);
        const double orthogonality_loss = matgen_orthogonality(s->schur.q, s->n);
        const struct schur_certificate *const certificate = &s->schur.certificate;
        CHECK_NEAR(certificate->residual / DBL_EPSILON, residual, 1.0 + 0.1 * residual);
        CHECK_NEAR(certificate->orthogonality_loss / DBL_EPSILON, orthogonality_loss,
                   1.0 + 0.1 * orthogonality_loss);
    }
}

static void the_weights_are_not_changed(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const fresh = matgen_zeros(matgen_square(s->n));
        matgen_fill(s->kind, 1, fresh, s->n);
        assert_memory_equal(s->w, fresh, matgen_square(s->n) * sizeof *fresh);
        free(fresh);
    }
}

static void t_is_quasi_triangular_with_exact_zeros(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int column = 0; column < s->n; column++) {
            for (int row = column + 2; row < s->n; row++) {
                CHECK_SAME(spectrum_t(s, row, column), 0.0);
            }
            const bool pair = column + 1 < s->n && spectrum_t(s, column + 1, column) != 0.0;
            if (pair && column + 2 < s->n) { /* no chain of three rows */
                CHECK_SAME(spectrum_t(s, column + 2, column + 1), 0.0);
            }
        }
    }
}

static void pairs_are_standardised(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int row = 0; row + 1 < s->n; row++) {
            const double below = spectrum_t(s, row + 1, row);
            const double above = spectrum_t(s, row, row + 1);
            if (below != 0.0) { /* equal diagonal, off-diagonal of opposite sign: complex */
                CHECK_SAME(spectrum_t(s, row, row), spectrum_t(s, row + 1, row + 1));
                assert_true((below > 0.0 && above < 0.0) || (below < 0.0 && above > 0.0));
            }
        }
    }
}

static void t_has_no_negative_zeros(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (size_t i = 0; i < matgen_square(s->n); i++) {
            assert_false(s->schur.t[i] == 0.0 && signbit(s->schur.t[i]));
        }
    }
}

static void blocks_tile_the_rows_as_t_says(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        int row = 0;
        for (int b = 0; b < s->schur.n_blocks; b++) {
            const struct schur_block *const block = &s->schur.blocks[b];
            assert_int_equal(block->start, row);
            for (int i = 0; i < block->size; i++, row++) {
                assert_int_equal(s->block_of_row[row], b);
                CHECK_NEAR(block->modulus, spectrum_modulus(s, row), 4e-16 * block->modulus);
            }
        }
        assert_int_equal(row, s->n);
    }
}

/* A later block may exceed an earlier one by the tie tolerance, and by what the swaps round. */
static void moduli_do_not_increase_beyond_the_tie_tolerance(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        const double slack = 16.0 * s->n * DBL_EPSILON * s->schur.norm;
        double smallest = INFINITY;
        double worst = -INFINITY;
        for (int row = 0; row < s->n; row++) {
            const double modulus = spectrum_modulus(s, row);
            assert_true(modulus * (1.0 - 1e-10) <= smallest + slack);
            worst = fmax(worst, row > 0 ? modulus - smallest : -INFINITY);
            smallest = fmin(smallest, modulus);
        }
        if (worst > 0.0) { /* and the certificate has seen it */
            CHECK_NEAR(s->schur.certificate.disorder, worst / s->schur.spectral_radius, 1e-15);
        }
    }
}

static void eigenvalues_solve_the_equation_of_their_block(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (int row = 0; row < s->n; row++) {
            const double re = s->schur.eigenvalue_re[row];
            const double im = s->schur.eigenvalue_im[row];
            const bool pair = row + 1 < s->n && s->block_of_row[row] == s->block_of_row[row + 1];
            CHECK_SAME(re, spectrum_t(s, row, row));
            if (!pair) {
                CHECK_SAME(im, 0.0);
                continue;
            }
            /* im^2 = -b c, divided first so that it neither overflows nor underflows */
            const double ratio =
                -spectrum_t(s, row, row + 1) / im * (spectrum_t(s, row + 1, row) / im);
            CHECK_NEAR(ratio, 1.0, 1e-14);
            assert_true(im > 0.0);
            CHECK_SAME(s->schur.eigenvalue_re[row + 1], re);
            CHECK_SAME(s->schur.eigenvalue_im[row + 1], -im);
            row++;
        }
    }
}

static void norm_and_spectral_radius_are_those_of_t(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double largest = 0.0;
        for (int row = 0; row < s->n; row++) {
            largest = fmax(largest, spectrum_modulus(s, row));
        }
        const double norm = matgen_norm(s->schur.t, matgen_square(s->n));
        CHECK_NEAR(s->schur.spectral_radius, largest, 4e-16 * largest);
        CHECK_NEAR(s->schur.norm, norm, 1e-13 * norm);
        CHECK_NEAR(s->schur.norm, matgen_norm(s->w, matgen_square(s->n)), 1e-13 * norm);
    }
}

static void eigenvalues_by_dgeev(const struct spectrum *s, double *re, double *im)
{
    const int n = s->n;
    const int one = 1;
    const int size = 8 * n;
    int info = -1;
    double *const a = matgen_zeros(matgen_square(n));
    double *const work = matgen_zeros((size_t)size);
    matgen_transpose(s->w, a, n);
    dgeev_("N", "N", &n, a, &n, re, im, NULL, &one, NULL, &one, work, &size, &info, 1, 1);
    assert_int_equal(info, 0);
    free(a);
    free(work);
}

/* Largest distance when every eigenvalue takes the nearest one that is left. */
static double match(const struct spectrum *s, const double *re, const double *im)
{
    bool *const taken = calloc((size_t)s->n, sizeof *taken);
    assert_non_null(taken);
    double worst = 0.0;
    for (int row = 0; row < s->n; row++) {
        int nearest = -1;
        double best = INFINITY;
        for (int i = 0; i < s->n; i++) {
            const double away =
                hypot(re[i] - s->schur.eigenvalue_re[row], im[i] - s->schur.eigenvalue_im[row]);
            if (!taken[i] && away < best) {
                best = away;
                nearest = i;
            }
        }
        assert_true(nearest >= 0);
        taken[nearest] = true;
        worst = fmax(worst, best);
    }
    free(taken);
    return worst;
}

static void eigenvalues_agree_with_an_independent_routine(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const values = matgen_zeros(2 * (size_t)s->n);
        eigenvalues_by_dgeev(s, values, values + s->n);
        const double tolerance = spectrum_is_well_conditioned(s) ? 1e-12 : 1e-6;
        const double worst = match(s, values, values + s->n);
        if (!(worst <= tolerance * s->schur.norm)) {
            fail_msg("%s: eigenvalues differ by %g |W|", spectrum_name(s), worst / s->schur.norm);
        }
        free(values);
    }
}

static void real_and_complex_spectra_give_blocks_of_size_1_and_2(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (s->kind == MATGEN_SYMMETRIC || s->kind == MATGEN_REAL_SPECTRUM) {
            assert_int_equal(s->schur.n_blocks, s->n);
        } else if (s->kind == MATGEN_COMPLEX_SPECTRUM) {
            assert_int_equal(s->schur.n_blocks, (s->n + 1) / 2);
        }
    }
}

static void moduli_are_invariant_under_an_orthogonal_similarity(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (!spectrum_is_well_conditioned(s)) {
            continue;
        }
        double *const q = matgen_zeros(matgen_square(s->n));
        double *const moved = matgen_zeros(matgen_square(s->n));
        struct schur schur;
        matgen_haar(5, q, s->n);
        matgen_similarity(q, s->w, moved, s->n);
        CHECK_OK(schur_compute(&schur, moved, s->n, 1.0, &error));
        for (int row = 0; row < s->n; row++) {
            const double modulus = hypot(schur.eigenvalue_re[row], schur.eigenvalue_im[row]);
            CHECK_NEAR(modulus, spectrum_modulus(s, row), 1e-11 * s->schur.norm);
        }
        schur_release(&schur);
        free(q);
        free(moved);
    }
}

/* Henrici's definition, in long double because it subtracts two sums that may be nearly equal. */
static double departure_by_definition(const struct spectrum *s)
{
    long double squares = 0.0L;
    long double moduli = 0.0L;
    for (size_t i = 0; i < matgen_square(s->n); i++) {
        const long double entry = (long double)s->schur.t[i] / s->schur.norm;
        squares += entry * entry;
    }
    for (int row = 0; row < s->n; row++) {
        const long double re = (long double)s->schur.eigenvalue_re[row] / s->schur.norm;
        const long double im = (long double)s->schur.eigenvalue_im[row] / s->schur.norm;
        moduli += re * re + im * im;
    }
    return (double)sqrtl(fmaxl(squares - moduli, 0.0L) / squares);
}

static void the_departure_is_that_of_henrici(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (s->kind == MATGEN_ZERO) {
            CHECK_SAME(schur_nonnormality(&s->schur), 0.0);
        } else {
            CHECK_NEAR(schur_nonnormality(&s->schur), departure_by_definition(s), 1e-8);
        }
    }
}

static void the_departure_of_a_normal_matrix_is_rounding_only(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (s->kind == MATGEN_NORMAL || s->kind == MATGEN_SYMMETRIC ||
            s->kind == MATGEN_ORTHOGONAL) {
            assert_true(schur_nonnormality(&s->schur) <= matgen_rounding_limit(s->n) * DBL_EPSILON);
        }
    }
}

static void the_modulus_gap_is_the_smallest_between_two_blocks(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double smallest = INFINITY; /* over all pairs, not only neighbours */
        for (int i = 0; i < s->n; i++) {
            for (int j = 0; j < i; j++) {
                const double gap = fabs(spectrum_modulus(s, i) - spectrum_modulus(s, j));
                smallest =
                    s->block_of_row[i] != s->block_of_row[j] ? fmin(smallest, gap) : smallest;
            }
        }
        const double gap = schur_modulus_gap(&s->schur);
        if (s->schur.n_blocks < 2 || s->schur.spectral_radius == 0.0) {
            assert_true(isnan(gap));
        } else {
            CHECK_NEAR(gap, smallest / s->schur.spectral_radius, 1e-14);
        }
    }
}

static void the_zero_matrix_has_only_zeros(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (s->kind == MATGEN_ZERO) {
            assert_int_equal(s->schur.n_blocks, s->n);
            CHECK_SAME(s->schur.norm, 0.0);
            CHECK_SAME(s->schur.spectral_radius, 0.0);
            CHECK_SAME(s->schur.certificate.residual, 0.0);
            assert_true(isnan(schur_modulus_gap(&s->schur)));
        }
    }
}

static void the_same_weights_give_the_same_bits(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct schur again;
        CHECK_OK(schur_compute(&again, s->w, s->n, 1.0, &error));
        assert_memory_equal(again.t, s->schur.t, matgen_square(s->n) * sizeof(double));
        assert_memory_equal(again.q, s->schur.q, matgen_square(s->n) * sizeof(double));
        schur_release(&again);
    }
}

int test_schur(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_matrix_in_every_size_has_a_certified_form),
        cmocka_unit_test(q_t_q_transposed_is_w_up_to_rounding),
        cmocka_unit_test(q_is_orthogonal_up_to_rounding),
        cmocka_unit_test(the_certificate_agrees_with_plain_loops),
        cmocka_unit_test(the_weights_are_not_changed),
        cmocka_unit_test(t_is_quasi_triangular_with_exact_zeros),
        cmocka_unit_test(pairs_are_standardised),
        cmocka_unit_test(t_has_no_negative_zeros),
        cmocka_unit_test(blocks_tile_the_rows_as_t_says),
        cmocka_unit_test(moduli_do_not_increase_beyond_the_tie_tolerance),
        cmocka_unit_test(eigenvalues_solve_the_equation_of_their_block),
        cmocka_unit_test(norm_and_spectral_radius_are_those_of_t),
        cmocka_unit_test(eigenvalues_agree_with_an_independent_routine),
        cmocka_unit_test(real_and_complex_spectra_give_blocks_of_size_1_and_2),
        cmocka_unit_test(moduli_are_invariant_under_an_orthogonal_similarity),
        cmocka_unit_test(the_departure_is_that_of_henrici),
        cmocka_unit_test(the_departure_of_a_normal_matrix_is_rounding_only),
        cmocka_unit_test(the_modulus_gap_is_the_smallest_between_two_blocks),
        cmocka_unit_test(the_zero_matrix_has_only_zeros),
        cmocka_unit_test(the_same_weights_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, spectra_create, spectra_release);
}
