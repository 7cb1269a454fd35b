#include "core/coupling.h"

#include "support/check.h"

static const char *const NAMES[ABLATION_SET_COUNT] = {"none",  "RR",    "CR",    "CC",
                                                      "RR+CR", "RR+CC", "CR+CC", "RR+CR+CC"};

static void sets_come_in_the_documented_order(void **state)
{
    (void)state;
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        assert_string_equal(ablation_name(ABLATION_ORDER[i]), NAMES[i]);
    }
}

static void the_order_lists_every_set_once(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        assert_in_range(ABLATION_ORDER[i], 0, ABLATION_ALL);
        seen |= 1u << ABLATION_ORDER[i];
    }
    assert_int_equal(seen, 0xff);
}

static void couplings_are_named_in_the_order_of_the_sector_axis(void **state)
{
    (void)state;
    assert_string_equal(coupling_name((enum coupling)0), "RR");
    assert_string_equal(coupling_name((enum coupling)1), "CR");
    assert_string_equal(coupling_name((enum coupling)2), "CC");
}

/* The name of a set contains the name of a coupling exactly when the set contains the coupling. */
static void a_name_lists_the_couplings_of_its_set(void **state)
{
    (void)state;
    for (ablation_set set = 1; set < ABLATION_SET_COUNT; set++) {
        for (unsigned c = 0; c < COUPLING_COUNT; c++) {
            const char *const part = coupling_name((enum coupling)c);
            assert_int_equal(strstr(ablation_name(set), part) != NULL, set >> c & 1u);
        }
    }
}

static void a_set_is_found_by_its_name(void **state)
{
    (void)state;
    for (ablation_set set = 0; set < ABLATION_SET_COUNT; set++) {
        ablation_set found = 99;
        assert_true(ablation_from_name(ablation_name(set), &found));
        assert_int_equal(found, set);
    }
}

static void other_names_are_not_found_and_change_nothing(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"",   "rr",     "CR+RR", "RR+",       "RR ",
                                        "RC", "RR, CC", "all",   "RR+CR+CC+", "RR+RR"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        ablation_set found = 99;
        assert_false(ablation_from_name(WRONG[i], &found));
        assert_int_equal(found, 99);
    }
}

int test_coupling(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_come_in_the_documented_order),
        cmocka_unit_test(the_order_lists_every_set_once),
        cmocka_unit_test(couplings_are_named_in_the_order_of_the_sector_axis),
        cmocka_unit_test(a_name_lists_the_couplings_of_its_set),
        cmocka_unit_test(a_set_is_found_by_its_name),
        cmocka_unit_test(other_names_are_not_found_and_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
