/* MessagePack: one item at a time, as its specification has them. */
#include "import/msgpack/msgpack.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

/* The first item of these bytes, in memory of their own length. */
static bool read_one(const void *bytes, size_t size, struct msgpack_item *item, size_t *used)
{
    unsigned char *const copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    struct msgpack_cursor cursor = {.bytes = copy, .size = size};
    const bool good = msgpack_next(&cursor, item);
    assert_true(cursor.position <= size);
    item->data = NULL; /* goes with the copy */
    *used = cursor.position;
    free(copy);
    return good;
}

#define BYTES(text) (text), sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t size;
    enum msgpack_kind kind;
    double number;
    size_t item_size;
} ITEMS[] = {
    {BYTES("\x7f"), MSGPACK_INTEGER, 127, 0},
    {BYTES("\xe0"), MSGPACK_INTEGER, -32, 0},
    {BYTES("\xff"), MSGPACK_INTEGER, -1, 0},
    {BYTES("\xcc\xff"), MSGPACK_INTEGER, 255, 0},
    {BYTES("\xcd\x01\x02"), MSGPACK_INTEGER, 258, 0},
    {BYTES("\xce\x80\0\0\0"), MSGPACK_INTEGER, 2147483648.0, 0},
    {BYTES("\xcf\x80\0\0\0\0\0\0\0"), MSGPACK_INTEGER, 9223372036854775808.0, 0},
    {BYTES("\xd0\x80"), MSGPACK_INTEGER, -128, 0},
    {BYTES("\xd1\xff\xfe"), MSGPACK_INTEGER, -2, 0},
    {BYTES("\xd2\x80\0\0\0"), MSGPACK_INTEGER, -2147483648.0, 0},
    {BYTES("\xd3\x80\0\0\0\0\0\0\0"), MSGPACK_INTEGER, -9223372036854775808.0, 0},
    {BYTES("\xd3\x7f\0\0\0\0\0\0\0"), MSGPACK_INTEGER, 9151314442816847872.0, 0},
    {BYTES("\xca\x3f\x80\0\0"), MSGPACK_REAL, 1, 0},
    {BYTES("\xcb\xbf\xf8\0\0\0\0\0\0"), MSGPACK_REAL, -1.5, 0},
    {BYTES("\xc0"), MSGPACK_NIL, 0, 0},
    {BYTES("\xc2"), MSGPACK_BOOLEAN, 0, 0},
    {BYTES("\xc3"), MSGPACK_BOOLEAN, 1, 0},
    {BYTES("\xa0"), MSGPACK_TEXT, 0, 0},
    {BYTES("\xa3"
           "abc"),
     MSGPACK_TEXT, 0, 3},
    {BYTES("\xd9\x01"
           "a"),
     MSGPACK_TEXT, 0, 1},
    {BYTES("\xda\0\x02"
           "ab"),
     MSGPACK_TEXT, 0, 2},
    {BYTES("\xdb\0\0\0\x02"
           "ab"),
     MSGPACK_TEXT, 0, 2},
    {BYTES("\xc4\x02"
           "ab"),
     MSGPACK_BYTES, 0, 2},
    {BYTES("\xc5\0\x02"
           "ab"),
     MSGPACK_BYTES, 0, 2},
    {BYTES("\xc6\0\0\0\x01"
           "a"),
     MSGPACK_BYTES, 0, 1},
    {BYTES("\xd4\x01"
           "a"),
     MSGPACK_EXTENSION, 0, 1},
    {BYTES("\xd8\x01"
           "0123456789abcdef"),
     MSGPACK_EXTENSION, 0, 16},
    {BYTES("\xc7\x02\x01"
           "ab"),
     MSGPACK_EXTENSION, 0, 2},
    {BYTES("\xc8\0\x01\x01"
           "a"),
     MSGPACK_EXTENSION, 0, 1},
    {BYTES("\xc9\0\0\0\x01\x01"
           "a"),
     MSGPACK_EXTENSION, 0, 1},
};

static void every_kind_of_item_is_read_and_no_prefix_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ITEMS / sizeof ITEMS[0]; i++) {
        struct msgpack_item item;
        size_t used = 0;
        assert_true(read_one(ITEMS[i].bytes, ITEMS[i].size, &item, &used));
        assert_int_equal(item.kind, ITEMS[i].kind);
        CHECK_SAME(item.number, ITEMS[i].number);
        assert_int_equal(item.size, ITEMS[i].item_size);
        assert_int_equal(used, ITEMS[i].size);
        assert_int_equal(item.type, ITEMS[i].kind == MSGPACK_EXTENSION ? 1 : 0);
        for (size_t size = 0; size < ITEMS[i].size; size++) {
            assert_false(read_one(ITEMS[i].bytes, size, &item, &used));
        }
    }
}

/* Of what follows, at least a byte for each item. */
static void counts_are_no_more_than_can_follow(void **state)
{
    (void)state;
    struct msgpack_item item;
    size_t used = 0;
    assert_true(read_one(BYTES("\x92\xc0\xc0"), &item, &used));
    assert_int_equal(item.kind, MSGPACK_LIST);
    assert_int_equal(item.size, 2);
    assert_true(read_one(BYTES("\xdc\0\x02\xc0\xc0"), &item, &used));
    assert_true(read_one(BYTES("\xdf\0\0\0\x01\xc0\xc0"), &item, &used));
    assert_int_equal(item.kind, MSGPACK_MAP);
    assert_false(read_one(BYTES("\x92\xc0"), &item, &used));
    assert_false(read_one(BYTES("\x81\xc0"), &item, &used));
    assert_false(read_one(BYTES("\xdd\xff\xff\xff\xff\xc0"), &item, &used));
    assert_false(read_one(BYTES("\xdf\x80\0\0\0\xc0\xc0\xc0\xc0"), &item, &used));
    assert_false(read_one(BYTES("\xc6\xff\xff\xff\xff"), &item, &used));
    assert_false(read_one(BYTES("\xc1"), &item, &used));
}

static void integers_are_exact_and_know_their_sign(void **state)
{
    (void)state;
    struct msgpack_item item;
    size_t used = 0;
    assert_true(read_one(BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), &item, &used));
    assert_true(item.whole == UINT64_MAX && !item.is_negative);
    assert_true(read_one(BYTES("\xd0\xff"), &item, &used));
    assert_true(item.is_negative);
    assert_true(read_one(BYTES("\xd4\xff"
                               "a"),
                         &item, &used));
    assert_int_equal(item.type, -1);
}

int test_msgpack(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_item_is_read_and_no_prefix_of_it),
        cmocka_unit_test(counts_are_no_more_than_can_follow),
        cmocka_unit_test(integers_are_exact_and_know_their_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
