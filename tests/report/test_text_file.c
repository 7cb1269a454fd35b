/* Text files get their name when they are whole, and leave nothing when they are not. */
#include "report/text_file.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdlib.h>

static struct error error;

static void check_content(const char *path, const char *expected)
{
    size_t size = 0;
    unsigned char *const bytes = file_read(path, &size);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
    free(bytes);
}

static void a_whole_file_gets_its_name(void **state)
{
    (void)state;
    struct text_file file;
    file_write_text(scratch_path("a.txt"), "old and longer");
    CHECK_OK(text_file_begin(&file, scratch_directory(), "a", ".txt", &error));
    (void)fputs("new", file.stream);
    check_content(scratch_path("a.txt"), "old and longer");
    CHECK_OK(text_file_end(&file, STATUS_OK, &error));
    check_content(scratch_path("a.txt"), "new");
    assert_int_equal(scratch_count(), 1);
}

static void a_failure_leaves_what_was_there(void **state)
{
    (void)state;
    struct text_file file;
    file_write_text(scratch_path("a.txt"), "old");
    CHECK_OK(text_file_begin(&file, scratch_directory(), "a", ".txt", &error));
    (void)fputs("half", file.stream);
    assert_int_equal(text_file_end(&file, STATUS_DAMAGED, &error), STATUS_DAMAGED);
    check_content(scratch_path("a.txt"), "old");
    assert_int_equal(scratch_count(), 1);
}

static void lost_bytes_are_an_error(void **state)
{
    (void)state;
    struct text_file file;
    CHECK_OK(text_file_begin(&file, scratch_directory(), "a", ".txt", &error));
    (void)fclose(file.stream);
    file.stream = fopen("/dev/full", "w");
    assert_non_null(file.stream);
    (void)fputs("no room", file.stream);
    CHECK_FAILS(text_file_end(&file, STATUS_OK, &error), STATUS_IO, "a.txt: cannot write");
    assert_int_equal(scratch_count(), 0);
}

static void what_cannot_be_named_is_refused(void **state)
{
    (void)state;
    struct text_file file;
    char longer[PATH_MAX];
    CHECK_FAILS(text_file_begin(&file, scratch_path("none"), "a", ".txt", &error), STATUS_IO,
                "none/a.txt: cannot write");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    CHECK_FAILS(text_file_begin(&file, longer, "a", ".txt", &error), STATUS_IO, "path too long");
    assert_int_equal(scratch_count(), 0);
}

int test_text_file(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_whole_file_gets_its_name),
        SCRATCH_TEST(a_failure_leaves_what_was_there),
        SCRATCH_TEST(lost_bytes_are_an_error),
        SCRATCH_TEST(what_cannot_be_named_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
