#include "import/table.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static const double VALUES[6] = {1.5, -2, 3, 1e-300, 5, 6};
static const struct weight WEIGHTS[] = {
    {"rnn.weight", 2, {2, 3}, VALUES},
    {"bias", 1, {3}, VALUES},
    {"scale", 0, {0}, VALUES},
    {"cube", 3, {1, 2, 3}, VALUES},
};

static const char *path_of_file(void)
{
    return scratch_path("model.npz");
}

static void open_file(const struct bytes *file, struct import_table *table)
{
    bytes_write(file, path_of_file());
    CHECK_OK(import_table_open(table, path_of_file(), &error));
}

/* An archive of one member "a.npy". */
static struct bytes archive_of(const char *dictionary, const void *data, size_t size)
{
    struct zip_maker zip = {0};
    struct bytes content = {0};
    npy_add(&content, 1, dictionary, data, size);
    zip_maker_add(&zip, "a.npy", &content, ZIP_DEFLATED);
    zip_maker_finish(&zip);
    bytes_release(&content);
    return zip.file;
}

static void arrays_are_read_from_both_methods(void **state)
{
    (void)state;
    static const int METHODS[] = {ZIP_STORED, ZIP_DEFLATED};
    for (int m = 0; m < 2; m++) {
        struct import_table table;
        struct bytes file = {0};
        npz_make(&file, WEIGHTS, 4, METHODS[m]);
        open_file(&file, &table);
        assert_string_equal(table.format->name, "npz");
        check_weights(&table, WEIGHTS, 4);
        import_table_release(&table);
        bytes_release(&file);
    }
}

static void check_array(const char *dictionary, const void *data, size_t size,
                        const double *expected, size_t count)
{
    struct import_table table;
    struct bytes file = archive_of(dictionary, data, size);
    open_file(&file, &table);
    CHECK_OK(import_table_load(&table, &table.arrays[0], &error));
    assert_int_equal(table.arrays[0].count, count);
    for (size_t i = 0; i < count; i++) {
        CHECK_SAME(table.arrays[0].values[i], expected[i]);
    }
    import_table_release(&table);
    bytes_release(&file);
}

static void dtypes_and_byte_orders_are_read(void **state)
{
    (void)state;
    static const double TWO[] = {1.0, -2.0};
    check_array("{'descr': '<f2', 'fortran_order': False, 'shape': (2,)}", "\0\x3c\0\xc0", 4, TWO,
                2);
    check_array("{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", "\x3f\x80\0\0\xc0\0\0\0",
                8, TWO, 2);
    check_array("{'descr': '>f8', 'fortran_order': False, 'shape': (2,)}",
                "\x3f\xf0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0", 16, TWO, 2);
    check_array("{'descr': '|i1', 'fortran_order': False, 'shape': (2,)}", "\1\xfe", 2, TWO, 2);
    check_array("{'descr': '>i4', 'fortran_order': False, 'shape': (2,)}",
                "\0\0\0\1\xff\xff\xff\xfe", 8, TWO, 2);
    check_array("{'descr': '<u2', 'fortran_order': False, 'shape': (1,)}", "\1\0", 2, TWO, 1);
    check_array("{'descr': '|b1', 'fortran_order': False, 'shape': ()}", "\1", 1, TWO, 1);
}

/* [[1, 2, 3], [4, 5, 6]] and the same with a third axis, stored with the first axis fastest. */
static void fortran_order_is_turned(void **state)
{
    (void)state;
    static const double ROWS[] = {1, 2, 3, 4, 5, 6};
    static const double CUBE[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    check_array("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", "\1\4\2\5\3\6", 6, ROWS,
                6);
    check_array("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2)}",
                "\1\7\3\x09\5\x0b\2\x08\4\x0a\6\x0c", 12, CUBE, 12);
    check_array("{'descr': '|u1', 'fortran_order': True, 'shape': (3,)}", "\1\2\3", 3, ROWS, 3);
}

static const struct needless_case {
    const char *dictionary;
    size_t size;
    const char *reason;
} NEEDLESS[] = {
    {"{'descr': '|O', 'fortran_order': False, 'shape': ()}", 40,
     "a cannot be read: it holds Python objects (pickle), expected numbers"},
    {"{'descr': '<c16', 'fortran_order': False, 'shape': (2,)}", 32, "its dtype is <c16"},
    {"{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (2,)}", 16, "its dtype is record"},
    {"{'descr': '<U3', 'fortran_order': False, 'shape': (2,)}", 24, "its dtype is <U3"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", 15,
     "it has 15 bytes of data, expected 2 elements of 8 bytes"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", 17, "it has 17 bytes of data"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}", 0,
     "it has 0 bytes of data"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 1)}", 1,
     "it has more than 3 axes"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (20000000, 0)}", 0, "it is too large"},
};

