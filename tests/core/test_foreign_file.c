#include "core/foreign_file.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *advice_of(const char *name, const char *bytes, size_t size)
{
    const char *const advice = foreign_file_advice(name, (const unsigned char *)bytes, size);
    return advice != NULL ? advice : "";
}

static void a_file_is_told_by_its_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *part; /* "" for what is not known */
    } CASES[] = {
        {"", 0, "an empty file"},
        {"version https://git-lfs.github.com/spec/v1\n", 44, "git lfs pull"},
        {"version 2\n", 10, ""},
        {"..\\.git\\annex\\objects\\x", 23, "git annex get"},
        {"\n\t<HTML>", 8, "a web page"},
        {"<?xml?>", 7, "an XML document"},
        {"{\"weight_map\": {}}", 18, "the index of weights"},
        {"[1, 2]", 6, "a JSON text"},
        {"1.5;2\r\n", 7, "a text with numbers"},
        {"step\tloss\n", 10, "a text with numbers"},
        {"words, and", 3, ""},
        {"\x08\x06\x12\x03tf2", 7, "an ONNX model"},
        {"\x08\x06\x13\x03tf2", 7, ""},
        {"\0\0\0\0", 4, "nothing but zeros"},
        {"\x89HDF\r\n\x1a\n", 8, ""},
        {"\x1f", 1, ""}, /* no byte beyond the end is looked at */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *const advice = advice_of("file", CASES[i].bytes, CASES[i].size);
        if ((CASES[i].part[0] == '\0') != (advice[0] == '\0') ||
            strstr(advice, CASES[i].part) == NULL) {
            fail_msg("case %zu: '%s' instead of '%s'", i, advice, CASES[i].part);
        }
    }
    assert_non_null(strstr(advice_of("a/model.ONNX", "\xff\x01", 2), "an ONNX model"));
    assert_string_equal(advice_of("a.onnx/model", "\xff\x01", 2), ""); /* a folder's name */
}

static void a_path_is_told_by_what_it_leads_to(void **state)
{
    (void)state;
    char path[4096];
    assert_non_null(strstr(foreign_path_advice(scratch_directory()), "a folder"));
    assert_null(foreign_path_advice(scratch_path("missing")));
    (void)snprintf(path, sizeof path, "%s", scratch_path("link"));
    assert_int_equal(symlink("../.git/annex/objects/a/b", path), 0);
    assert_non_null(strstr(foreign_path_advice(path), "git annex get"));
    assert_null(foreign_content_advice(path));
    file_write(scratch_path("page"), "<html>", 6);
    assert_null(foreign_path_advice(scratch_path("page")));
    assert_non_null(strstr(foreign_content_advice(scratch_path("page")), "a web page"));
    assert_null(foreign_content_advice("/dev/null"));
}

int test_foreign_file(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_file_is_told_by_its_first_bytes),
        SCRATCH_TEST(a_path_is_told_by_what_it_leads_to),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
