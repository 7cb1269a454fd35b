#include "core/hash.h"

#include "support/check.h"

static struct error error;

static struct hasher *new_hasher(void)
{
    struct hasher *hasher = NULL;
    CHECK_OK(hasher_create(&hasher, &error));
    return hasher;
}

static struct hash128 finish(struct hasher *hasher)
{
    const struct hash128 digest = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    return digest;
}

static bool equal(struct hash128 a, struct hash128 b)
{
    return a.low == b.low && a.high == b.high;
}

/* From the XXH3 specification: the hash of nothing with seed 0. */
static void the_hash_of_nothing_is_the_published_one(void **state)
{
    (void)state;
    const struct hash128 empty = {0x6001c324468d497fu, 0x99aa06d3014798d8u};
    assert_true(hash_bytes64("", 0) == 0x2d06800538d394c2u);
    assert_true(equal(hash_bytes128("", 0), empty));
    assert_true(equal(finish(new_hasher()), empty));
}

static void a_running_hash_equals_the_hash_of_the_whole(void **state)
{
    (void)state;
    unsigned char bytes[1500];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 37 + i / 251);
    }
    for (size_t piece = 1; piece < 700; piece += 13) {
        struct hasher *const hasher = new_hasher();
        for (size_t i = 0; i < sizeof bytes; i += piece) {
            const size_t left = sizeof bytes - i;
            hasher_bytes(hasher, bytes + i, left < piece ? left : piece);
        }
        assert_true(equal(finish(hasher), hash_bytes128(bytes, sizeof bytes)));
    }
}

static void numbers_are_hashed_as_little_endian_bytes(void **state)
{
    (void)state;
    const unsigned char bytes[16] = {8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f};
    const double value = 1.5;
    struct hasher *const hasher = new_hasher();
    hasher_u64(hasher, 0x0102030405060708u);
    hasher_doubles(hasher, &value, 1);
    assert_true(equal(finish(hasher), hash_bytes128(bytes, sizeof bytes)));
}

static struct hash128 hash_strings(const char *first, const char *second)
{
    struct hasher *const hasher = new_hasher();
    hasher_string(hasher, first);
    hasher_string(hasher, second);
    return finish(hasher);
}

static void where_a_string_ends_is_part_of_the_hash(void **state)
{
    (void)state;
    assert_true(equal(hash_strings("ab", "c"), hash_strings("ab", "c")));
    assert_false(equal(hash_strings("ab", "c"), hash_strings("a", "bc")));
    assert_false(equal(hash_strings("", "abc"), hash_strings("abc", "")));
}

static void one_bit_changes_the_hash(void **state)
{
    (void)state;
    unsigned char bytes[100] = {0};
    const uint64_t hash64 = hash_bytes64(bytes, sizeof bytes);
    const struct hash128 hash = hash_bytes128(bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_true(hash_bytes64(bytes, sizeof bytes) != hash64);
        assert_false(equal(hash_bytes128(bytes, sizeof bytes), hash));
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
}

static void zero_and_negative_zero_differ(void **state)
{
    (void)state;
    const double zero = 0.0;
    const double negative = -0.0;
    assert_true(hash_bytes64(&zero, sizeof zero) != hash_bytes64(&negative, sizeof negative));
}

static void a_digest_can_be_taken_on_the_way(void **state)
{
    (void)state;
    struct hasher *const hasher = new_hasher();
    hasher_string(hasher, "first");
    const uint64_t early = hasher_digest64(hasher);
    assert_true(hasher_digest64(hasher) == early);
    hasher_string(hasher, "second");
    assert_true(hasher_digest64(hasher) != early);
    assert_true(equal(finish(hasher), hash_strings("first", "second")));
}

static void the_short_digest_is_the_low_half_of_the_long_one(void **state)
{
    (void)state;
    struct hasher *const hasher = new_hasher();
    hasher_u64(hasher, 42);
    const uint64_t digest = hasher_digest64(hasher);
    assert_true(finish(hasher).low == digest);
}

static void destroying_clears_the_pointer_and_accepts_null(void **state)
{
    (void)state;
    struct hasher *hasher = new_hasher();
    hasher_destroy(&hasher);
    assert_null(hasher);
    hasher_destroy(&hasher);
    assert_null(hasher);
}

int test_hash(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_of_nothing_is_the_published_one),
        cmocka_unit_test(a_running_hash_equals_the_hash_of_the_whole),
        cmocka_unit_test(numbers_are_hashed_as_little_endian_bytes),
        cmocka_unit_test(where_a_string_ends_is_part_of_the_hash),
        cmocka_unit_test(one_bit_changes_the_hash),
        cmocka_unit_test(zero_and_negative_zero_differ),
        cmocka_unit_test(a_digest_can_be_taken_on_the_way),
        cmocka_unit_test(the_short_digest_is_the_low_half_of_the_long_one),
        cmocka_unit_test(destroying_clears_the_pointer_and_accepts_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
