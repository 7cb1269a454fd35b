#include "import/table.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static struct error error;

/* ---- formats ------------------------------------------------------------------------------------
 */

static void what_is_no_format_is_refused_with_advice(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *part;
    } CASES[] = {
        {"", 0, "file: an empty file (0 bytes)"},
        {"weights\n", 8,
         "file: a text: no format known here, expected Flax, PyTorch, safetensors, npz, MATLAB or "
         "HDF5"},
        {"study = 1;\n", 11, "no format known here"},
        {"\x93NUMPY\1\0v\0", 10, "a .npy file holds one array"},
        {"\x80\2}q\0", 5, "bad Python pickle at byte 5"},
        {"PK\5\6\0\0\0\0", 8, "a zip archive with nothing in it"},
        {"\x1f\x8b\x08", 3, "compressed by gzip"},
        {"\x89HDF\r\n\x1a\n", 8, "damaged or truncated HDF5 file"},
        {"PK\3\4", 4, "damaged or truncated zip archive"},
        {"\1\0\0\0\0\0\0\0{", 9, "bad safetensors header"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct import_table table;
        file_write(scratch_path("file"), CASES[i].bytes, CASES[i].size);
        CHECK_FAILS(import_table_open(&table, scratch_path("file"), &error), STATUS_INPUT,
                    CASES[i].part);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    struct import_table table;
    assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
    CHECK_FAILS(import_table_open(&table, scratch_path("missing"), &error), STATUS_INPUT,
                "missing: No such file");
    CHECK_FAILS(import_table_open(&table, scratch_directory(), &error), STATUS_INPUT,
                "not a regular file");
    CHECK_FAILS(import_table_open(&table, scratch_path("fifo"), &error), STATUS_INPUT,
                "fifo: not a regular file");
    CHECK_FAILS(import_table_open(&table, "/dev/zero", &error), STATUS_INPUT, "not a regular file");
}

/* ---- entries ------------------------------------------------------------------------------------
 */

static bool detect_nothing(const unsigned char *head, size_t size)
{
    (void)head;
    (void)size;
    return false;
}

static enum status load_ones(const struct import_table *table, const struct import_array *array,
                             double *values, struct error *failure)
{
    (void)table;
    for (size_t i = 0; i < array->count; i++) {
        values[i] = 1.0;
    }
    return array->count == 3 ? error_set(failure, STATUS_INPUT, "three") : STATUS_OK;
}

static void close_nothing(struct import_table *table)
{
    (void)table;
}

static const struct import_format ONES = {"ones", detect_nothing, NULL, load_ones, close_nothing};

static void add(struct import_table *table, const char *name, int rank, const uint64_t *dims)
{
    CHECK_OK(import_table_add(table, name, rank, dims, NULL, malloc(1), &error));
}

static void shapes_are_kept_and_bounded(void **state)
{
    (void)state;
    static const uint64_t DIMS[] = {2, 3, 4, 5};
    static const uint64_t LONG[] = {(1 << 24) + 1};
    static const uint64_t LARGE[] = {1 << 24, 1 << 8, 2};
    char text[IMPORT_SHAPE_SIZE];
    struct import_table table = {.path = "file", .format = &ONES};
    for (int rank = 0; rank <= 3; rank++) {
        static const char *const SHAPES[] = {"scalar", "2", "2 x 3", "2 x 3 x 4"};
        static const size_t COUNTS[] = {1, 2, 6, 24};
        add(&table, SHAPES[rank], rank, DIMS);
        struct import_array *const array = import_table_find(&table, SHAPES[rank]);
        assert_string_equal(import_array_shape(array, text), SHAPES[rank]);
        assert_int_equal(array->count, COUNTS[rank]);
        CHECK_OK(import_table_load(&table, array, &error));
        CHECK_SAME(array->values[COUNTS[rank] - 1], 1.0);
    }
    add(&table, "four", 4, DIMS);
    add(&table, "long", 1, LONG);
    add(&table, "large", 3, LARGE);
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "four"), &error), STATUS_INPUT,
                "file: four cannot be read: it has more than 3 axes");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "long"), &error), STATUS_INPUT,
                "file: long cannot be read: it is too large");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "large"), &error), STATUS_INPUT,
                "file: large cannot be read: it is too large");
    assert_null(import_table_find(&table, "other"));
    import_table_release(&table);
    assert_null(table.arrays);
}

static void texts_are_bounded_together(void **state)
{
    (void)state;
    enum { SIZE = IMPORT_MAX_TEXT / 4 };
    struct import_table table = {.path = "file", .format = &ONES};
    char *const text = calloc(SIZE, 1);
    assert_non_null(text);
    memset(text, 'x', SIZE - 1);
    for (int i = 0; i < 4; i++) {
        CHECK_OK(import_table_note(&table, "k", text, &error));
    }
    CHECK_FAILS(import_table_note(&table, "k", "", &error), STATUS_INPUT,
                "file: texts of more than 67108864 bytes, expected a model's");
    free(text);
    import_table_release(&table);
}

static void what_is_too_large_is_not_computed(void **state)
{
    (void)state;
    double *values = NULL;
    struct import_table table = {.path = "file", .format = &ONES};
    CHECK_FAILS(import_table_compute(&table, "w", 4 << 15, 1 << 16, &values, &error), STATUS_INPUT,
                "file: w of 131072 x 65536 values, which are too many");
    CHECK_FAILS(import_table_compute(&table, "b", (1 << 24) + 1, 0, &values, &error), STATUS_INPUT,
                "too many");
    assert_null(values);
    import_table_release(&table);
}

static void values_that_could_not_be_read_are_not_kept(void **state)
{
    (void)state;
    static const uint64_t DIMS[] = {3};
    struct import_table table = {.path = "file", .format = &ONES};
    add(&table, "a", 1, DIMS);
    CHECK_FAILS(import_table_load(&table, &table.arrays[0], &error), STATUS_INPUT, "three");
    assert_null(table.arrays[0].values);
    import_table_release(&table);
}

static void names_are_bounded(void **state)
{
    (void)state;
    char name[IMPORT_NAME_LENGTH + 2];
    struct import_table table = {.path = "file", .format = &ONES};
    memset(name, 'n', sizeof name);
    name[IMPORT_NAME_LENGTH + 1] = '\0';
    CHECK_FAILS(import_table_add(&table, name, 0, NULL, NULL, malloc(1), &error), STATUS_INPUT,
                "file: a name of 256 bytes, expected at most 255");
    name[IMPORT_NAME_LENGTH] = '\0';
    add(&table, name, 0, NULL);
    import_table_release(&table);
}

int test_import_table(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_is_no_format_is_refused_with_advice),
        SCRATCH_TEST(what_is_no_file_is_refused),
        SCRATCH_TEST(shapes_are_kept_and_bounded),
        SCRATCH_TEST(names_are_bounded),
        SCRATCH_TEST(texts_are_bounded_together),
        SCRATCH_TEST(what_is_too_large_is_not_computed),
        SCRATCH_TEST(values_that_could_not_be_read_are_not_kept),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
