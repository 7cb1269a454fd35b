/* Haar-distributed matrices, and the two constructions that are made of them. */
#include "kernel/constructions/construction.h"

#include "kernel/spectral/schur.h"
#include "support/check.h"
#include "support/construction_start.h"
#include "support/matgen.h"
#include "support/tally.h"

#include <stdlib.h>

enum { DRAWS = 20000 };

static struct error error;

static void draw_haar(int n, uint64_t number, double *q)
{
    struct rng rng = rng_stream((struct rng_key){{0x68616172, number}}, 0, 0);
    CHECK_OK(construction_haar(n, &rng, q, &error));
}

static void a_haar_matrix_is_orthogonal_to_rounding(void **state)
{
    (void)state;
    static const int SIZES[] = {1, 2, 3, 8, 17, 64, 200};
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        const int n = SIZES[i];
        double *const q = matgen_zeros((size_t)n * (size_t)n);
        double *const transpose = matgen_zeros((size_t)n * (size_t)n);
        draw_haar(n, 7, q);
        matgen_transpose(q, transpose, n);
        assert_true(matgen_orthogonality(q, n) <= n);
        assert_true(matgen_orthogonality(transpose, n) <= n);
        free(q);
        free(transpose);
    }
}

static void dense_orthogonal_starts_orthogonal(void **state)
{
    (void)state;
    const struct construction_ops *const ops = construction_find("dense_orthogonal");
    for (int n = 1; n <= 72; n += n < 4 ? 1 : 17) {
        struct start start = start_of(ops, n, (uint64_t)n);
        assert_true(matgen_orthogonality(start.w, n) <= n);
        start_release(&start);
    }
}

/* ---- distribution -------------------------------------------------------------------------------
 */

enum { N = 4 };

/* Moments of the entries of a Haar matrix (Weingarten calculus on O(n)), position by position. */
struct moments {
    struct tally first[N * N];
    struct tally second[N * N];
    struct tally fourth[N * N];
    struct tally corners;    /* q_11^2 q_22^2 */
    struct tally minor_term; /* q_11 q_22 q_12 q_21 */
};

static void add_moments(struct moments *moments, const double *q)
{
    for (int i = 0; i < N * N; i++) {
        const double square = q[i] * q[i];
        tally_add(&moments->first[i], q[i]);
        tally_add(&moments->second[i], square);
        tally_add(&moments->fourth[i], square * square);
    }
    const double diagonal = q[0] * q[N + 1];
    tally_add(&moments->corners, diagonal * diagonal);
    tally_add(&moments->minor_term, diagonal * q[1] * q[N]);
}

static void check_moments(const struct moments *moments)
{
    for (int i = 0; i < N * N; i++) {
        tally_check(&moments->first[i], 0.0, "q");
        tally_check(&moments->second[i], 1.0 / N, "q^2");
        tally_check(&moments->fourth[i], 3.0 / (N * (N + 2)), "q^4");
    }
    const double share = 1.0 / ((N - 1) * N * (N + 2));
    tally_check(&moments->corners, (N + 1) * share, "q_11^2 q_22^2");
    tally_check(&moments->minor_term, -share, "q_11 q_22 q_12 q_21");
}

/* Signs left as LAPACK gives them would make every q_11 negative. */
static void every_entry_of_a_haar_matrix_has_its_moments(void **state)
{
    (void)state;
    struct moments moments = {0};
    for (uint64_t number = 0; number < DRAWS; number++) {
        double q[N * N];
        draw_haar(N, number, q);
        add_moments(&moments, q);
    }
    check_moments(&moments);
}

static void haar_is_invariant_under_rotations_from_both_sides(void **state)
{
    (void)state;
    double fixed[N * N];
    struct moments left = {0};
    struct moments right = {0};
    matgen_haar(3, fixed, N);
    for (uint64_t number = 0; number < DRAWS; number++) {
        double q[N * N];
        double product[N * N];
        draw_haar(N, number, q);
        matgen_multiply(fixed, q, product, N);
        add_moments(&left, product);
        matgen_multiply(q, fixed, product, N);
        add_moments(&right, product);
    }
    check_moments(&left);
    check_moments(&right);
}

static double determinant(const double *q)
{
    return q[0] * (q[4] * q[8] - q[5] * q[7]) - q[1] * (q[3] * q[8] - q[5] * q[6]) +
           q[2] * (q[3] * q[7] - q[4] * q[6]);
}

