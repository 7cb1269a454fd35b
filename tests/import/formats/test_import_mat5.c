/* MATLAB's files of version 5 to 7, made by hand after MathWorks' description of the format. */
#include "import/table.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdlib.h>
#include <zlib.h>

static struct error error;
static const double VALUES[6] = {1, 2, 3, 4, 5, 6};

static const char *path(void)
{
    return scratch_path("weights.mat");
}

static void add_head(struct bytes *out)
{
    char text[125] = "";
    memset(text, ' ', 124);
    memcpy(text, "MATLAB 5.0 MAT-file, by hand", 28);
    bytes_add(out, text, 124);
    bytes_add(out, "\0\1IM", 4);
}

static void add_element(struct bytes *out, unsigned type, const void *data, size_t size)
{
    bytes_add_number(out, type, 4);
    bytes_add_number(out, size, 4);
    bytes_add(out, data, size);
    bytes_add(out, "\0\0\0\0\0\0\0", (8 - size % 8) % 8);
}

/* What stands before the values. */
static void add_front(struct bytes *out, unsigned class, const int32_t *dims, int rank,
                      const char *name)
{
    const uint32_t flags[2] = {class, 0};
    add_element(out, 6, flags, sizeof flags);
    add_element(out, 5, dims, (size_t)rank * sizeof *dims);
    add_element(out, 1, name, strlen(name));
}

static void add_matrix(struct bytes *out, unsigned class, const int32_t dims[2], const char *name,
                       unsigned type, const void *data, size_t size)
{
    struct bytes inner = {0};
    add_front(&inner, class, dims, 2, name);
    add_element(&inner, type, data, size);
    add_element(out, 14, inner.data, inner.size);
    bytes_release(&inner);
}

static void add_compressed(struct bytes *out, const struct bytes *element)
{
    uLongf size = compressBound(element->size);
    unsigned char *const packed = malloc(size);
    assert_non_null(packed);
    assert_int_equal(compress(packed, &size, element->data, element->size), Z_OK);
    bytes_add_number(out, 15, 4);
    bytes_add_number(out, size, 4);
    bytes_add(out, packed, size);
    free(packed);
}

static const int32_t MATRIX[] = {3, 2};
static const int32_t ONE[] = {1, 1};

/* W, packed; a struct of a small integer and a text; an empty array. */
static struct bytes good_file(void)
{
    static const int32_t NONE[] = {0, 0};
    static const int32_t ROW[] = {1, 4};
    struct bytes out = {0};
    struct bytes matrix = {0};
    struct bytes fields = {0};
    const int32_t width = 6;
    add_head(&out);
    add_matrix(&matrix, 6, MATRIX, "W", 9, VALUES, sizeof VALUES);
    add_compressed(&out, &matrix);
    add_front(&fields, 2, ONE, 2, "net");
    bytes_add_number(&fields, 4U << 16 | 5, 4); /* a small element */
    bytes_add_number(&fields, (uint64_t)width, 4);
    add_element(&fields, 1, "alpha\0act\0\0", 12);
    add_matrix(&fields, 6, ONE, "", 2, "\x03", 1);
    add_matrix(&fields, 4, ROW, "", 16, "relu", 4);
    add_element(&out, 14, fields.data, fields.size);
    add_matrix(&out, 6, NONE, "none", 9, "", 0);
    bytes_release(&matrix);
    bytes_release(&fields);
    return out;
}

static void arrays_and_fields_are_read(void **state)
{
    (void)state;
    static const double EXPECTED[] = {1, 4, 2, 5, 3, 6};
    struct import_table table;
    struct bytes file = good_file();
    bytes_write(&file, path());
    CHECK_OK(import_table_open(&table, path(), &error));
    assert_string_equal(table.format->name, "MATLAB");
    assert_int_equal(table.n_arrays, 2);
    struct import_array *const matrix = import_table_find(&table, "W");
    struct import_array *const alpha = import_table_find(&table, "net.alpha");
    CHECK_OK(import_table_load(&table, matrix, &error));
    CHECK_OK(import_table_load(&table, alpha, &error));
    assert_int_equal(matrix->dims[0], 3);
    assert_memory_equal(matrix->values, EXPECTED, sizeof EXPECTED);
    CHECK_SAME(alpha->values[0], 3.0);
    assert_string_equal(table.notes[0].key, "net.act");
    assert_string_equal(table.notes[0].text, "relu");
    import_table_release(&table);
    bytes_release(&file);
}

