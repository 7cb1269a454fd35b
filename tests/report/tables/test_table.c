/* Numbers and texts of CSV tables. */
#include "report/tables/table.h"

#include "support/check.h"
#include "support/written.h"

#include <stdio.h>
#include <stdlib.h>

static void check_real(double value, const char *expected)
{
    char text[40];
    table_format_real(value, text, sizeof text);
    assert_string_equal(text, expected);
}

static void numbers_are_short_and_read_back(void **state)
{
    (void)state;
    check_real(0.1, "0.1");
    check_real(-2.0, "-2");
    check_real(1e22, "1e+22");
    check_real(0.1 + 0.2, "0.30000000000000004");
    const double awkward[] = {1.0 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
                              -0.0,    1e-7,   123456789.123456789};
    for (size_t i = 0; i < sizeof awkward / sizeof awkward[0]; i++) {
        char text[40];
        table_format_real(awkward[i], text, sizeof text);
        CHECK_SAME(strtod(text, NULL), awkward[i]);
    }
}

static void check_field(const char *text, const char *expected)
{
    struct written written;
    written_begin(&written);
    table_write_csv_text(text, written.stream);
    written_check(&written, expected);
}

static void texts_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    check_field("plain", "plain");
    check_field("", "");
    check_field("it's <b> & %d \\", "it's <b> & %d \\");
    check_field("a,b", "\"a,b\"");
    check_field("say \"hi\"", "\"say \"\"hi\"\"\"");
    check_field("two\nlines", "\"two\nlines\"");
    check_field("\r", "\"\r\"");
    check_field("µ", "µ");
}

static void a_nan_is_missing(void **state)
{
    (void)state;
    assert_int_equal(table_real(NAN).kind, TABLE_MISSING);
    assert_int_equal(table_real(INFINITY).kind, TABLE_REAL);
    assert_int_equal(table_integer(-1).kind, TABLE_INTEGER);
    assert_true(table_integer(INT64_MIN).integer == INT64_MIN);
}

static void every_table_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        assert_ptr_equal(report_table_find(REPORT_TABLES[i]->name), REPORT_TABLES[i]);
    }
    assert_null(report_table_find("nothing"));
}

/* Column names of a table are as many as it says, no two alike, none empty. */
static void columns_have_names_of_their_own(void **state)
{
    (void)state;
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        const int n = REPORT_TABLES[i]->n_columns(NULL);
        assert_true(n > 4 && n < 100);
        for (int a = 0; a < n; a++) {
            char name[TABLE_NAME_SIZE];
            char other[TABLE_NAME_SIZE];
            REPORT_TABLES[i]->column_name(a, name);
            assert_true(strlen(name) > 0);
            for (int b = 0; b < a; b++) {
                REPORT_TABLES[i]->column_name(b, other);
                assert_string_not_equal(name, other);
            }
        }
    }
}

int test_table(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_short_and_read_back),
        cmocka_unit_test(texts_are_quoted_where_they_must_be),
        cmocka_unit_test(a_nan_is_missing),
        cmocka_unit_test(every_table_is_found_by_its_name),
        cmocka_unit_test(columns_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
