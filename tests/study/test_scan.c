/* What libconfig reads wrongly in silence is refused with file and line. */
#include "study/scan.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static enum status scan_bytes(const char *text, size_t size)
{
    struct study_text source;
    const enum status status = scan_text("s.cfg", scratch_directory(), text, size, &source, &error);
    source_release(&source); /* zeros after a failure */
    return status;
}

static enum status scan(const char *text)
{
    return scan_bytes(text, strlen(text));
}

/* What libconfig gets of the text. */
static void check_source(const char *text, const char *expected)
{
    struct study_text source;
    CHECK_OK(scan_text("s.cfg", scratch_directory(), text, strlen(text), &source, &error));
    assert_string_equal(source.text, expected);
    source_release(&source);
}

static void good_text_passes(void **state)
{
    static const char *const texts[] = {
        "",
        "a = 1; b = -2147483648; c = 2147483647; d = 4294967297L; e = 0x7FFFFFFF;",
        "a = 1.5e-3; b = .5; c = -1e308; d = 0; e = -0.0;",
        "/* 99999999999 */ // 010\n# 4294967297\n a = \"010 4294967297 /* // \\\" \";",
        "a = ( [ 1, 2 ], { b = ( ); } );",
        "name-1_x* = 3; name-010 = 3;",
        "a = 1; // the end",
        "a = 1; # the end",
        "a = 1;\r\nb = 2;\r\n",
        "a = \"@include\"; // @include\n/*\n@include \"x\"\n*/",
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
    static const char *const PLACES[] = {"a\n%", "a\n/* % */", "\n// %", "\na = \"%\";", "\n%"};
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++) {
        char text[32];
        const size_t size = strlen(PLACES[i]);
        memcpy(text, PLACES[i], size + 1);
        *strchr(text, '%') = '\0';
        CHECK_FAILS(scan_bytes(text, size), STATUS_INPUT, "s.cfg:2: file contains a NUL byte");
    }
}

static void a_model_file_is_no_study(void **state)
{
    (void)state;
    static const char head[] = "\x89HDF\r\n\x1a\n\0\0\0\0";
    CHECK_FAILS(scan_bytes(head, sizeof head), STATUS_INPUT,
                "s.cfg:1: an HDF5 file, expected a study");
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

static void keys_of_a_group_have_a_limit(void **state)
{
    char text[8 * SCAN_MAX_KEYS + 64] = "";
    (void)state;
    for (int i = 0; i < SCAN_MAX_KEYS - 1; i++) {
        const size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, "k%d%c0;\n", i, i % 2 ? '=' : ':');
    }
    const size_t length = strlen(text);
    (void)snprintf(text + length, sizeof text - length, "%s",
                   "g = ( { a = 1; b = 2; }, { a = 1; } );");
    CHECK_OK(scan(text)); /* each group has its own */
    (void)snprintf(text + length, sizeof text - length, "%s", "k = \"=====\";\nz = 1;");
    CHECK_FAILS(scan(text), STATUS_INPUT, "s.cfg:101: more than 100 keys in one group");
    (void)snprintf(text + length, sizeof text - length, "%s", "g = { }; ) h = 1;");
    CHECK_FAILS(scan(text), STATUS_INPUT, "s.cfg:100: more than 100 keys in one group");
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
    CHECK_FAILS(scan("@include \"good.cfg"), STATUS_INPUT, "needs a file name in quotes");
    CHECK_FAILS(scan("@include \"bad\\"), STATUS_INPUT, "single \\");
    CHECK_FAILS(scan("@include \"\"\n"), STATUS_INPUT, "s.cfg:1: @include");
}

static void an_include_is_replaced_by_what_it_names(void **state)
{
    char text[600];
    (void)state;
    file_write_text(scratch_path("good.cfg"), "a = 1; // no line end");
    file_write_text(scratch_path("outer.cfg"), "@include \"good.cfg\"\nb = 2;");
    check_source("", "");
    check_source("x = 1; # end", "x = 1; # end\n");
    check_source("x = 1;\n @include\t\"outer.cfg\" y = 2;\nz = 3;\n",
                 "x = 1;\n \na = 1; // no line end\n\nb = 2;\n y = 2;\nz = 3;\n");
    (void)snprintf(text, sizeof text, "@include \"%s\"", scratch_path("good.cfg"));
    check_source(text, "a = 1; // no line end\n");
}

static void the_rest_of_an_include_line_is_scanned(void **state)
{
    (void)state;
    file_write_text(scratch_path("good.cfg"), "a = 1;\n");
    CHECK_FAILS(scan("@include \"good.cfg\" b = 010;\n"), STATUS_INPUT, "s.cfg:1: integer 010");
    CHECK_FAILS(scan("@include \"good.cfg\" /* never\n"), STATUS_INPUT, "comment begins here");
    CHECK_OK(scan("@include \"good.cfg\" // \" 010\n"));
}

