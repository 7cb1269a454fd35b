/* What libconfig reads wrongly in silence is refused with file and line. */
#include "study/scan.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static enum status scan(const char *text)
{
    return scan_text("s.cfg", scratch_directory(), text, strlen(text), &error);
}

static void good_text_passes(void **state)
{
    static const char *const texts[] = {
        "",
        "a = 1; b = -2147483648; c = 2147483647; d = 4294967297L; e = 0x7FFFFFFF;",
        "a = 1.5e-3; b = .5; c = -1e308; d = 0; e = -0.0;",
        "/* 99999999999 */ // 010\n# 4294967297\n a = \"010 4294967297 /* // \\\" \";",
        "a = ( [ 1, 2 ], { b = ( ); } );",
        "name-1_x* = 3;",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK_OK(scan(texts[i]));
    }
}

static void numbers_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    CHECK_FAILS(scan("a = 1;\nb = 4294967297;"), STATUS_INPUT, "s.cfg:2: integer 4294967297");
    CHECK_FAILS(scan("a = 2147483648;"), STATUS_INPUT, "2147483648L");
    CHECK_FAILS(scan("a = -2147483649;"), STATUS_INPUT, "suffix L");
    CHECK_FAILS(scan("a = 0xFFFFFFFF;"), STATUS_INPUT, "suffix L");
    CHECK_FAILS(scan("a = 9223372036854775808L;"), STATUS_INPUT, "out of range");
    CHECK_FAILS(scan("a = 99999999999999999999999;"), STATUS_INPUT, "out of range");
    CHECK_FAILS(scan("a = 1e999;"), STATUS_INPUT, "number 1e999 is out of range");
    CHECK_FAILS(scan("a = 010;"), STATUS_INPUT, "leading zeros");
    CHECK_FAILS(scan("a = -07;"), STATUS_INPUT, "leading zeros");
}

static void text_without_end_is_refused_where_it_begins(void **state)
{
    (void)state;
    CHECK_FAILS(scan("a = 1;\n/* b = 2;\n\n"), STATUS_INPUT, "s.cfg:2: comment begins here");
    CHECK_FAILS(scan("\na = \"b\n;\n"), STATUS_INPUT, "s.cfg:2: string begins here");
    CHECK_FAILS(scan("a = \"b\\"), STATUS_INPUT, "s.cfg:1: string begins here");
    CHECK_FAILS(scan("a = \"b\\\""), STATUS_INPUT, "string begins here");
    CHECK_FAILS(scan("a = 1; /"
                     "*"),
                STATUS_INPUT, "comment begins here");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    CHECK_FAILS(scan("\xef\xbb\xbf"
                     "a = 1;"),
                STATUS_INPUT, "byte order mark");
    CHECK_FAILS(scan("a = \"x\\x00y\";"), STATUS_INPUT, "\\x00");
    CHECK_FAILS(scan_text("s.cfg", ".", "a\n\0b", 4, &error), STATUS_INPUT, "s.cfg:2: file");
}

static void nesting_has_a_limit(void **state)
{
    char text[2 * SCAN_MAX_NESTING + 8];
    (void)state;
    memset(text, '(', sizeof text);
    text[SCAN_MAX_NESTING] = '\0';
    CHECK_OK(scan(text));
    text[SCAN_MAX_NESTING] = '{';
    text[SCAN_MAX_NESTING + 1] = '\0';
    CHECK_FAILS(scan(text), STATUS_INPUT, "nested more than 64 deep");
}

static void includes_are_looked_into(void **state)
{
    (void)state;
    file_write_text(scratch_path("good.cfg"), "a = 1;\n");
    file_write_text(scratch_path("bad.cfg"), "\n\nb = 010;\n");
    CHECK_OK(scan("@include \"good.cfg\"\n"));
    CHECK_FAILS(scan("@include \"bad.cfg\"\n"), STATUS_INPUT, "bad.cfg:3: integer 010");
    CHECK_FAILS(scan("\n@include \".\"\n"), STATUS_INPUT, "s.cfg:2: @include");
    CHECK_FAILS(scan("@include \"none.cfg\"\n"), STATUS_INPUT, "none.cfg: No such file");
    CHECK_FAILS(scan("@include good.cfg\n"), STATUS_INPUT, "needs a file name in quotes");
    CHECK_FAILS(scan("@include \"good.cfg\n\"\n"), STATUS_INPUT, "needs a file name in quotes");
}

static void an_include_loop_ends(void **state)
{
    (void)state;
    file_write_text(scratch_path("loop.cfg"), "@include \"loop.cfg\"\n");
    CHECK_FAILS(scan("@include \"loop.cfg\"\n"), STATUS_INPUT, "nests more than 10 files deep");
    for (int i = 0; i < SCAN_MAX_INCLUDES; i++) {
        char name[32];
        char text[64];
        (void)snprintf(name, sizeof name, "deep%d.cfg", i);
        (void)snprintf(text, sizeof text,
                       i + 1 < SCAN_MAX_INCLUDES ? "@include \"deep%d.cfg\"\n" : "a = 1;\n", i + 1);
        file_write_text(scratch_path(name), text);
    }
    CHECK_OK(scan("@include \"deep0.cfg\"\n"));
}

static void every_prefix_of_a_study_ends_cleanly(void **state)
{
    static const char text[] =
        "study = \"s\\\"\"; /* c */ a = ( 1.5, -0x1F, [ 2L ], { } ); // e\n# f\n";
    (void)state;
    for (size_t size = 0; size <= strlen(text); size++) {
        char *const copy = malloc(size + 1); /* so that a read beyond it is seen */
        memcpy(copy, text, size);
        copy[size] = '\0';
        const enum status status = scan_text("s.cfg", ".", copy, size, &error);
        assert_true(status == STATUS_OK || status == STATUS_INPUT);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_passes),
        cmocka_unit_test(numbers_that_do_not_fit_are_refused),
        cmocka_unit_test(text_without_end_is_refused_where_it_begins),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(nesting_has_a_limit),
        SCRATCH_TEST(includes_are_looked_into),
        SCRATCH_TEST(an_include_loop_ends),
        cmocka_unit_test(every_prefix_of_a_study_ends_cleanly),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
