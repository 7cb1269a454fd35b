/* Files of flax.serialization.to_bytes. */
#include "import/table.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdlib.h>

static struct error error;

static const char *path(void)
{
    return scratch_path("model.msgpack");
}

static void add_text(struct bytes *out, const char *text)
{
    bytes_add_number(out, 0xa0 | strlen(text), 1);
    bytes_add_text(out, text);
}

static void add_byte(struct bytes *out, unsigned byte)
{
    bytes_add_number(out, byte, 1);
}

/* An extension of a type: (shape, dtype, data), its shape of one byte each. */
static void add_array(struct bytes *out, int type, int rank, const unsigned *dims,
                      const char *dtype, const void *data, unsigned size)
{
    struct bytes content = {0};
    add_byte(&content, 0x93);
    add_byte(&content, 0x90U | (unsigned)rank);
    for (int i = 0; i < rank; i++) {
        add_byte(&content, dims[i]);
    }
    add_text(&content, dtype);
    add_byte(&content, 0xc4);
    add_byte(&content, size);
    bytes_add(&content, data, size);
    add_byte(out, 0xc7);
    add_byte(out, (unsigned)content.size);
    add_byte(out, (unsigned)type);
    bytes_add(out, content.data, content.size);
    bytes_release(&content);
}

static const unsigned SHAPE[] = {2, 3};
static const float SINGLES[6] = {1.5F, -2, 3, 4, 5, 6};

static struct bytes good_file(void)
{
    static const unsigned char HALVES[] = {0x80, 0x3f, 0, 0x40}; /* 1 and 2 as bfloat16 */
    static const unsigned TWO[] = {2};
    static const double LEAK = 0.25;
    struct bytes out = {0};
    add_byte(&out, 0x84);
    add_text(&out, "params");
    add_byte(&out, 0x82);
    add_text(&out, "kernel");
    add_array(&out, 1, 2, SHAPE, "float32", SINGLES, sizeof SINGLES);
    add_text(&out, "list");
    add_byte(&out, 0x92);
    add_array(&out, 1, 1, TWO, "bfloat16", HALVES, sizeof HALVES);
    add_byte(&out, 0xc0);
    add_text(&out, "opt_state");
    add_byte(&out, 0x81);
    add_text(&out, "kernel");
    add_array(&out, 1, 2, SHAPE, "float32", SINGLES, sizeof SINGLES);
    add_text(&out, "alpha");
    add_array(&out, 3, 0, NULL, "float64", &LEAK, sizeof LEAK);
    add_text(&out, "activation");
    add_text(&out, "relu");
    return out;
}

static void refuse(const struct bytes *file, const char *part)
{
    struct import_table table;
    bytes_write(file, path());
    CHECK_FAILS(import_table_open(&table, path(), &error), STATUS_INPUT, part);
    assert_int_equal(strncmp(error.text, path(), strlen(path())), 0);
}

static void arrays_are_named_by_their_keys(void **state)
{
    (void)state;
    static const double EXPECTED[] = {1.5, -2, 3, 4, 5, 6};
    struct import_table table;
    struct bytes file = good_file();
    bytes_write(&file, path());
    CHECK_OK(import_table_open(&table, path(), &error));
    assert_string_equal(table.format->name, "Flax");
    assert_int_equal(table.n_arrays, 3);
    struct import_array *const matrix = import_table_find(&table, "params.kernel");
    struct import_array *const halves = import_table_find(&table, "params.list.0");
    struct import_array *const leak = import_table_find(&table, "alpha");
    CHECK_OK(import_table_load(&table, matrix, &error));
    CHECK_OK(import_table_load(&table, halves, &error));
    CHECK_OK(import_table_load(&table, leak, &error));
    assert_int_equal(matrix->dims[1], 3);
    assert_memory_equal(matrix->values, EXPECTED, sizeof EXPECTED);
    CHECK_SAME(halves->values[1], 2.0);
    CHECK_SAME(leak->values[0], 0.25);
    assert_string_equal(table.notes[0].key, "activation");
    assert_string_equal(table.notes[0].text, "relu");
    import_table_release(&table);
    bytes_release(&file);
}

