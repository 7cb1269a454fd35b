/* Every line of a joined text leads back to the file and line where it was written. */
#include "study/source.h"

#include "support/check.h"

static struct error error;

static void add_part(struct study_text *source, const char *file, int line, const char *text)
{
    CHECK_OK(source_begin_part(source, file, line, &error));
    CHECK_OK(source_append(source, text, strlen(text), &error));
}

static void check_place(const struct study_text *source, int line, const char *file,
                        int line_in_file)
{
    int found = -1;
    const char *const path = source_place(source, line, &found);
    assert_non_null(path);
    assert_string_equal(path, file);
    assert_int_equal(found, line_in_file);
}

static void lines_lead_back_to_their_files(void **state)
{
    (void)state;
    struct study_text source = {0};
    add_part(&source, "outer.cfg", 1, "a;\nb;\n");
    add_part(&source, "inner.cfg", 1, "c;\nd;\n");
    add_part(&source, "outer.cfg", 3, " e;\nf;\n");
    assert_string_equal(source.text, "a;\nb;\nc;\nd;\n e;\nf;\n");
    check_place(&source, 1, "outer.cfg", 1);
    check_place(&source, 2, "outer.cfg", 2);
    check_place(&source, 3, "inner.cfg", 1);
    check_place(&source, 4, "inner.cfg", 2);
    check_place(&source, 5, "outer.cfg", 3);
    check_place(&source, 6, "outer.cfg", 4);
    source_release(&source);
}

static void a_file_without_text_has_no_line(void **state)
{
    (void)state;
    struct study_text source = {0};
    add_part(&source, "outer.cfg", 1, "");
    add_part(&source, "empty.cfg", 1, "");
    add_part(&source, "outer.cfg", 1, "a;\n");
    check_place(&source, 1, "outer.cfg", 1);
    source_release(&source);
}

static void what_is_no_line_has_no_place(void **state)
{
    (void)state;
    struct study_text source = {0};
    int line = 7;
    assert_null(source_place(&source, 1, &line));
    add_part(&source, "a.cfg", 1, "a;\n");
    assert_null(source_place(&source, 0, &line));
    assert_int_equal(line, 7);
    source_release(&source);
    source_release(&source);
}

int test_source(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_lead_back_to_their_files),
        cmocka_unit_test(a_file_without_text_has_no_line),
        cmocka_unit_test(what_is_no_line_has_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
