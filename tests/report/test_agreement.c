/* Kendall's tau-b counted by hand. */
#include "report/agreement.h"

#include "support/check.h"

static void order_alone_counts(void **state)
{
    (void)state;
    const double rising[] = {1.0, 2.0, 30.0, 31.0};
    const double curved[] = {-5.0, 0.0, 0.1, 1e9};
    const double falling[] = {4.0, 3.0, 2.0, 1.0};
    const double swapped[] = {1.0, 3.0, 2.0, 4.0};
    CHECK_NEAR(agreement_tau_b(rising, curved, 4), 1.0, 1e-15);
    CHECK_NEAR(agreement_tau_b(rising, falling, 4), -1.0, 1e-15);
    CHECK_NEAR(agreement_tau_b(rising, swapped, 4), 4.0 / 6, 1e-15);
}

static void ties_shrink_the_denominator(void **state)
{
    (void)state;
    const double tied[] = {1.0, 2.0, 2.0, 3.0};
    const double other[] = {1.0, 3.0, 2.0, 4.0};
    const double both[] = {1.0, 1.0, 2.0, 2.0};
    CHECK_NEAR(agreement_tau_b(tied, other, 4), 5.0 / sqrt(30.0), 1e-15);
    CHECK_NEAR(agreement_tau_b(other, tied, 4), 5.0 / sqrt(30.0), 1e-15);
    CHECK_NEAR(agreement_tau_b(tied, tied, 4), 1.0, 1e-15);
    CHECK_NEAR(agreement_tau_b(tied, both, 4), 3.0 / sqrt(20.0), 1e-15);
}

static void what_is_constant_has_no_order(void **state)
{
    (void)state;
    const double constant[] = {2.0, 2.0, 2.0};
    const double rising[] = {1.0, 2.0, 3.0};
    assert_true(isnan(agreement_tau_b(constant, rising, 3)));
    assert_true(isnan(agreement_tau_b(rising, constant, 3)));
    assert_true(isnan(agreement_tau_b(rising, rising, 1)));
    assert_true(isnan(agreement_tau_b(rising, rising, 0)));
}

int test_agreement(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_alone_counts),
        cmocka_unit_test(ties_shrink_the_denominator),
        cmocka_unit_test(what_is_constant_has_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
