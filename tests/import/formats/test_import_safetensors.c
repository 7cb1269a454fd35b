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
};

static const char *path_of_file(void)
{
    return scratch_path("model.safetensors");
}

static void open_file(const struct bytes *file, struct import_table *table)
{
    bytes_write(file, path_of_file());
    CHECK_OK(import_table_open(table, path_of_file(), &error));
}

static void arrays_and_metadata_are_read(void **state)
{
    (void)state;
    struct import_table table;
    struct bytes file = {0};
    safetensors_make(&file, WEIGHTS, 3, "{\"alpha\": \"0.2\", \"format\": \"pt\"}");
    open_file(&file, &table);
    assert_string_equal(table.format->name, "safetensors");
    check_weights(&table, WEIGHTS, 3);
    assert_int_equal(table.n_notes, 2);
    assert_string_equal(table.notes[0].key, "alpha");
    assert_string_equal(table.notes[0].text, "0.2");
    import_table_release(&table);
    bytes_release(&file);
}

static const struct dtype_case {
    const char *name;
    size_t size;
    unsigned char bytes[8];
    double value;
} DTYPES[] = {
    {"F64", 8, {0, 0, 0, 0, 0, 0, 0xf8, 0xbf}, -1.5},
    {"F32", 4, {0, 0, 0x20, 0x41}, 10.0},
    {"F16", 2, {0x00, 0x3c}, 1.0},
    {"BF16", 2, {0x80, 0x3f}, 1.0},
    {"I64", 8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -1.0},
    {"I32", 4, {0xfe, 0xff, 0xff, 0xff}, -2.0},
    {"I16", 2, {0xfd, 0xff}, -3.0},
    {"I8", 1, {0x80}, -128.0},
    {"U64", 8, {7}, 7.0},
    {"U32", 4, {8}, 8.0},
    {"U16", 2, {9}, 9.0},
    {"U8", 1, {200}, 200.0},
    {"BOOL", 1, {1}, 1.0},
};

static void every_dtype_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DTYPES / sizeof DTYPES[0]; i++) {
        char header[128];
        struct import_table table;
        struct bytes file = {0};
        (void)snprintf(header, sizeof header,
                       "{\"a\": {\"dtype\": \"%s\", \"shape\": [1], \"data_offsets\": [0, %zu]}}",
                       DTYPES[i].name, DTYPES[i].size);
        safetensors_add(&file, header, DTYPES[i].bytes, DTYPES[i].size);
        open_file(&file, &table);
        CHECK_OK(import_table_load(&table, &table.arrays[0], &error));
        CHECK_SAME(table.arrays[0].values[0], DTYPES[i].value);
        import_table_release(&table);
        bytes_release(&file);
    }
}

static void another_dtype_is_refused_when_it_is_needed(void **state)
{
    (void)state;
    struct import_table table;
    struct bytes file = {0};
    safetensors_add(&file,
                    "{\"a\": {\"dtype\": \"F8_E4M3\", \"shape\": [2], \"data_offsets\": [0, 2]}}",
                    "ab", 2);
    open_file(&file, &table);
    CHECK_FAILS(import_table_load(&table, &table.arrays[0], &error), STATUS_INPUT,
                "model.safetensors: a cannot be read: its dtype is F8_E4M3, expected");
    import_table_release(&table);
    bytes_release(&file);
}

static void nan_is_refused_with_its_place(void **state)
{
    (void)state;
    static const double BAD[3] = {0, 1, NAN};
    const struct weight weight = {"a", 1, {3}, BAD};
    struct bytes file = {0};
    safetensors_make(&file, &weight, 1, NULL);
    bytes_write(&file, path_of_file());
    CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT,
                "a is nan at element 2, expected finite numbers");
    bytes_release(&file);
}