static void what_cannot_be_read_is_refused_only_when_it_is_needed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof NEEDLESS / sizeof NEEDLESS[0]; i++) {
        static const unsigned char zeros[64] = {0};
        struct import_table table;
        struct bytes file = archive_of(NEEDLESS[i].dictionary, zeros, NEEDLESS[i].size);
        open_file(&file, &table);
        CHECK_FAILS(import_table_load(&table, &table.arrays[0], &error), STATUS_INPUT,
                    NEEDLESS[i].reason);
        import_table_release(&table);
        bytes_release(&file);
    }
}

static void check_note(const char *dictionary, const void *data, size_t size, const char *expected)
{
    struct import_table table;
    struct zip_maker zip = {0};
    struct bytes content = {0};
    npy_add(&content, 3, dictionary, data, size);
    zip_maker_add(&zip, "nonlinearity.npy", &content, ZIP_DEFLATED);
    content.size = 0;
    npy_add_weight(&content, &WEIGHTS[0]);
    zip_maker_add(&zip, "w.npy", &content, ZIP_STORED);
    zip_maker_finish(&zip);
    open_file(&zip.file, &table);
    assert_int_equal(table.n_notes, 1);
    assert_string_equal(table.notes[0].key, "nonlinearity");
    assert_string_equal(table.notes[0].text, expected);
    import_table_release(&table);
    bytes_release(&content);
    bytes_release(&zip.file);
}

static void single_strings_become_notes(void **state)
{
    (void)state;
    check_note("{'descr': '<U4', 'fortran_order': False, 'shape': ()}",
               "r\0\0\0e\0\0\0l\0\0\0u\0\0\0", 16, "relu");
    check_note("{'descr': '>U2', 'fortran_order': False, 'shape': (1,)}", "\0\0\0h\0\0\3\xb1", 8,
               "h?");
    check_note("{'descr': '|S6', 'fortran_order': False, 'shape': ()}", "tanh\0\0", 6, "tanh");
    check_note("{'descr': '<U0', 'fortran_order': False, 'shape': ()}", "", 0, "");
}

static void other_archives_are_refused_by_what_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *member;
        const char *part;
    } CASES[] = {{"archive/data.pkl", "bad Python pickle at byte 1"},
                 {"model.weights", "a zip archive without .npy arrays"}};
    for (int i = 0; i < 2; i++) {
        struct zip_maker zip = {0};
        struct bytes content = {0};
        bytes_add_text(&content, "content");
        zip_maker_add(&zip, CASES[i].member, &content, ZIP_STORED);
        zip_maker_finish(&zip);
        bytes_write(&zip.file, path_of_file());
        CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT, CASES[i].part);
        bytes_release(&content);
        bytes_release(&zip.file);
    }
}

static void members_that_are_no_arrays_are_refused_by_name(void **state)
{
    (void)state;
    struct zip_maker zip = {0};
    struct bytes content = {0};
    bytes_add_text(&content, "no array at all");
    zip_maker_add(&zip, "b.npy", &content, ZIP_STORED);
    zip_maker_finish(&zip);
    bytes_write(&zip.file, path_of_file());
    CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT,
                "b has no good .npy header");
    bytes_release(&content);
    bytes_release(&zip.file);
}

