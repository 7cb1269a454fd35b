#include "team/standardise.h"

#include "core/rng.h"
#include "support/check.h"
#include "support/matgen.h"

#include <stdlib.h>

enum { N = 13 };

static const int PAIRS[] = {0, 3, 5, 8, 11};

/* Quasi-triangular, with 2x2 blocks of normal entries: real and complex pairs, none standard. */
static void fill(double *t, uint64_t seed)
{
    struct rng rng = rng_stream((struct rng_key){{0x7374616e64, seed}}, 0, 0);
    for (int col = 0; col < N; col++) {
        for (int row = 0; row <= col; row++) {
            t[col * N + row] = rng_normal(&rng);
        }
    }
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        t[PAIRS[i] * N + PAIRS[i] + 1] = rng_normal(&rng);
    }
}

static void check_standard(const double *t)
{
    for (int i = 0; i + 1 < N; i++) {
        const double *const block = t + i * N + i;
        assert_true(is_standard_block(block[0], block[N], block[1], block[N + 1]));
        for (int row = i + 2; row < N; row++) {
            CHECK_SAME(t[i * N + row], 0.0);
        }
    }
}

static void every_pair_becomes_standard_and_q_follows(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        double *const t = matgen_zeros(N * N);
        double *const before = matgen_zeros(N * N);
        double *const q = matgen_zeros(N * N);
        fill(t, seed);
        matgen_transpose(t, before, N); /* row-major */
        for (int i = 0; i < N; i++) {
            q[i * N + i] = 1.0;
        }
        assert_true(standardise_blocks(t, q, N) == 5);
        check_standard(t);
        assert_true(matgen_residual(before, q, t, N) < 20.0);
        assert_true(matgen_orthogonality(q, N) < 20.0);
        free(t);
        free(before);
        free(q);
    }
}

static void a_standard_form_keeps_its_bits(void **state)
{
    (void)state;
    double t[16] = {1.0, 2.0, 0.0,  0.0, -3.0, 1.0, 0.0, 0.0,
                    5.0, 6.0, -0.5, 0.0, 7.0,  8.0, 9.0, 4.0};
    double q[16] = {1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0};
    double old[16];
    memcpy(old, t, sizeof t);
    assert_int_equal(standardise_blocks(t, q, 4), 0);
    assert_memory_equal(t, old, sizeof t);
    CHECK_SAME(q[0], 1.0);
}

int test_standardise(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_becomes_standard_and_q_follows),
        cmocka_unit_test(a_standard_form_keeps_its_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