static void what_is_no_array_is_refused_when_it_is_needed(void **state)
{
    (void)state;
    struct import_table table;
    struct bytes file = {0};
    add_head(&file);
    add_matrix(&file, 1, ONE, "cell", 9, VALUES, 8);
    add_matrix(&file, 5, ONE, "sparse", 9, VALUES, 8);
    add_matrix(&file, 0x800 | 6, ONE, "complex", 9, VALUES, 8);
    bytes_write(&file, path());
    CHECK_OK(import_table_open(&table, path(), &error));
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "cell"), &error), STATUS_INPUT,
                "cell cannot be read: it is a cell, string, table or object of MATLAB");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "sparse"), &error),
                STATUS_INPUT, "it is sparse: save full(X)");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "complex"), &error),
                STATUS_INPUT, "it is complex");
    import_table_release(&table);
    bytes_release(&file);
}

static void refuse(const struct bytes *file, const char *part)
{
    struct import_table table;
    bytes_write(file, path());
    CHECK_FAILS(import_table_open(&table, path(), &error), STATUS_INPUT, part);
    assert_int_equal(strncmp(error.text, path(), strlen(path())), 0);
}

/* 2^62 values by the shape; 4 GB by a tag of a few packed bytes; structs in structs. */
static void claims_beyond_the_bytes_are_refused(void **state)
{
    (void)state;
    static const int32_t HUGE_SHAPE[] = {INT32_MAX, INT32_MAX};
    static const int32_t NEGATIVE[] = {-1, 1};
    struct bytes file = {0};
    struct bytes tag = {0};
    add_head(&file);
    add_matrix(&file, 6, HUGE_SHAPE, "W", 9, VALUES, sizeof VALUES);
    refuse(&file, "damaged or truncated array W");
    bytes_release(&file);
    add_head(&file);
    add_matrix(&file, 6, NEGATIVE, "W", 9, VALUES, 8);
    refuse(&file, "damaged or truncated array");
    bytes_release(&file);
    add_head(&file);
    bytes_add_number(&tag, 14, 4);
    bytes_add_number(&tag, UINT32_MAX, 4);
    add_compressed(&file, &tag);
    refuse(&file, "damaged or truncated, expected a MATLAB file");
    bytes_release(&file);
    bytes_release(&tag);
    for (int i = 0; i < 20; i++) {
        struct bytes outer = {0};
        add_front(&outer, 2, ONE, 2, "s");
        bytes_add_number(&outer, 4U << 16 | 5, 4);
        bytes_add_number(&outer, 2, 4);
        add_element(&outer, 1, "s", 2);
        bytes_add(&outer, tag.data, tag.size);
        bytes_release(&tag);
        add_element(&tag, 14, outer.data, outer.size);
        bytes_release(&outer);
    }
    add_head(&file);
    bytes_add(&file, tag.data, tag.size);
    refuse(&file, "structs nested deeper than 16");
    bytes_release(&file);
    bytes_release(&tag);
}

/* One that ends behind an array is a file of fewer arrays: nothing in it tells. */
static void prefixes_are_refused_or_have_fewer_arrays(void **state)
{
    (void)state;
    struct bytes file = good_file();
    int accepted = 0;
    for (size_t size = 0; size < file.size; size++) {
        struct import_table table;
        file_write(path(), file.data, size);
        if (import_table_open(&table, path(), &error) == STATUS_OK) {
            accepted++;
            assert_true(size >= 128);
            import_table_release(&table);
        } else {
            assert_int_equal(strncmp(error.text, path(), strlen(path())), 0);
        }
    }
    assert_in_range(accepted, 1, 3);
    (void)check_mutations(&file, 3000);
    bytes_release(&file);
}

int test_import_mat5(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(arrays_and_fields_are_read),
        SCRATCH_TEST(what_is_no_array_is_refused_when_it_is_needed),
        SCRATCH_TEST(claims_beyond_the_bytes_are_refused),
        SCRATCH_TEST(prefixes_are_refused_or_have_fewer_arrays),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
