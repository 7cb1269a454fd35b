/* Tables: their columns and rows, as CSV, on the page and on the terminal. */
#include "report/tables/table_write.h"

#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"
#include "support/written.h"

#include <stdio.h>
#include <stdlib.h>

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
    check_field("=1+1", "'=1+1");
    check_field("@a,b", "\"'@a,b\"");
    check_field("+1", "'+1");
    check_field("-x", "'-x");
    check_field("a=1", "a=1");
}

static void a_text_is_no_formula(void **state)
{
    (void)state;
    check_field("=1+1", "'=1+1");
    check_field("=cmd|' C calc'!A0.h5", "'=cmd|' C calc'!A0.h5");
    check_field("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"");
    check_field("+1", "'+1");
    check_field("-1", "'-1");
    check_field("@x", "'@x");
    check_field("a=b", "a=b");
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
        if (REPORT_TABLES[i]->name != NULL) {
            assert_ptr_equal(report_table_find(REPORT_TABLES[i]->name), REPORT_TABLES[i]);
        }
    }
    assert_null(report_table_find("nothing"));
}

/* No two alike, none empty; what has a title has a way to its value. */
static void columns_have_names_of_their_own(void **state)
{
    (void)state;
    static struct table_column columns[TABLE_COLUMNS_MAX];
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        const int n = table_columns(REPORT_TABLES[i], columns);
        assert_in_range(n, 4, TABLE_COLUMNS_MAX);
        for (int a = 0; a < n; a++) {
            assert_true(strlen(columns[a].name) > 0);
            assert_non_null(columns[a].column->value);
            for (int b = 0; b < a; b++) {
                assert_string_not_equal(columns[a].name, columns[b].name);
            }
        }
    }
}

/* Every measure that there is has its columns, one with intervals four more. */
static void every_measure_has_columns(void **state)
{
    (void)state;
    static struct table_column columns[TABLE_COLUMNS_MAX];
    const int n = table_columns(report_table_find("groups"), columns);
    for (int m = 0; MEASURES[m] != NULL; m++) {
        const char *const name = MEASURES[m]->variable.name;
        int count = 0;
        for (int i = 0; i < n; i++) {
            count += strncmp(columns[i].name, name, strlen(name)) == 0 &&
                     columns[i].name[strlen(name)] == '_' && columns[i].repeat == m;
        }
        assert_int_equal(count, MEASURES[m]->has_interval ? 12 : 8);
    }
}

/* ---- for people ---- */

static struct error error;
static struct report report;

static struct job_result some_results(int case_index, int alpha, int set)
{
    (void)alpha;
    return case_index == 1 && set == 1 ? empty_job(JOB_FAILED) : effect_job(0.25 * set);
}

/* Two cases, two alphas, two sets. */
static void make_report(void)
{
    const struct report_options options = {.alpha = 1.0};
    struct sweep sweep = report_sweep(2, 2, 2);
    char path[4096];
    const char *paths[] = {path};
    (void)snprintf(path, sizeof path, "%s", scratch_path("r.h5"));
    report_file(path, &sweep, some_results, NULL);
    CHECK_OK(report_create(&report, paths, 1, &options, &error));
    sweep_release(&sweep);
}