/* libconfig would take it for one where it begins a line of the joined text. */
static void an_include_stands_alone_at_the_start_of_its_line(void **state)
{
    static const char *const TEXTS[] = {"a = 1; @include \"good.cfg\"\n",
                                        "@include \"good.cfg\" @include \"good.cfg\"\n",
                                        "/* c */ @include \"good.cfg\"\n",
                                        "/*\n*/ @include \"good.cfg\"\n",
                                        "@included = 1;",
                                        "@"};
    (void)state;
    file_write_text(scratch_path("good.cfg"), "a = 1;\n");
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        CHECK_FAILS(scan(TEXTS[i]), STATUS_INPUT, "nothing before it");
    }
}

/* One backslash more or less names another file. */
static void an_include_name_is_read_as_libconfig_writes_it(void **state)
{
    (void)state;
    file_write_text(scratch_path("d\\x\"y"), "a = 010;\n");
    CHECK_FAILS(scan("@include \"d\\\\x\\\"y\"\n"), STATUS_INPUT, "d\\x\"y:1: integer 010");
    CHECK_FAILS(scan("@include \"d\\x\"\n"), STATUS_INPUT, "expected / or \\\\");
}

static void what_is_included_ends_its_comments_and_strings(void **state)
{
    (void)state;
    file_write_text(scratch_path("open.cfg"), "a = 1;\n/* b = 2;\n");
    CHECK_FAILS(scan("@include \"open.cfg\"\n*/\n"), STATUS_INPUT, "open.cfg:2: comment begins");
    file_write_text(scratch_path("open.cfg"), "a = \"b;\n");
    CHECK_FAILS(scan("@include \"open.cfg\"\n\";\n"), STATUS_INPUT, "open.cfg:1: string begins");
    file_write(scratch_path("open.cfg"), "\n\0", 2);
    CHECK_FAILS(scan("@include \"open.cfg\"\n"), STATUS_INPUT, "open.cfg:2: file contains a NUL");
    file_write_text(scratch_path("open.cfg"), "\xef\xbb\xbf");
    CHECK_FAILS(scan("@include \"open.cfg\"\n"), STATUS_INPUT,
                "open.cfg:1: file begins with a byte");
}

static void includes_cannot_nest_brackets_deeper(void **state)
{
    char text[2000] = "";
    (void)state;
    file_write_text(scratch_path("open.cfg"), "((((((((");
    for (int i = 0; i <= SCAN_MAX_NESTING / 8; i++) {
        const size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, "@include \"open.cfg\"\n");
    }
    CHECK_FAILS(scan(text), STATUS_INPUT, "open.cfg:1: brackets are nested more than 64 deep");
}

static void includes_that_multiply_are_stopped(void **state)
{
    (void)state;
    for (int i = 0; i < SCAN_MAX_INCLUDES; i++) {
        char name[32];
        char text[400] = "";
        (void)snprintf(name, sizeof name, "many%d.cfg", i);
        for (int k = 0; k < 10 && i + 1 < SCAN_MAX_INCLUDES; k++) {
            const size_t length = strlen(text);
            (void)snprintf(text + length, sizeof text - length, "@include \"many%d.cfg\"\n", i + 1);
        }
        file_write_text(scratch_path(name), text);
    }
    CHECK_FAILS(scan("@include \"many0.cfg\"\n"), STATUS_INPUT, "more than 1000 files");
}

static void a_joined_text_has_the_limit_of_one_file(void **state)
{
    enum { SIZE = SCAN_MAX_BYTES / 2 + 1 };
    char *const spaces = malloc(SIZE);
    (void)state;
    assert_non_null(spaces);
    memset(spaces, ' ', SIZE);
    file_write(scratch_path("half.cfg"), spaces, SIZE);
    free(spaces);
    CHECK_OK(scan("@include \"half.cfg\"\n"));
    CHECK_FAILS(scan("@include \"half.cfg\"\n@include \"half.cfg\"\n"), STATUS_INPUT,
                "s.cfg: with the files it includes more than 16777216 bytes");
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
        const enum status status = scan_bytes(copy, size);
        assert_true(status == STATUS_OK || status == STATUS_INPUT);
        free(copy);
    }
}

int test_scan(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_passes),
        cmocka_unit_test(numbers_that_do_not_fit_are_refused),
        cmocka_unit_test(text_without_end_is_refused_where_it_begins),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(a_model_file_is_no_study),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(keys_of_a_group_have_a_limit),
        SCRATCH_TEST(includes_are_looked_into),
        SCRATCH_TEST(an_include_is_replaced_by_what_it_names),
        SCRATCH_TEST(the_rest_of_an_include_line_is_scanned),
        SCRATCH_TEST(an_include_stands_alone_at_the_start_of_its_line),
        SCRATCH_TEST(an_include_name_is_read_as_libconfig_writes_it),
        SCRATCH_TEST(what_is_included_ends_its_comments_and_strings),
        SCRATCH_TEST(includes_cannot_nest_brackets_deeper),
        SCRATCH_TEST(includes_that_multiply_are_stopped),
        SCRATCH_TEST(a_joined_text_has_the_limit_of_one_file),
        SCRATCH_TEST(an_include_loop_ends),
        cmocka_unit_test(every_prefix_of_a_study_ends_cleanly),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
