#include "import/elements.h"

#include "support/check.h"

#include <stdlib.h>

static const struct element_case {
    struct element_type type;
    unsigned char bytes[8];
    double value;
} CASES[] = {
    {{ELEMENT_FLOAT, 8, false}, {0, 0, 0, 0, 0, 0, 0xf8, 0xbf}, -1.5},
    {{ELEMENT_FLOAT, 8, true}, {0xbf, 0xf8, 0, 0, 0, 0, 0, 0}, -1.5},
    {{ELEMENT_FLOAT, 4, false}, {0, 0, 0x20, 0x41}, 10.0},
    {{ELEMENT_FLOAT, 4, true}, {0x41, 0x20, 0, 0}, 10.0},
    {{ELEMENT_FLOAT, 2, false}, {0x00, 0x3c}, 1.0},
    {{ELEMENT_FLOAT, 2, true}, {0x3c, 0x00}, 1.0},
    {{ELEMENT_FLOAT, 2, false}, {0xff, 0x7b}, 65504.0},          /* the largest */
    {{ELEMENT_FLOAT, 2, false}, {0x01, 0x80}, -0x1p-24},         /* the smallest */
    {{ELEMENT_FLOAT, 2, false}, {0xff, 0x03}, 1023.0 * 0x1p-24}, /* subnormal */
    {{ELEMENT_FLOAT, 2, false}, {0x00, 0x80}, -0.0},
    {{ELEMENT_FLOAT, 2, false}, {0x00, 0xfc}, -INFINITY},
    {{ELEMENT_BFLOAT, 2, false}, {0x80, 0x3f}, 1.0},
    {{ELEMENT_BFLOAT, 2, false}, {0x49, 0xc0}, -3.140625},
    {{ELEMENT_BFLOAT, 2, false}, {0x80, 0x7f}, INFINITY},
    {{ELEMENT_SIGNED, 1, false}, {0x80}, -128.0},
    {{ELEMENT_SIGNED, 1, false}, {0x7f}, 127.0},
    {{ELEMENT_SIGNED, 2, false}, {0xfe, 0xff}, -2.0},
    {{ELEMENT_SIGNED, 2, true}, {0xff, 0xfe}, -2.0},
    {{ELEMENT_SIGNED, 4, false}, {0, 0, 0, 0x80}, -2147483648.0},
    {{ELEMENT_SIGNED, 8, false}, {0, 0, 0, 0, 0, 0, 0, 0x80}, -0x1p63},
    {{ELEMENT_SIGNED, 8, false}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -1.0},
    {{ELEMENT_UNSIGNED, 1, false}, {0xff}, 255.0},
    {{ELEMENT_UNSIGNED, 4, true}, {0xff, 0xff, 0xff, 0xff}, 4294967295.0},
    {{ELEMENT_UNSIGNED, 8, false}, {0, 0, 0, 0, 0, 0, 0, 0x80}, 0x1p63},
    {{ELEMENT_BOOL, 1, false}, {0}, 0.0},
    {{ELEMENT_BOOL, 1, false}, {2}, 1.0},
};

static void every_type_is_read_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        CHECK_SAME(element_value(CASES[i].type, CASES[i].bytes), CASES[i].value);
    }
}

static void a_half_nan_is_a_nan(void **state)
{
    (void)state;
    const struct element_type half = {ELEMENT_FLOAT, 2, false};
    const struct element_type bfloat = {ELEMENT_BFLOAT, 2, false};
    assert_true(isnan(element_value(half, (const unsigned char[]){0x01, 0x7c})));
    assert_true(isnan(element_value(half, (const unsigned char[]){0x00, 0xfe})));
    assert_true(isnan(element_value(bfloat, (const unsigned char[]){0xc0, 0x7f})));
}

/* Half floats are ordered as their bits are, so no value is out of place. */
static void half_floats_rise_with_their_bits(void **state)
{
    (void)state;
    const struct element_type half = {ELEMENT_FLOAT, 2, false};
    double last = -1.0;
    for (unsigned bits = 0; bits <= 0x7c00; bits++) {
        const unsigned char bytes[] = {(unsigned char)bits, (unsigned char)(bits >> 8)};
        const double value = element_value(half, bytes);
        assert_true(value > last);
        last = value;
    }
}

/* Counts up in 2-byte numbers until `left` bytes are used up. */
struct counter {
    size_t left;
    size_t given;
};

static bool read_counter(void *stream, void *bytes, size_t size)
{
    struct counter *const counter = stream;
    if (size > counter->left) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        const size_t number = (counter->given + i) / 2;
        ((unsigned char *)bytes)[i] =
            (unsigned char)((counter->given + i) % 2 == 0 ? number : number >> 8);
    }
    counter->given += size;
    counter->left -= size;
    return true;
}

static void streams_are_read_across_their_chunks(void **state)
{
    (void)state;
    enum { COUNT = 30000 };
    const struct element_type type = {ELEMENT_UNSIGNED, 2, false};
    static double values[COUNT];
    struct counter counter = {2 * COUNT, 0};
    assert_true(elements_read(read_counter, &counter, type, COUNT, values));
    assert_int_equal(counter.left, 0);
    for (int i = 0; i < COUNT; i++) {
        CHECK_SAME(values[i], (double)i);
    }
    counter = (struct counter){2 * COUNT - 1, 0};
    assert_false(elements_read(read_counter, &counter, type, COUNT, values));
    assert_true(elements_read(read_counter, &counter, type, 0, values));
}

/* Of nothing along one axis, however much there is along the others. */
static void axes_of_nothing_are_reversed_at_once(void **state)
{
    (void)state;
    struct error error;
    double none = 7.0;
    for (int i = 0; i < 3; i++) {
        size_t dims[] = {1 << 24, 1 << 24, 1 << 24};
        dims[i] = 0;
        CHECK_OK(elements_reverse_axes(&none, dims, &error));
    }
    CHECK_SAME(none, 7.0);
}

int test_elements(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read_exactly),
        cmocka_unit_test(a_half_nan_is_a_nan),
        cmocka_unit_test(half_floats_rise_with_their_bits),
        cmocka_unit_test(streams_are_read_across_their_chunks),
        cmocka_unit_test(axes_of_nothing_are_reversed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
