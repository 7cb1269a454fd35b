#include "team/team_model.h"

#include "support/check.h"

/* Cores of 20 Gflop/s on a fast network, on Ethernet of 10 Gbit/s and of 1. */
static const struct team_machine FAST = {2e10, 2e-6, 1e10};
static const struct team_machine MIDDLING = {2e10, 3e-5, 1e9};
static const struct team_machine SLOW = {2e10, 1e-4, 1e8};

static void one_rank_takes_as_long_as_its_operations(void **state)
{
    (void)state;
    CHECK_NEAR(team_model_seconds(1000, 1, &FAST), 31e9 / 2e10, 1e-9);
    CHECK_NEAR(team_model_seconds(2000, 1, &FAST), 8.0 * 31e9 / 2e10, 1e-9);
    CHECK_SAME(team_model_seconds(1000, 1, &SLOW), team_model_seconds(1000, 1, &FAST));
}

static void a_slower_network_is_never_better(void **state)
{
    (void)state;
    for (int n = 256; n <= 32768; n *= 2) {
        for (int ranks = 2; ranks <= 64; ranks *= 2) {
            assert_true(team_model_seconds(n, ranks, &FAST) < team_model_seconds(n, ranks, &SLOW));
        }
    }
}

/* Two ranks never pay in time alone; many do for wide matrices, the wider the slower the network,
 * and on the slowest never. */
static void teams_pay_for_wide_matrices(void **state)
{
    (void)state;
    assert_true(team_model_seconds(512, 2, &FAST) > team_model_seconds(512, 1, &FAST));
    assert_true(team_model_seconds(4096, 16, &FAST) < 0.25 * team_model_seconds(4096, 1, &FAST));
    assert_true(team_model_seconds(2048, 16, &MIDDLING) > team_model_seconds(2048, 1, &FAST));
    assert_true(team_model_seconds(8192, 16, &MIDDLING) < team_model_seconds(8192, 1, &FAST));
    assert_true(team_model_seconds(16384, 16, &SLOW) > team_model_seconds(16384, 1, &FAST));
}

static void memory_is_shared(void **state)
{
    (void)state;
    CHECK_NEAR(team_model_bytes(2048, 64, 1, 1), 5.0 * 8.0 * 2048.0 * 2048.0, 1.0);
    CHECK_NEAR(team_model_bytes(8192, 64, 2, 2) - team_model_bytes(4096, 64, 2, 2),
               5.0 * 8.0 * (4096.0 * 4096.0 - 2048.0 * 2048.0), 1.0);
    assert_true(team_model_bytes(8192, 64, 4, 4) < 0.3 * team_model_bytes(8192, 64, 2, 2));
}

int test_team_model(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_takes_as_long_as_its_operations),
        cmocka_unit_test(a_slower_network_is_never_better),
        cmocka_unit_test(teams_pay_for_wide_matrices),
        cmocka_unit_test(memory_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