/* Traces have the moments of the standard normal (Diaconis and Shahshahani 1994). */
static void haar_has_both_determinants_and_the_traces_of_the_whole_group(void **state)
{
    (void)state;
    struct tally sign = {0};
    struct tally traces[4] = {{0}};
    struct tally trace_of_square = {0};
    for (uint64_t number = 0; number < DRAWS; number++) {
        double q[9];
        double square[9];
        draw_haar(3, number, q);
        matgen_multiply(q, q, square, 3);
        const double trace = q[0] + q[4] + q[8];
        tally_add(&sign, determinant(q));
        tally_add(&traces[0], trace);
        tally_add(&traces[1], trace * trace);
        tally_add(&traces[2], trace * trace * trace);
        tally_add(&traces[3], trace * trace * trace * trace);
        tally_add(&trace_of_square, square[0] + square[4] + square[8]);
    }
    tally_check(&sign, 0.0, "det Q");
    tally_check(&traces[0], 0.0, "tr Q");
    tally_check(&traces[1], 1.0, "(tr Q)^2");
    tally_check(&traces[2], 0.0, "(tr Q)^3");
    tally_check(&traces[3], 3.0, "(tr Q)^4");
    tally_check(&trace_of_square, 1.0, "tr Q^2");
}

static void in_one_dimension_both_signs_come(void **state)
{
    (void)state;
    struct tally sign = {0};
    for (uint64_t number = 0; number < DRAWS; number++) {
        double q = 0.0;
        draw_haar(1, number, &q);
        CHECK_NEAR(fabs(q), 1.0, 0.0);
        tally_add(&sign, q);
    }
    tally_check(&sign, 0.0, "q");
}

/* ---- normal matrices ----------------------------------------------------------------------------
 */

static const struct construction_ops *normal_matrix(void)
{
    return construction_find("dense_normal_matrix");
}

static void a_normal_matrix_commutes_with_its_transpose(void **state)
{
    (void)state;
    for (int n = 2; n <= 66; n += 16) {
        const size_t count = (size_t)n * (size_t)n;
        struct start start = start_of(normal_matrix(), n, (uint64_t)n);
        double *const transpose = matgen_zeros(3 * count);
        double *const left = transpose + count;
        double *const right = left + count;
        matgen_transpose(start.w, transpose, n);
        matgen_multiply(start.w, transpose, left, n);
        matgen_multiply(transpose, start.w, right, n);
        const double scale = matgen_norm(left, count);
        assert_true(matgen_distance(left, right, count) <= n * 0x1p-52 * scale);
        free(transpose);
        start_release(&start);
    }
}

/* Moduli and angles of the eigenvalues of one matrix. */
static void add_spectrum(const struct schur *schur, struct tally *tallies)
{
    for (int i = 0; i < schur->n; i++) {
        if (schur->eigenvalue_im[i] > 0.0) {
            const double square = schur->eigenvalue_re[i] * schur->eigenvalue_re[i] +
                                  schur->eigenvalue_im[i] * schur->eigenvalue_im[i];
            const double angle =
                atan2(schur->eigenvalue_im[i], schur->eigenvalue_re[i]) / (4.0 * atan(1.0));
            assert_true(square < 1.0 + 1e-12);
            tally_add(&tallies[0], square);
            tally_add(&tallies[1], square * square);
            tally_add(&tallies[2], angle);
            tally_add(&tallies[3], angle * angle);
        }
    }
}

static void its_eigenvalues_fill_the_unit_disc_uniformly(void **state)
{
    (void)state;
    static const int WIDTHS[] = {2, 8, 64};
    for (int k = 0; k < 3; k++) {
        struct tally tallies[4] = {{0}};
        const int n_matrices = 4000 / WIDTHS[k];
        for (int number = 0; number < n_matrices; number++) {
            struct start start = start_of(normal_matrix(), WIDTHS[k], (uint64_t)number);
            struct schur schur;
            CHECK_OK(schur_compute(&schur, start.w, WIDTHS[k], 1.0, &error));
            add_spectrum(&schur, tallies);
            assert_true(schur_nonnormality(&schur) < 1e-12);
            schur_release(&schur);
            start_release(&start);
        }
        assert_true(tallies[0].count >= 0.999 * n_matrices * WIDTHS[k] / 2); /* all complex */
        tally_check(&tallies[0], 1.0 / 2.0, "|lambda|^2");
        tally_check(&tallies[1], 1.0 / 3.0, "|lambda|^4");
        tally_check(&tallies[2], 1.0 / 2.0, "arg lambda / pi");
        tally_check(&tallies[3], 1.0 / 3.0, "(arg lambda / pi)^2");
    }
}

int test_construction_haar(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_haar_matrix_is_orthogonal_to_rounding),
        cmocka_unit_test(dense_orthogonal_starts_orthogonal),
        cmocka_unit_test(every_entry_of_a_haar_matrix_has_its_moments),
        cmocka_unit_test(haar_is_invariant_under_rotations_from_both_sides),
        cmocka_unit_test(haar_has_both_determinants_and_the_traces_of_the_whole_group),
        cmocka_unit_test(in_one_dimension_both_signs_come),
        cmocka_unit_test(a_normal_matrix_commutes_with_its_transpose),
        cmocka_unit_test(its_eigenvalues_fill_the_unit_disc_uniformly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
