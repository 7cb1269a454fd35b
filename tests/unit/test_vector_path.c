#include "core/vector_path.h"

#include "support/check.h"

static struct error error;

static void every_path_has_a_name_that_finds_it(void **state)
{
    (void)state;
    for (int i = 0; i < VECTOR_PATH_COUNT; i++) {
        enum vector_path path = VECTOR_PORTABLE;
        const char *const name = vector_path_name((enum vector_path)i);
        if (vector_path_available((enum vector_path)i)) {
            CHECK_OK(vector_path_find(name, &path, &error));
            assert_int_equal(path, i);
        } else {
            CHECK_FAILS(vector_path_find(name, &path, &error), STATUS_USAGE,
                        "this processor does not have it");
        }
    }
    assert_string_equal(vector_path_name(VECTOR_PORTABLE), "portable");
    assert_string_equal(vector_path_name(VECTOR_AVX2), "avx2");
    assert_string_equal(vector_path_name(VECTOR_AVX512), "avx512");
}

static void the_portable_path_is_everywhere(void **state)
{
    (void)state;
    assert_true(vector_path_available(VECTOR_PORTABLE));
}

static void the_best_path_is_the_last_available_one(void **state)
{
    (void)state;
    const enum vector_path best = vector_path_best();
    assert_true(vector_path_available(best));
    for (int i = (int)best + 1; i < VECTOR_PATH_COUNT; i++) {
        assert_false(vector_path_available((enum vector_path)i));
    }
}

static void no_name_stands_for_the_best_path(void **state)
{
    (void)state;
    enum vector_path path = VECTOR_PORTABLE;
    CHECK_OK(vector_path_find(NULL, &path, &error));
    assert_int_equal(path, vector_path_best());
}

static void an_unknown_name_is_a_usage_error_that_lists_the_known_ones(void **state)
{
    (void)state;
    enum vector_path path = VECTOR_PORTABLE;
    CHECK_FAILS(vector_path_find("sse", &path, &error), STATUS_USAGE,
                "'sse': unknown, expected portable, avx2 or avx512");
    CHECK_FAILS(vector_path_find("", &path, &error), STATUS_USAGE, "''");
    CHECK_FAILS(vector_path_find("AVX2", &path, &error), STATUS_USAGE, "'AVX2'");
}

int main(void)
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
