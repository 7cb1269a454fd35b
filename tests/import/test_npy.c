#include "import/npy.h"

#include "support/check.h"
#include "support/weightfiles.h"

#include <stdio.h>
#include <stdlib.h>

/* The bytes of a file in memory, as a stream. */
struct memory_stream {
    const unsigned char *bytes;
    size_t left;
};

static bool read_memory(void *stream, void *bytes, size_t size)
{
    struct memory_stream *const memory = stream;
    if (size > memory->left) {
        return false;
    }
    memcpy(bytes, memory->bytes, size);
    memory->bytes += size;
    memory->left -= size;
    return true;
}

static bool parse(struct npy_header *header, const char *text)
{
    *header = (struct npy_header){0};
    return npy_parse_header(header, text, strlen(text));
}

static void a_header_of_numpy_is_read(void **state)
{
    (void)state;
    struct npy_header header;
    assert_true(parse(&header, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n"));
    assert_int_equal(header.content, NPY_NUMBERS);
    assert_int_equal(header.type.kind, ELEMENT_FLOAT);
    assert_int_equal(header.item_size, 8);
    assert_false(header.type.big_endian);
    assert_false(header.fortran_order);
    assert_int_equal(header.rank, 2);
    assert_int_equal(header.dims[0], 3);
    assert_int_equal(header.dims[1], 4);
    assert_int_equal(header.count, 12);
}

static void order_quotes_and_blanks_are_free(void **state)
{
    (void)state;
    struct npy_header header;
    assert_true(parse(&header, "{\"shape\":(5L,),\"fortran_order\":True,\"descr\":\">i2\"}"));
    assert_true(header.fortran_order);
    assert_true(header.type.big_endian);
    assert_int_equal(header.rank, 1);
    assert_int_equal(header.dims[0], 5);
    assert_true(parse(&header, " {'descr': '|b1' , 'fortran_order' :False,'shape': ( ) } "));
    assert_int_equal(header.rank, 0);
    assert_int_equal(header.count, 1);
}

static const struct dtype_case {
    const char *dtype;
    enum npy_content content;
    size_t item_size;
} DTYPES[] = {
    {"'<f2'", NPY_NUMBERS, 2},
    {"'=f4'", NPY_NUMBERS, 4},
    {"'>f8'", NPY_NUMBERS, 8},
    {"'|i1'", NPY_NUMBERS, 1},
    {"'<u8'", NPY_NUMBERS, 8},
    {"'|b1'", NPY_NUMBERS, 1},
    {"'<U12'", NPY_TEXT, 48},
    {"'|S5'", NPY_TEXT, 5},
    {"'<U0'", NPY_TEXT, 0},
    {"'|O'", NPY_OBJECTS, 0},
    {"'<f16'", NPY_OTHER, 0},
    {"'<c16'", NPY_OTHER, 0},
    {"'<M8[ns]'", NPY_OTHER, 0},
    {"'<f'", NPY_OTHER, 0},
    {"'<f8x'", NPY_OTHER, 0},
    {"'f8'", NPY_OTHER, 0},
    {"''", NPY_OTHER, 0},
    {"'<'", NPY_OTHER, 0},
    {"'<f24'", NPY_OTHER, 0},
    {"'<i3'", NPY_OTHER, 0},
    {"'<f0'", NPY_OTHER, 0},
    {"'<U99999999999'", NPY_OTHER, 0},
    {"[('a', '<f8'), ('b', '<i4', (2,))]", NPY_OTHER, 0},
};

static void dtypes_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DTYPES / sizeof DTYPES[0]; i++) {
        char text[128];
        struct npy_header header;
        (void)snprintf(text, sizeof text, "{'descr': %s, 'fortran_order': False, 'shape': (1,)}",
                       DTYPES[i].dtype);
        if (!parse(&header, text) || header.content != DTYPES[i].content ||
            header.item_size != DTYPES[i].item_size) {
            fail_msg("%s: content %d, item size %zu", DTYPES[i].dtype, header.content,
                     header.item_size);
        }
    }
}

static const char *const BAD[] = {
    "",
    "{",
    "{}",
    "[]",
    "{'descr': '<f8', 'fortran_order': False}",
    "{'descr': '<f8', 'shape': (1,)}",
    "{'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
    "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1.0,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': [1]}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1 2)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': "
    "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}",
    "{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '\\x3cf8', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f8aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'fortran_order': False, 'shape': "
    "(1,)}",
    "{'descr': [('a', '<f8'), 'fortran_order': False, 'shape': (1,)}",
    "{'descr': [[[[[[[[, 'fortran_order': False, 'shape': (1,)}",
};

static void bad_headers_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct npy_header header;
        if (parse(&header, BAD[i])) {
            fail_msg("accepted: %s", BAD[i]);
        }
    }
}

static void every_version_is_read_and_no_prefix_of_it(void **state)
{
    (void)state;
    static const char TEXT[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    for (int version = 1; version <= 3; version++) {
        struct npy_header header;
        struct bytes file = {0};
        npy_add(&file, version, TEXT, "01234567", 8);
        struct memory_stream stream = {file.data, file.size};
        assert_true(npy_read_header(&header, read_memory, &stream));
        assert_int_equal(header.header_size, file.size - 8);
        assert_int_equal(stream.left, 8);
        for (size_t size = 0; size < file.size - 8; size++) {
            unsigned char *const part = malloc(size + 1); /* so that a sanitizer sees its end */
            assert_non_null(part);
            memcpy(part, file.data, size);
            stream = (struct memory_stream){part, size};
            assert_false(npy_read_header(&header, read_memory, &stream));
            free(part);
        }
        bytes_release(&file);
    }
}

static void other_versions_and_endless_headers_are_refused(void **state)
{
    (void)state;
    struct npy_header header;
    struct bytes file = {0};
    npy_add(&file, 2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "", 0);
    bytes_set_number(&file, 8, 0xffffffff, 4);
    struct memory_stream stream = {file.data, file.size};
    assert_false(npy_read_header(&header, read_memory, &stream));
    for (int version = 0; version < 256; version += version == 0 ? 4 : 63) {
        file.data[6] = (unsigned char)version;
        stream = (struct memory_stream){file.data, file.size};
        assert_false(npy_read_header(&header, read_memory, &stream));
    }
    bytes_release(&file);
}

int test_npy(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_of_numpy_is_read),
        cmocka_unit_test(order_quotes_and_blanks_are_free),
        cmocka_unit_test(dtypes_are_told_apart),
        cmocka_unit_test(bad_headers_are_refused),
        cmocka_unit_test(every_version_is_read_and_no_prefix_of_it),
        cmocka_unit_test(other_versions_and_endless_headers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
