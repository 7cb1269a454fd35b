#include "core/pack.h"

#include "support/check.h"

#include <stdlib.h>

static struct error error;

static void pack_one_of_each(struct packer *packer)
{
    const double list[3] = {1.0, 2.0, 3.0};
    pack_i32(packer, INT32_MIN);
    pack_i64(packer, INT64_MIN + 1);
    pack_f64(packer, -0.1);
    pack_string(packer, "größe");
    pack_string(packer, "");
    pack_string(packer, NULL);
    pack_i32(packer, 3);
    pack_bytes(packer, list, sizeof list);
    CHECK_OK(pack_finish(packer, &error));
}

struct content {
    int32_t small;
    int64_t large;
    double number;
    char *word;
    char *empty;
    char *absent;
    int32_t count;
    double list[3];
};

static struct content unpack_one_of_each(struct unpacker *unpacker)
{
    struct content content = {0};
    content.small = unpack_i32(unpacker);
    content.large = unpack_i64(unpacker);
    content.number = unpack_f64(unpacker);
    content.word = unpack_string(unpacker);
    content.empty = unpack_string(unpacker);
    content.absent = unpack_string(unpacker);
    content.count = unpack_count(unpacker, sizeof(double));
    for (int i = 0; i < content.count && i < 3; i++) {
        content.list[i] = unpack_f64(unpacker);
    }
    return content;
}

static void release(struct content *content)
{
    free(content->word);
    free(content->empty);
    free(content->absent);
}

static void what_was_packed_comes_back(void **state)
{
    (void)state;
    struct packer packer = {0};
    pack_one_of_each(&packer);
    struct unpacker unpacker = unpack_begin(packer.bytes, packer.size);
    struct content content = unpack_one_of_each(&unpacker);
    CHECK_OK(unpack_finish(&unpacker, "test", &error));
    assert_int_equal(content.small, INT32_MIN);
    assert_true(content.large == INT64_MIN + 1);
    CHECK_SAME(content.number, -0.1);
    assert_string_equal(content.word, "größe");
    assert_string_equal(content.empty, "");
    assert_null(content.absent);
    assert_int_equal(content.count, 3);
    CHECK_SAME(content.list[2], 3.0);
    release(&content);
    pack_release(&packer);
}

/* A copy that ends where the message ends, so that ASan sees a read beyond it. */
static unsigned char *cut(const struct packer *packer, size_t size)
{
    unsigned char *const bytes = malloc(size > 0 ? size : 1);
    assert_non_null(bytes);
    memcpy(bytes, packer->bytes, size);
    return bytes;
}

static void a_message_cut_at_any_byte_fails_cleanly(void **state)
{
    (void)state;
    struct packer packer = {0};
    pack_one_of_each(&packer);
    for (size_t size = 0; size < packer.size; size++) {
        unsigned char *const bytes = cut(&packer, size);
        struct unpacker unpacker = unpack_begin(bytes, size);
        struct content content = unpack_one_of_each(&unpacker);
        CHECK_FAILS(unpack_finish(&unpacker, "test", &error), STATUS_INTERNAL, "malformed test");
        release(&content);
        free(bytes);
    }
    pack_release(&packer);
}

static void bytes_left_over_are_an_error(void **state)
{
    (void)state;
    struct packer packer = {0};
    pack_one_of_each(&packer);
    pack_bytes(&packer, "x", 1);
    struct unpacker unpacker = unpack_begin(packer.bytes, packer.size);
    struct content content = unpack_one_of_each(&unpacker);
    CHECK_FAILS(unpack_finish(&unpacker, "sweep", &error), STATUS_INTERNAL, "malformed sweep");
    release(&content);
    pack_release(&packer);
}

static void an_empty_message_is_complete_at_once(void **state)
{
    (void)state;
    struct unpacker unpacker = unpack_begin(NULL, 0);
    CHECK_OK(unpack_finish(&unpacker, "empty", &error));
    assert_int_equal(unpack_i32(&unpacker), 0);
    assert_int_equal(unpack_finish(&unpacker, "empty", &error), STATUS_INTERNAL);
}

