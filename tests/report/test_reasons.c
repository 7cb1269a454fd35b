/* Why a coupling can go: the rule, on the factors of trained networks and about its limits. */
#include "report/reasons.h"

#include "support/check.h"

#include <math.h>

static struct factor exactly(double value)
{
    return (struct factor){value, value, value};
}

/* As if five networks agreed. */
static enum reason rule(double exposure, double visibility, double coordination)
{
    const struct reasons reasons = {.n = REASON_LEAST,
                                    .exposure = exactly(exposure),
                                    .visibility = exactly(visibility),
                                    .coordination = exactly(coordination)};
    return reason_of(&reasons);
}

/* RR, CR and CC at alpha 0.9, as an independent program has their factors. */
static void trained_networks_have_their_verdicts(void **state)
{
    (void)state;
    assert_int_equal(rule(11.3036, 4.7670, 0.3289), REASON_TOLERATED); /* sine */
    assert_int_equal(rule(2.2123, 3.5172, 0.7887), REASON_SUBSPACE);
    assert_int_equal(rule(0.9438, 6.4967, 1.8193), REASON_SUBSPACE);
    assert_int_equal(rule(14.0290, 0.2122, 1.1128), REASON_UNSEEN); /* flip-flop */
    assert_int_equal(rule(2.4379, 0.4459, 0.4152), REASON_TOLERATED);
    assert_int_equal(rule(0.4478, 1.1253, 0.7488), REASON_SUBSPACE);
    assert_int_equal(rule(18.6161, 21.0438, 1.3590), REASON_SUBSPACE); /* context integration */
    assert_int_equal(rule(1.2275, 6.0280, 0.6766), REASON_SUBSPACE);
    assert_int_equal(rule(2.1406, 1.0242, 1.6515), REASON_SUBSPACE);
    assert_int_equal(rule(1.5427, 0.8797, 0.0439), REASON_TOLERATED); /* copy */
    assert_int_equal(rule(0.2685, 1.2978, 0.1192), REASON_TOLERATED);
    assert_int_equal(rule(0.1069, 0.1024, 0.2134), REASON_IDLE);
}

static void limits_are_those_that_are_stated(void **state)
{
    (void)state;
    assert_int_equal(rule(0.2499, 1.0, 1.0), REASON_IDLE);
    assert_int_equal(rule(0.25, 0.2499, 1.0), REASON_UNSEEN);
    assert_int_equal(rule(0.25, 0.25, 0.4999), REASON_TOLERATED);
    assert_int_equal(rule(0.25, 0.25, 0.5), REASON_SUBSPACE);
    assert_int_equal(rule(0.25, 0.25, 2.0), REASON_SUBSPACE);
    assert_int_equal(rule(0.25, 0.25, 2.0001), REASON_FRAGILE);
}

static void an_interval_about_a_limit_decides_nothing(void **state)
{
    (void)state;
    struct reasons reasons = {.n = REASON_LEAST,
                              .exposure = {0.2, 0.1, 0.3},
                              .visibility = exactly(1.0),
                              .coordination = exactly(0.1)};
    assert_int_equal(reason_of(&reasons), REASON_UNDECIDED);
    reasons.visibility = exactly(0.1); /* unseen, be it idle or not */
    assert_int_equal(reason_of(&reasons), REASON_UNSEEN);
    reasons.exposure = exactly(1.0);
    reasons.visibility = (struct factor){0.2, 0.1, 0.3};
    assert_int_equal(reason_of(&reasons), REASON_UNDECIDED);
    reasons.visibility = exactly(1.0);
    reasons.coordination = (struct factor){0.45, 0.4, 0.6};
    assert_int_equal(reason_of(&reasons), REASON_UNDECIDED);
    reasons.coordination = (struct factor){2.2, 1.9, 2.6};
    assert_int_equal(reason_of(&reasons), REASON_UNDECIDED);
    reasons.coordination = (struct factor){2.2, 2.1, 2.6};
    assert_int_equal(reason_of(&reasons), REASON_FRAGILE);
}

static void few_networks_decide_nothing(void **state)
{
    (void)state;
    struct reasons reasons = {.n = REASON_LEAST - 1,
                              .exposure = exactly(0.1),
                              .visibility = exactly(1.0),
                              .coordination = exactly(1.0)};
    assert_int_equal(reason_of(&reasons), REASON_UNDECIDED);
    reasons.n = 0;
    assert_int_equal(reason_of(&reasons), REASON_UNKNOWN);
}

static void every_verdict_has_its_words(void **state)
{
    (void)state;
    assert_string_equal(reason_explanation(REASON_IDLE), "subspace");
    assert_string_equal(reason_explanation(REASON_UNSEEN), "subspace");
    assert_string_equal(reason_explanation(REASON_SUBSPACE), "subspace");
    assert_string_equal(reason_explanation(REASON_TOLERATED), "coupling");
    assert_string_equal(reason_explanation(REASON_FRAGILE), "coupling");
    assert_string_equal(reason_explanation(REASON_UNDECIDED), "");
    for (int i = REASON_UNDECIDED; i < REASON_COUNT; i++) {
        assert_true(reason_text((enum reason)i)[0] != '\0');
    }
}

int test_reasons(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trained_networks_have_their_verdicts),
        cmocka_unit_test(limits_are_those_that_are_stated),
        cmocka_unit_test(an_interval_about_a_limit_decides_nothing),
        cmocka_unit_test(few_networks_decide_nothing),
        cmocka_unit_test(every_verdict_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