static const struct bad_header {
    const char *header;
    const char *part;
} BAD_HEADERS[] = {
    {"{", "bad safetensors header"},
    {"{\"a\": 1}", "a: no dtype"},
    {"{\"a\": {\"shape\": [1], \"data_offsets\": [0, 8]}}", "a: no dtype"},
    {"{\"a\": {\"dtype\": 4, \"shape\": [1], \"data_offsets\": [0, 8]}}", "a: no dtype"},
    {"{\"a\": {\"dtype\": \"F64\", \"data_offsets\": [0, 8]}}", "bad shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": 1, \"data_offsets\": [0, 8]}}", "bad shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [-1], \"data_offsets\": [0, 8]}}", "bad shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1.0], \"data_offsets\": [0, 8]}}", "bad shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [8]}}", "bad data_offsets"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [0, 8, 8]}}",
     "bad data_offsets"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [-8, 0]}}",
     "bad data_offsets"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": \"08\"}}", "bad data_offsets"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [8, 0]}}",
     "data_offsets [8, 0] leave the data of 16 bytes"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [16, 24]}}",
     "data_offsets [16, 24] leave the data of 16 bytes"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [9223372036854775800, "
     "9223372036854775807]}}",
     "leave the data of 16 bytes"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [0, 18446744073709551615]}}",
     "bad safetensors header"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [0, 16]}}",
     "do not fit its shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [3], \"data_offsets\": [0, 16]}}",
     "do not fit its shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [2305843009213693954], \"data_offsets\": [0, 16]}}",
     "do not fit its shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [4294967296, 4294967296], \"data_offsets\": [0, "
     "0]}}",
     "do not fit its shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": "
     "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1], \"data_offsets\": [0, "
     "8]}}",
     "bad shape"},
    {"{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [0, 8]}, "
     "\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [8, 16]}}",
     "bad safetensors header: duplicate object key"},
    {"{\"a\\u0000b\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [0, 8]}}",
     "bad safetensors header"},
    {"{} x", "bad safetensors header"},
};

static void hostile_headers_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD_HEADERS / sizeof BAD_HEADERS[0]; i++) {
        struct bytes file = {0};
        safetensors_add(&file, BAD_HEADERS[i].header, "0123456789abcdef", 16);
        bytes_write(&file, path_of_file());
        CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT, BAD_HEADERS[i].part);
        bytes_release(&file);
    }
}

static void the_length_of_the_header_is_bounded(void **state)
{
    (void)state;
    struct bytes file = {0};
    safetensors_make(&file, WEIGHTS, 3, NULL);
    const size_t header = file.data[0] + 256U * file.data[1];
    static const uint64_t LENGTHS[] = {0xffffffff, (16 << 20) + 1, 100000000};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        bytes_set_number(&file, 0, LENGTHS[i], 8);
        bytes_write(&file, path_of_file());
        CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT,
                    "safetensors header of");
    }
    bytes_set_number(&file, 0, UINT64_MAX, 8); /* no longer recognised */
    bytes_write(&file, path_of_file());
    CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT, "no format known here");
    bytes_set_number(&file, 0, header - 1, 8);
    bytes_write(&file, path_of_file());
    CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT, "bad safetensors header");
    bytes_release(&file);
}

/* 20,000 tensors, and 5,000 brackets. */
static void too_much_is_refused(void **state)
{
    (void)state;
    struct bytes header = {0};
    bytes_add_text(&header, "{");
    for (int i = 0; i < 20000; i++) {
        char text[96];
        (void)snprintf(text, sizeof text,
                       "%s\"%d\": {\"dtype\": \"U8\", \"shape\": [0], \"data_offsets\": [0, 0]}",
                       i > 0 ? ", " : "", i);
        bytes_add_text(&header, text);
    }
    bytes_add(&header, "}", 2);
    struct bytes file = {0};
    safetensors_add(&file, (const char *)header.data, "", 0);
    bytes_write(&file, path_of_file());
    CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT, "more than 16384 entries");
    bytes_release(&file);
    header.size = 0;
    bytes_add_text(&header, "{\"a\":");
    for (int i = 0; i < 5000; i++) {
        bytes_add_text(&header, "[");
    }
    bytes_add(&header, "", 1);
    safetensors_add(&file, (const char *)header.data, "", 0);
    bytes_write(&file, path_of_file());
    CHECK_FAILS(weights_read_all(path_of_file(), &error), STATUS_INPUT, "maximum parsing depth");
    bytes_release(&file);
    bytes_release(&header);
}

static void no_prefix_of_a_file_is_accepted(void **state)
{
    (void)state;
    struct bytes file = {0};
    safetensors_make(&file, WEIGHTS, 2, "{\"dt\": \"1\"}");
    check_truncations(&file, 1);
    bytes_release(&file);
}

static void changed_files_are_read_or_refused(void **state)
{
    (void)state;
    struct bytes file = {0};
    safetensors_make(&file, WEIGHTS, 3, "{\"dt\": \"1\"}");
    assert_true(check_mutations(&file, 5000) > 2500);
    bytes_release(&file);
}

int test_import_safetensors(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(arrays_and_metadata_are_read),
        SCRATCH_TEST(every_dtype_is_read),
        SCRATCH_TEST(another_dtype_is_refused_when_it_is_needed),
        SCRATCH_TEST(nan_is_refused_with_its_place),
        SCRATCH_TEST(hostile_headers_are_refused),
        SCRATCH_TEST(the_length_of_the_header_is_bounded),
        SCRATCH_TEST(too_much_is_refused),
        SCRATCH_TEST(no_prefix_of_a_file_is_accepted),
        SCRATCH_TEST(changed_files_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