static void after_a_failure_every_read_gives_zero(void **state)
{
    (void)state;
    const unsigned char bytes[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    struct unpacker unpacker = unpack_begin(bytes, sizeof bytes);
    assert_int_equal(unpack_i32(&unpacker), 0x01010101);
    unsigned char target[9] = {7, 7, 7, 7, 7, 7, 7, 7, 7};
    unpack_bytes(&unpacker, target, sizeof target); /* only 8 are left */
    for (size_t i = 0; i < sizeof target; i++) {
        assert_int_equal(target[i], 0);
    }
    assert_int_equal(unpack_i32(&unpacker), 0);
    assert_true(unpack_i64(&unpacker) == 0);
    CHECK_SAME(unpack_f64(&unpacker), 0.0);
    assert_null(unpack_string(&unpacker));
    assert_int_equal(unpack_count(&unpacker, 1), 0);
    assert_int_equal(unpack_finish(&unpacker, "test", &error), STATUS_INTERNAL);
}

static void a_string_with_an_impossible_length_is_refused(void **state)
{
    (void)state;
    static const int64_t LENGTHS[] = {-2, INT64_MIN, 5, INT64_MAX, (int64_t)1 << 40};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        struct packer packer = {0};
        pack_i64(&packer, LENGTHS[i]);
        pack_bytes(&packer, "abcd", 4);
        struct unpacker unpacker = unpack_begin(packer.bytes, packer.size);
        assert_null(unpack_string(&unpacker));
        assert_int_equal(unpack_finish(&unpacker, "test", &error), STATUS_INTERNAL);
        pack_release(&packer);
    }
}

static void a_count_is_refused_unless_its_elements_can_follow(void **state)
{
    (void)state;
    static const struct {
        int32_t count;
        size_t element_size;
        int32_t expected;
    } CASES[] = {{4, 8, 4},  {5, 8, 0},         {32, 1, 32},        {33, 1, 0},
                 {-1, 1, 0}, {INT32_MIN, 8, 0}, {INT32_MAX, 64, 0}, {0, 64, 0}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const double rest[4] = {0};
        struct packer packer = {0};
        pack_i32(&packer, CASES[i].count);
        pack_bytes(&packer, rest, sizeof rest);
        struct unpacker unpacker = unpack_begin(packer.bytes, packer.size);
        assert_int_equal(unpack_count(&unpacker, CASES[i].element_size), CASES[i].expected);
        assert_int_equal(unpacker.failed, CASES[i].count != CASES[i].expected);
        pack_release(&packer);
    }
}

static void numbers_are_packed_little_endian_without_padding(void **state)
{
    (void)state;
    const unsigned char expected[] = {4, 3, 2, 1, 8, 7, 6, 5, 4, 3,   2,
                                      1, 2, 0, 0, 0, 0, 0, 0, 0, 'h', 'i'};
    struct packer packer = {0};
    pack_i32(&packer, 0x01020304);
    pack_i64(&packer, 0x0102030405060708u);
    pack_string(&packer, "hi");
    assert_int_equal(packer.size, sizeof expected);
    assert_memory_equal(packer.bytes, expected, sizeof expected);
    pack_release(&packer);
}

static void clearing_forgets_the_content_and_keeps_the_memory(void **state)
{
    (void)state;
    struct packer packer = {0};
    pack_one_of_each(&packer);
    const size_t capacity = packer.capacity;
    pack_clear(&packer);
    assert_int_equal(packer.size, 0);
    assert_int_equal(packer.capacity, capacity);
    pack_i32(&packer, 5);
    struct unpacker unpacker = unpack_begin(packer.bytes, packer.size);
    assert_int_equal(unpack_i32(&unpacker), 5);
    CHECK_OK(unpack_finish(&unpacker, "test", &error));
    pack_release(&packer);
}

static void a_packer_that_ran_out_of_memory_says_so_until_cleared(void **state)
{
    (void)state;
    struct packer packer = {0};
    pack_i32(&packer, 1);
    pack_bytes(&packer, "", SIZE_MAX); /* cannot be had, and is not read */
    pack_i32(&packer, 2);
    assert_int_equal(packer.size, 4);
    CHECK_FAILS(pack_finish(&packer, &error), STATUS_INTERNAL, "out of memory");
    pack_clear(&packer);
    CHECK_OK(pack_finish(&packer, &error));
    pack_release(&packer);
}

static void a_released_packer_can_be_used_again(void **state)
{
    (void)state;
    struct packer packer = {0};
    pack_one_of_each(&packer);
    pack_release(&packer);
    assert_null(packer.bytes);
    pack_i32(&packer, 1);
    assert_int_equal(packer.size, 4);
    pack_release(&packer);
}

int test_pack(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_comes_back),
        cmocka_unit_test(a_message_cut_at_any_byte_fails_cleanly),
        cmocka_unit_test(bytes_left_over_are_an_error),
        cmocka_unit_test(an_empty_message_is_complete_at_once),
        cmocka_unit_test(after_a_failure_every_read_gives_zero),
        cmocka_unit_test(a_string_with_an_impossible_length_is_refused),
        cmocka_unit_test(a_count_is_refused_unless_its_elements_can_follow),
        cmocka_unit_test(numbers_are_packed_little_endian_without_padding),
        cmocka_unit_test(clearing_forgets_the_content_and_keeps_the_memory),
        cmocka_unit_test(a_packer_that_ran_out_of_memory_says_so_until_cleared),
        cmocka_unit_test(a_released_packer_can_be_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