static void methods_and_names_are_checked(void **state)
{
    (void)state;
    struct import_table table;
    struct zip_maker zip = {0};
    struct bytes content = {0};
    npy_add_weight(&content, &WEIGHTS[0]);
    zip_maker_add(&zip, "a.npy", &content, 12);
    zip_maker_add(&zip, "b.npy", &content, ZIP_STORED);
    struct zip_maker twice = {0};
    zip_maker_add(&twice, "b.npy", &content, ZIP_STORED);
    zip_maker_add(&twice, "b.npy", &content, ZIP_STORED);
    zip_maker_finish(&zip);
    zip_maker_finish(&twice);
    open_file(&zip.file, &table);
    CHECK_OK(import_table_load(&table, import_table_find(&table, "b"), &error));
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "a"), &error), STATUS_INPUT,
                "a cannot be read: it is compressed by another method than deflate");
    import_table_release(&table);
    bytes_write(&twice.file, path_of_file());
    CHECK_FAILS(import_table_open(&table, path_of_file(), &error), STATUS_INPUT,
                "two arrays have the name b");
    bytes_release(&content);
    bytes_release(&zip.file);
    bytes_release(&twice.file);
}

static void a_wrong_checksum_is_damage(void **state)
{
    (void)state;
    struct bytes file = {0};
    npz_make(&file, &WEIGHTS[0], 1, ZIP_STORED);
    const size_t data = 30 + strlen("rnn.weight.npy") + 4 + 128;
    file.data[data + 3] ^= 1;
    bytes_write(&file, path_of_file());
    CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT,
                "rnn.weight is damaged: bad data or checksum");
    bytes_release(&file);
}

/* 2^31 elements in an archive of a few hundred bytes: refused before memory is asked for. */
static void a_bomb_is_refused_by_its_sizes(void **state)
{
    (void)state;
    struct import_table table;
    struct zip_maker zip = {.zip64 = true};
    struct bytes content = {0};
    npy_add(&content, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (65536, 32768)}", "",
            0);
    const uint64_t header = content.size;
    zip_maker_add(&zip, "a.npy", &content, ZIP_DEFLATED);
    zip_maker_finish(&zip);
    for (size_t i = 0; i + 8 < zip.file.size; i++) {
        if (memcmp(zip.file.data + i, "a.npy\1\0\30\0", 9) == 0) {
            bytes_set_number(&zip.file, i + 9, header + ((uint64_t)1 << 31), 8);
        }
    }
    open_file(&zip.file, &table);
    CHECK_FAILS(import_table_load(&table, &table.arrays[0], &error), STATUS_INPUT,
                "its size in the archive is more than it can unpack to");
    import_table_release(&table);
    bytes_release(&content);
    bytes_release(&zip.file);
}

static void no_prefix_of_a_file_is_accepted(void **state)
{
    (void)state;
    struct bytes file = {0};
    npz_make(&file, WEIGHTS, 2, ZIP_DEFLATED);
    check_truncations(&file, 1);
    bytes_release(&file);
}

static void changed_files_are_read_or_refused(void **state)
{
    (void)state;
    static const int METHODS[] = {ZIP_STORED, ZIP_DEFLATED};
    for (int i = 0; i < 2; i++) {
        struct bytes file = {0};
        npz_make(&file, WEIGHTS, 4, METHODS[i]);
        assert_true(check_mutations(&file, 5000) > 1500);
        bytes_release(&file);
    }
}

int test_import_npz(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(arrays_are_read_from_both_methods),
        SCRATCH_TEST(dtypes_and_byte_orders_are_read),
        SCRATCH_TEST(fortran_order_is_turned),
        SCRATCH_TEST(what_cannot_be_read_is_refused_only_when_it_is_needed),
        SCRATCH_TEST(single_strings_become_notes),
        SCRATCH_TEST(other_archives_are_refused_by_what_they_are),
        SCRATCH_TEST(members_that_are_no_arrays_are_refused_by_name),
        SCRATCH_TEST(methods_and_names_are_checked),
        SCRATCH_TEST(a_wrong_checksum_is_damage),
        SCRATCH_TEST(a_bomb_is_refused_by_its_sizes),
        SCRATCH_TEST(no_prefix_of_a_file_is_accepted),
        SCRATCH_TEST(changed_files_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
