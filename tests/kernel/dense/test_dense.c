#include "kernel/dense/dense.h"

#include "core/isa.h"
#include "kernel/dense/dense_kernel.h"
#include "support/check.h"
#include "support/matgen.h"

#include <math.h>
#include <stdlib.h>

static const int SIZES[] = {1, 2, 3, 4, 5, 8, 11, 17, 64, 67};
enum { SIZE_COUNT = sizeof SIZES / sizeof *SIZES };

static struct error error;

static size_t count_of(int n)
{
    return (size_t)n * (size_t)n;
}

static double *gauss(int n, uint64_t seed)
{
    double *const w = matgen_zeros(count_of(n));
    matgen_fill(MATGEN_GAUSSIAN, seed, w, n);
    return w;
}

static void products_are_those_of_plain_loops(void **state)
{
    (void)state;
    for (int k = 0; k < SIZE_COUNT; k++) {
        const int n = SIZES[k];
        double *const a = gauss(n, 1);
        double *const b = gauss(n, 2);
        double *const found = matgen_zeros(2 * count_of(n));
        double *const expected = found + count_of(n);
        CHECK_OK(dense_multiply(n, a, b, found, &error));
        matgen_multiply(a, b, expected, n);
        assert_true(matgen_distance(found, expected, count_of(n)) <=
                    4.0 * n * 0x1p-52 * matgen_norm(expected, count_of(n)));
        free(a);
        free(b);
        free(found);
    }
}

/* Residual in eps of what elimination with row exchanges has: Gauss matrices have all kinds of
 * pivots. */
static void solutions_solve(void **state)
{
    (void)state;
    for (int k = 0; k < SIZE_COUNT; k++) {
        const int n = SIZES[k];
        const size_t count = count_of(n);
        double *const a = gauss(n, 3);
        double *const b = gauss(n, 4);
        double *const x = matgen_zeros(2 * count);
        double *const product = x + count;
        a[0] = 0.0; /* no pivot without an exchange */
        if (n == 1) {
            a[0] = -2.0;
        }
        memcpy(x, b, count * sizeof *x);
        CHECK_OK(dense_solve(n, a, x, &error));
        matgen_multiply(a, x, product, n);
        assert_true(matgen_distance(product, b, count) <=
                    8.0 * n * 0x1p-52 * matgen_norm(a, count) * matgen_norm(x, count));
        free(a);
        free(b);
        free(x);
    }
}

/* Q' A is upper triangular with a positive diagonal, and Q is orthogonal. */
static void the_orthogonal_factor_is_that_of_a_positive_diagonal(void **state)
{
    (void)state;
    for (int k = 0; k < SIZE_COUNT; k++) {
        const int n = SIZES[k];
        const size_t count = count_of(n);
        const double bound = 4.0 * n * 0x1p-52;
        double *const a = gauss(n, 5);
        double *const q = matgen_zeros(2 * count);
        double *const r = q + count;
        memcpy(q, a, count * sizeof *q);
        CHECK_OK(dense_orthogonalise(n, q, &error));
        assert_true(matgen_orthogonality(q, n) <= 8.0);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int p = 0; p < n; p++) {
                    r[i * n + j] += q[p * n + i] * a[p * n + j];
                }
                assert_true(i <= j || fabs(r[i * n + j]) <= bound * matgen_norm(a, count));
            }
            assert_true(r[i * n + i] > 0.0);
        }
        free(a);
        free(q);
    }
}

static void avx2_and_avx512_add_the_same_bits(void **state)
{
    (void)state;
#if defined(__x86_64__)
    if (!isa_available(ISA_AVX512)) {
        skip();
    }
    enum { COUNT = 40 };
    double *const rows = gauss(16, 6);
    double two[COUNT] = {1.0, 2.0};
    double five[COUNT] = {1.0, 2.0};
    dense_add_rows_avx2(two, rows, COUNT, rows, COUNT);
    dense_add_rows_avx512(five, rows, COUNT, rows, COUNT);
    assert_memory_equal(two, five, sizeof two);
    free(rows);
#else
    skip();
#endif
}

int test_dense(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_of_plain_loops),
        cmocka_unit_test(solutions_solve),
        cmocka_unit_test(the_orthogonal_factor_is_that_of_a_positive_diagonal),
        cmocka_unit_test(avx2_and_avx512_add_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
