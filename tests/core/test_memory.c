#include "core/memory.h"

#include "support/check.h"

#include <stdlib.h>

/* An impossible size must come back as NULL, as it does without the sanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static struct error error;

static void an_array_is_zero_and_aligned_to_a_cache_line(void **state)
{
    (void)state;
    for (size_t turn = 0; turn < 80; turn++) { /* the second time memory is used and dirty */
        const size_t count = turn % 40;
        double *values = NULL;
        CHECK_OK(memory_array(&values, count, sizeof *values, &error));
        assert_non_null(values);
        assert_int_equal((uintptr_t)values % 64, 0);
        for (size_t i = 0; i < count; i++) {
            CHECK_SAME(values[i], 0.0);
            values[i] = 1.0;
        }
        free(values);
    }
}

static void a_product_that_overflows_is_refused(void **state)
{
    (void)state;
    static const size_t SIZES[][2] = {{SIZE_MAX, 2}, {SIZE_MAX / 8 + 1, 8}, {SIZE_MAX, 1}};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        void *block = &block;
        CHECK_FAILS(memory_array(&block, SIZES[i][0], SIZES[i][1], &error), STATUS_INTERNAL,
                    "elements");
        assert_null(block);
    }
}

static void a_size_that_is_not_there_is_refused_and_named(void **state)
{
    (void)state;
    void *block = &block;
    CHECK_FAILS(memory_array(&block, (size_t)1 << 59, 8, &error), STATUS_INTERNAL,
                "576460752303423488 elements of 8 bytes");
    assert_null(block);
}

static void a_matrix_with_too_many_elements_is_refused(void **state)
{
    (void)state;
    void *block = &block;
    CHECK_FAILS(memory_array2(&block, (size_t)1 << 33, (size_t)1 << 33, 1, &error), STATUS_INTERNAL,
                "out of memory");
    assert_null(block);
    /* The elements could be counted, their bytes could not. */
    block = &block;
    CHECK_FAILS(memory_array2(&block, (size_t)1 << 31, (size_t)1 << 31, 8, &error), STATUS_INTERNAL,
                "out of memory");
    assert_null(block);
}

static void a_matrix_has_room_for_all_its_elements(void **state)
{
    (void)state;
    int32_t *values = NULL;
    CHECK_OK(memory_array2(&values, 7, 11, sizeof *values, &error));
    for (int i = 0; i < 77; i++) {
        assert_int_equal(values[i], 0);
        values[i] = i; /* ASan watches the end */
    }
    free(values);
}

static void growing_keeps_the_content(void **state)
{
    (void)state;
    uint64_t *values = NULL;
    size_t capacity = 0;
    for (size_t i = 0; i < 1000; i++) {
        CHECK_OK(memory_reserve(&values, &capacity, i + 1, sizeof *values, &error));
        assert_true(capacity > i);
        values[i] = i * i;
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(values[i], i * i);
    }
    free(values);
}

static void growing_moves_the_array_a_logarithmic_number_of_times(void **state)
{
    (void)state;
    char *values = NULL;
    size_t capacity = 0;
    int growths = 0;
    for (size_t i = 1; i <= 1 << 16; i++) {
        const size_t before = capacity;
        CHECK_OK(memory_reserve(&values, &capacity, i, 1, &error));
        growths += capacity != before;
    }
    assert_in_range(growths, 1, 17);
    free(values);
}

static void enough_room_changes_nothing(void **state)
{
    (void)state;
    char *values = NULL;
    size_t capacity = 0;
    CHECK_OK(memory_reserve(&values, &capacity, 100, 1, &error));
    char *const place = values;
    const size_t before = capacity;
    CHECK_OK(memory_reserve(&values, &capacity, before, 1, &error));
    assert_ptr_equal(values, place);
    assert_int_equal(capacity, before);
    free(values);
}

static void growing_beyond_reason_is_refused_and_keeps_the_array(void **state)
{
    (void)state;
    static const size_t NEEDS[] = {SIZE_MAX, SIZE_MAX / 8, (size_t)1 << 58};
    double *values = NULL;
    size_t capacity = 0;
    CHECK_OK(memory_reserve(&values, &capacity, 3, sizeof *values, &error));
    values[2] = 4.5;
    const size_t before = capacity;
    for (size_t i = 0; i < sizeof NEEDS / sizeof *NEEDS; i++) {
        CHECK_FAILS(memory_reserve(&values, &capacity, NEEDS[i], sizeof *values, &error),
                    STATUS_INTERNAL, "out of memory");
        assert_int_equal(capacity, before);
        CHECK_SAME(values[2], 4.5);
    }
    free(values);
}

static void a_string_is_copied(void **state)
{
    (void)state;
    char original[] = "weights";
    char *copy = NULL;
    CHECK_OK(memory_string(&copy, original, &error));
    original[0] = 'W';
    assert_string_equal(copy, "weights");
    free(copy);
    CHECK_OK(memory_string(&copy, "", &error));
    assert_string_equal(copy, "");
    free(copy);
}

int test_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_is_zero_and_aligned_to_a_cache_line),
        cmocka_unit_test(a_product_that_overflows_is_refused),
        cmocka_unit_test(a_size_that_is_not_there_is_refused_and_named),
        cmocka_unit_test(a_matrix_with_too_many_elements_is_refused),
        cmocka_unit_test(a_matrix_has_room_for_all_its_elements),
        cmocka_unit_test(growing_keeps_the_content),
        cmocka_unit_test(growing_moves_the_array_a_logarithmic_number_of_times),
        cmocka_unit_test(enough_room_changes_nothing),
        cmocka_unit_test(growing_beyond_reason_is_refused_and_keeps_the_array),
        cmocka_unit_test(a_string_is_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