static void rows_are_those_that_are_wanted(void **state)
{
    (void)state;
    make_report();
    struct table_view view = {.table = report_table_find("jobs"), .report = &report};
    const int places[][3] = {{0, 0, 0}, {0, 0, 1}, {0, 1, 0}, {0, 1, 1},
                             {1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {1, 1, 1}};
    struct row row = {0};
    for (int i = 0; i < 8; i++) {
        assert_true(table_step(&view, &row));
        assert_int_equal(row.at[ROW_CASE], places[i][0]);
        assert_int_equal(row.at[ROW_ALPHA], places[i][1]);
        assert_int_equal(row.at[ROW_SET], places[i][2]);
    }
    assert_false(table_step(&view, &row));
    view.only[ROW_ALPHA] = 2;
    row = (struct row){0};
    for (int i = 0; i < 4; i++) {
        assert_true(table_step(&view, &row));
        assert_int_equal(row.at[ROW_CASE], i / 2);
        assert_int_equal(row.at[ROW_ALPHA], 1);
    }
    assert_false(table_step(&view, &row));
    view.only[ROW_CASE] = 3; /* there is none */
    row = (struct row){0};
    assert_false(table_step(&view, &row));
    report_release(&report);
}

/* The cells that people see. */
static void write_plain(const struct table_view *wanted, FILE *stream)
{
    struct table_view view = *wanted;
    struct table_column columns[TABLE_COLUMNS_MAX];
    view.audience = FOR_TERMINAL;
    const int n = table_shown_columns(&view, columns);
    for (int i = 0; i < n; i++) {
        (void)fprintf(stream, "%s|", columns[i].title);
    }
    (void)fputc('\n', stream);
    for (struct row row = {0}; table_step(&view, &row);) {
        for (int i = 0; i < n; i++) {
            char buffer[TABLE_REAL_SIZE];
            const char *const text = table_shown_text(&row, &columns[i], buffer);
            (void)fprintf(stream, "%s|", text != NULL ? text : "-");
        }
        (void)fputc('\n', stream);
    }
}

/* Without the columns of what is fixed, and of what no row has. */
static void a_table_for_people(void **state)
{
    (void)state;
    make_report();
    struct written written;
    const struct table_view view = {.table = report_table_find("jobs"),
                                    .report = &report,
                                    .only = {[ROW_CASE] = 2, [ROW_ALPHA] = 1}};
    written_begin(&written);
    write_plain(&view, written.stream);
    written_check(&written,
                  "without|fvu|delta_fvu|distance|removed_mass|sensitivity|verdict|code|failure|\n"
                  "none|0.5|0|0|0.5|0|-|-|-|\n"
                  "RR|-|-|-|-|-|failed|105|network output became NaN or Inf|\n");
    written_begin(&written);
    table_write_html(&view, written.stream);
    written_check(
        &written,
        "<div class=\"scroll\"><table>\n<thead><tr><th class=\"left\">without</th><th>fvu</th>"
        "<th>delta_fvu</th><th>distance</th><th>removed_mass</th><th>sensitivity</th>"
        "<th class=\"left\">verdict</th><th>code</th><th "
        "class=\"left\">failure</th></tr></thead><tbody>\n"
        "<tr><td class=\"left\">none</td><td>0.5</td><td>0</td><td>0</td><td>0.5</td><td>0</td>"
        "<td class=\"left\">\u2013</td><td>\u2013</td><td class=\"left\">\u2013</td></tr>\n"
        "<tr><td class=\"left\">RR</td><td>\u2013</td><td>\u2013</td><td>\u2013</td>"
        "<td>\u2013</td><td>\u2013</td><td class=\"left\">failed</td><td>105</td>"
        "<td class=\"left\">network output became NaN or Inf</td></tr>\n</tbody></table></div>\n");
    report_release(&report);
}

/* Single numbers of every study's diagnostics, and the array of one that was asked for. */
static void values_of_diagnostics_are_rows(void **state)
{
    (void)state;
    struct sweep sweep = report_sweep(1, 1, 1);
    const struct report_options options = {.alpha = 1.0};
    char path[4096];
    const char *paths[] = {path};
    struct written written;
    add_dummy(&sweep, 3);
    (void)snprintf(path, sizeof path, "%s", scratch_path("v.h5"));
    report_file(path, &sweep, some_results, NULL);
    CHECK_OK(report_create(&report, paths, 1, &options, &error));
    written_begin(&written);
    table_write_csv(report_table_find("values"), &report, written.stream);
#define OF "m0.h5,sine,dense_default,4,0,rnn,tanh,1,rate,hh,0,step,"
    written_check(
        &written,
        "model,task,construction,hidden,seed,cell,activation,leak,leak_form,matrix,gauge,order,"
        "diagnostic,variable,axis_1,"
        "axis_1_place,axis_2,axis_2_place,axis_3,axis_3_place,value\n" OF
        "spectrum,spectral_radius,,,,,,,1\n" OF "spectrum,nonnormality,,,,,,,\n" OF
        "spectrum,schur_residual,,,,,,,\n" OF "spectrum,orthogonality_loss,,,,,,,\n" OF
        "spectrum,modulus_gap,,,,,,,\n" OF "spectrum,schur_route,,,,,,,\n" OF
        "training,converged,,,,,,,\n" OF "training,train_metric,,,,,,,\n" OF
        "training,train_loss,,,,,,,\n" OF "training,train_steps,,,,,,,\n" OF
        "training,train_seconds,,,,,,,\n" OF "dummy,dummy_pairs,,,,,,,\n" OF
        "dummy,dummy_distance,pair,0,,,,,\n" OF "dummy,dummy_distance,pair,1,,,,,\n" OF
        "dummy,dummy_distance,pair,2,,,,,0.25\n" OF "dummy,dummy_distance,pair,3,,,,,\n" OF
        "dummy,dummy_distance,pair,4,,,,,\n" OF "dummy,dummy_distance,pair,5,,,,,\n");
#undef OF
    report_release(&report);
    sweep_release(&sweep);
}

int test_table(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_quoted_where_they_must_be),
        cmocka_unit_test(a_text_is_no_formula),
        cmocka_unit_test(a_nan_is_missing),
        cmocka_unit_test(every_table_is_found_by_its_name),
        cmocka_unit_test(columns_have_names_of_their_own),
        cmocka_unit_test(every_measure_has_columns),
        SCRATCH_TEST(rows_are_those_that_are_wanted),
        SCRATCH_TEST(a_table_for_people),
        SCRATCH_TEST(values_of_diagnostics_are_rows),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
