#include "core/isa.h"

#include "support/check.h"

static struct error error;

static void every_path_has_a_name_that_finds_it(void **state)
{
    (void)state;
    for (int i = 0; i < ISA_COUNT; i++) {
        enum isa path = ISA_PORTABLE;
        const char *const name = isa_name((enum isa)i);
        if (isa_available((enum isa)i)) {
            CHECK_OK(isa_find(name, &path, &error));
            assert_int_equal(path, i);
        } else {
            CHECK_FAILS(isa_find(name, &path, &error), STATUS_USAGE,
                        "this processor does not have it");
        }
    }
    assert_string_equal(isa_name(ISA_PORTABLE), "portable");
    assert_string_equal(isa_name(ISA_AVX2), "avx2");
    assert_string_equal(isa_name(ISA_AVX512), "avx512");
}

static void the_portable_path_is_everywhere(void **state)
{
    (void)state;
    assert_true(isa_available(ISA_PORTABLE));
}

static void the_best_path_is_the_last_available_one(void **state)
{
    (void)state;
    const enum isa best = isa_best();
    assert_true(isa_available(best));
    for (int i = (int)best + 1; i < ISA_COUNT; i++) {
        assert_false(isa_available((enum isa)i));
    }
}

static void no_name_stands_for_the_best_path(void **state)
{
    (void)state;
    enum isa path = ISA_PORTABLE;
    CHECK_OK(isa_find(NULL, &path, &error));
    assert_int_equal(path, isa_best());
}

static void an_unknown_name_is_a_usage_error_that_lists_the_known_ones(void **state)
{
    (void)state;
    enum isa path = ISA_PORTABLE;
    CHECK_FAILS(isa_find("sse", &path, &error), STATUS_USAGE,
                "'sse': unknown, expected portable, avx2 or avx512");
    CHECK_FAILS(isa_find("", &path, &error), STATUS_USAGE, "''");
    CHECK_FAILS(isa_find("AVX2", &path, &error), STATUS_USAGE, "'AVX2'");
}

int test_isa(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_has_a_name_that_finds_it),
        cmocka_unit_test(the_portable_path_is_everywhere),
        cmocka_unit_test(the_best_path_is_the_last_available_one),
        cmocka_unit_test(no_name_stands_for_the_best_path),
        cmocka_unit_test(an_unknown_name_is_a_usage_error_that_lists_the_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