static void check_unreadable(int type, const char *dtype, unsigned size, const char *part)
{
    struct import_table table;
    struct bytes file = {0};
    add_byte(&file, 0x81);
    add_text(&file, "w");
    add_array(&file, type, 2, SHAPE, dtype, SINGLES, size);
    bytes_write(&file, path());
    CHECK_OK(import_table_open(&table, path(), &error));
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "w"), &error), STATUS_INPUT,
                part);
    import_table_release(&table);
    bytes_release(&file);
}

static void what_is_no_array_of_numbers_is_refused_when_it_is_needed(void **state)
{
    (void)state;
    check_unreadable(1, "complex64", 24, "its dtype is complex64, expected numbers");
    check_unreadable(1, "float32", 23, "it has 23 bytes of data, not those of its shape");
    check_unreadable(1, "float64", 24, "it has 24 bytes of data, not those of its shape");
    check_unreadable(2, "float32", 24, "it is no array of real numbers");
    check_unreadable(9, "float32", 24, "it is no array of real numbers");
}

/* 2^63 elements of 2 bytes would be 0 bytes. */
static void huge_shapes_are_refused(void **state)
{
    (void)state;
    static const char EXTENSION[] = "\x81\xa1w\xc7\x17\x01\x93\x91\xcf\x80\0\0\0\0\0\0\0\xa7"
                                    "float16\xc4\0\0\0";
    struct import_table table;
    struct bytes file = {0};
    bytes_add(&file, EXTENSION, 28);
    file.data[4] = 22;
    bytes_write(&file, path());
    CHECK_OK(import_table_open(&table, path(), &error));
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "w"), &error), STATUS_INPUT,
                "w cannot be read: ");
    import_table_release(&table);
    bytes_release(&file);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    struct bytes file = {0};
    bytes_add_text(&file, "\x81\xa1w\x81\x01\x02");
    refuse(&file, "a key that is no text at byte 5, expected MessagePack");
    bytes_release(&file);
    bytes_add_text(&file, "\x81\xa1w\x01\x02");
    refuse(&file, "more than one map");
    bytes_release(&file);
    bytes_add_text(&file, "\x81\xb9__msgpack_chunked_array__\xc3");
    refuse(&file, "an array in pieces");
    bytes_release(&file);
    bytes_add_text(&file, "\x81\xa1w");
    for (int i = 0; i < 100; i++) {
        bytes_add_text(&file, "\x91");
    }
    bytes_add_text(&file, "\x01");
    refuse(&file, "maps nested deeper than 32");
    bytes_release(&file);
    for (int i = 0; i < 20; i++) { /* a name of 20 times 20 letters */
        bytes_add_text(&file, "\x81\xb4xxxxxxxxxxxxxxxxxxxx");
    }
    bytes_add_text(&file, "\x01");
    refuse(&file, "a name that is too long");
    bytes_release(&file);
}

/* What begins otherwise is none of these files. */
static void other_bytes_are_not_taken(void **state)
{
    (void)state;
    static const char *const HEADS[] = {"\x81\x01\xa1w", "\x81\xa1\x01\x01", "\x91\xa1w", "\x81"};
    for (size_t i = 0; i < sizeof HEADS / sizeof HEADS[0]; i++) {
        struct bytes file = {0};
        bytes_add_text(&file, HEADS[i]);
        refuse(&file, "no format known here");
        bytes_release(&file);
    }
}

static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    struct bytes file = good_file();
    check_truncations(&file, 1);
    (void)check_mutations(&file, 3000);
    bytes_release(&file);
}

int test_import_flax(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(arrays_are_named_by_their_keys),
        SCRATCH_TEST(what_is_no_array_of_numbers_is_refused_when_it_is_needed),
        SCRATCH_TEST(huge_shapes_are_refused),
        SCRATCH_TEST(bad_files_are_refused),
        SCRATCH_TEST(other_bytes_are_not_taken),
        SCRATCH_TEST(damaged_files_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
