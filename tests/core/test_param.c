#include "core/param.h"

#include "support/check.h"

#include <math.h>

/* name, is_integer, default, low, high, values of the list that begins here, is_later */
static const struct param_spec PARAMS[] = {{"count", true, 3, 1, 100, 0, false},
                                           {"levels", false, 0.1, 0.01, 1, 3, false},
                                           {"levels", false, 0, 0.01, 1, 0, false},
                                           {"levels", false, 0, 0.01, 1, 0, false},
                                           {"share", false, 0.5, 0.25, 1, 0, false}};
enum { COUNT = sizeof PARAMS / sizeof PARAMS[0] };

static int refused(double count, double first, double second, double third, double share)
{
    const double values[COUNT] = {count, first, second, third, share};
    return params_refused(PARAMS, values, COUNT);
}

static void values_within_their_limits_are_allowed(void **state)
{
    (void)state;
    assert_int_equal(refused(3, 0.1, 0.2, 0.3, 0.5), -1);
    assert_int_equal(refused(1, 0.01, 1, 1, 0.25), -1);
    assert_int_equal(refused(100, 1, 1, 1, 1), -1);
    assert_int_equal(params_refused(PARAMS, NULL, 0), -1);
}

static void the_first_that_is_outside_or_not_whole_is_found(void **state)
{
    (void)state;
    assert_int_equal(refused(0, 9, 9, 9, 9), 0);
    assert_int_equal(refused(101, 0.1, 0.2, 0.3, 0.5), 0);
    assert_int_equal(refused(2.5, 0.1, 0.2, 0.3, 0.5), 0);
    assert_int_equal(refused(NAN, 0.1, 0.2, 0.3, 0.5), 0);
    assert_int_equal(refused(INFINITY, 0.1, 0.2, 0.3, 0.5), 0);
    assert_int_equal(refused(3, 0.1, -0.2, 0.3, 0.5), 2);
    assert_int_equal(refused(3, 0.1, 0.2, NAN, 0.5), 3);
}

/* What a list does not need is 0; its first value and what follows it may not be. */
static void a_list_may_end_early(void **state)
{
    (void)state;
    assert_int_equal(refused(3, 0.1, 0, 0, 0.5), -1);
    assert_int_equal(refused(3, 0.1, 0.2, 0, 0.5), -1);
    assert_int_equal(refused(3, 0, 0, 0, 0.5), 1);
    assert_int_equal(refused(3, 0.1, 0, 0, 0), 4);
}

int test_param(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_within_their_limits_are_allowed),
        cmocka_unit_test(the_first_that_is_outside_or_not_whole_is_found),
        cmocka_unit_test(a_list_may_end_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
