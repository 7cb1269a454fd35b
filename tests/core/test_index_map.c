/* A map is judged by a plain list of the same keys. */
#include "core/index_map.h"

#include "support/check.h"

static struct error error;

enum { N_KEYS = 5000 };

static struct hash128 key_of(int i)
{
    return hash_bytes128(&i, sizeof i);
}

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    struct index_map map = {0};
    assert_int_equal(index_map_find(&map, key_of(1)), -1);
    index_map_release(&map);
    index_map_release(&map);
}

static void keys_are_found_while_the_map_grows(void **state)
{
    (void)state;
    struct index_map map = {0};
    for (int i = 0; i < N_KEYS; i++) {
        assert_int_equal(index_map_find(&map, key_of(i)), -1);
        CHECK_OK(index_map_put(&map, key_of(i), i, &error));
        assert_int_equal(index_map_find(&map, key_of(i / 2)), i / 2);
    }
    for (int i = 0; i < N_KEYS; i++) {
        assert_int_equal(index_map_find(&map, key_of(i)), i);
    }
    assert_int_equal(map.count, N_KEYS);
    assert_true(map.capacity >= 2 * map.count); /* a search ends at a free slot */
    index_map_release(&map);
}

static void a_key_has_the_index_it_got_last(void **state)
{
    (void)state;
    struct index_map map = {0};
    CHECK_OK(index_map_put(&map, key_of(1), 0, &error));
    CHECK_OK(index_map_put(&map, key_of(2), 5, &error));
    CHECK_OK(index_map_put(&map, key_of(1), 7, &error));
    assert_int_equal(index_map_find(&map, key_of(1)), 7);
    assert_int_equal(index_map_find(&map, key_of(2)), 5);
    assert_int_equal(map.count, 2);
    index_map_release(&map);
}

/* They all belong into one slot, the last one of any table, and differ in the other half. */
static void keys_that_collide_are_told_apart(void **state)
{
    (void)state;
    struct index_map map = {0};
    for (int i = 0; i < 100; i++) {
        const struct hash128 key = {.low = UINT64_MAX, .high = (uint64_t)i};
        assert_int_equal(index_map_find(&map, key), -1);
        CHECK_OK(index_map_put(&map, key, i, &error));
    }
    for (int i = 0; i < 100; i++) {
        const struct hash128 key = {.low = UINT64_MAX, .high = (uint64_t)i};
        assert_int_equal(index_map_find(&map, key), i);
    }
    index_map_release(&map);
}

static void the_key_of_zeros_is_a_key(void **state)
{
    (void)state;
    struct index_map map = {0};
    const struct hash128 zeros = {0};
    CHECK_OK(index_map_put(&map, key_of(1), 3, &error));
    assert_int_equal(index_map_find(&map, zeros), -1);
    CHECK_OK(index_map_put(&map, zeros, 0, &error));
    assert_int_equal(index_map_find(&map, zeros), 0);
    index_map_release(&map);
}

int test_index_map(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(keys_are_found_while_the_map_grows),
        cmocka_unit_test(a_key_has_the_index_it_got_last),
        cmocka_unit_test(keys_that_collide_are_told_apart),
        cmocka_unit_test(the_key_of_zeros_is_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
