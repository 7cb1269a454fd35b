/* Strings of a file are read from its bytes: all of them, and none of a file that makes it long. */
#include "store/h5_texts.h"

#include "store/h5.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 50000, REFERENCE_SIZE = 16, LONG = 1 << 20 };

static struct error error;
static const char *strings[COUNT];
static char *texts;
static size_t stride;

/* A file of these strings; returns where their references lie. */
static uint64_t write_strings(const char *path)
{
    const hsize_t count = COUNT;
    const hid_t file = h5write_create(path);
    const hid_t type = h5_string_type(H5T_VARIABLE);
    const hid_t space = H5Screate_simple(1, &count, NULL);
    const hid_t dataset =
        H5Dcreate2(file, "labels", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, strings) >= 0);
    const uint64_t place = H5Dget_offset(dataset);
    assert_true(H5Dclose(dataset) >= 0 && H5Sclose(space) >= 0 && H5Tclose(type) >= 0);
    assert_true(H5Fclose(file) >= 0);
    return place;
}

static enum status read_strings(const char *path, size_t longest)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(file, "labels", H5P_DEFAULT);
    const enum status status =
        h5_read_texts(dataset, path, "labels", COUNT, longest, &texts, &stride, &error);
    assert_true(H5Dclose(dataset) >= 0 && H5Fclose(file) >= 0);
    return status;
}

static void all_strings_come_back(void **state)
{
    (void)state;
    static char names[COUNT][12];
    const char *const path = scratch_path("names.h5");
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "%.*s%d", i % 3, "ab", i);
        strings[i] = names[i];
    }
    (void)write_strings(path);
    CHECK_OK(read_strings(path, 100));
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_equal(texts + i * stride, names[i]);
    }
    free(texts);
}

/* Two strings of a collection each, in turn: read as they stand it would be 50 GB. Each reference
 * says that its string is short. */
static void references_that_jump_are_damage(void **state)
{
    (void)state;
    static char longest[LONG + 1];
    const char *const path = scratch_path("jumps.h5");
    memset(longest, 'x', LONG);
    for (int i = 0; i < COUNT; i++) {
        strings[i] = i < 2 ? longest : "";
    }
    const uint64_t place = write_strings(path);
    size_t size = 0;
    unsigned char *const bytes = file_read(path, &size);
    for (size_t i = 0; i < COUNT; i++) {
        unsigned char *const reference = bytes + place + i * REFERENCE_SIZE;
        memmove(reference, bytes + place + i % 2 * REFERENCE_SIZE, REFERENCE_SIZE);
        memcpy(reference, "\5\0\0\0", 4);
    }
    file_write(path, bytes, size);
    free(bytes);
    CHECK_FAILS(read_strings(path, 100), STATUS_DAMAGED,
                "labels holds a text that is not in the file");
    assert_null(texts);
}

int test_h5_texts(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(all_strings_come_back),
        SCRATCH_TEST(references_that_jump_are_damage),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
