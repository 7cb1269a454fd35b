#include "report/tables/table_write.h"

#include "core/json.h"
#include "report/html.h"

#include <stdlib.h>
#include <string.h>

/* ---- CSV ---- */

/* A spreadsheet takes what begins so for a formula, and may run it. */
static bool is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@", text[0]) != NULL;
}

void table_write_csv_text(const char *text, FILE *stream)
{
    const char *const mark = is_formula(text) ? "'" : "";
    if (strpbrk(text, ",\"\r\n") == NULL) {
        (void)fprintf(stream, "%s%s", mark, text);
        return;
    }
    (void)fprintf(stream, "\"%s", mark);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            (void)fputc('"', stream);
        }
        (void)fputc(*text, stream);
    }
    (void)fputc('"', stream);
}

void table_write_csv_names(const struct report_table *table, FILE *stream)
{
    struct table_column columns[TABLE_COLUMNS_MAX];
    const int n = table_columns(table, columns);
    for (int i = 0; i < n; i++) {
        (void)fprintf(stream, "%s%s", i > 0 ? "," : "", columns[i].name);
    }
    (void)fputc('\n', stream);
}

void table_write_csv_rows(const struct table_view *view, FILE *stream)
{
    struct table_column columns[TABLE_COLUMNS_MAX];
    const int n = table_columns(view->table, columns);
    struct row row = {0};
    while (table_step(view, &row)) {
        for (int i = 0; i < n; i++) {
            const struct table_value value = table_value(&row, &columns[i]);
            char text[JSON_REAL_SIZE] = "";
            (void)fputs(i > 0 ? "," : "", stream);
            if (value.kind == TABLE_INTEGER) {
                (void)snprintf(text, sizeof text, "%lld", (long long)value.integer);
            } else if (value.kind == TABLE_REAL) {
                real_text(value.real, text);
            }
            if (value.kind == TABLE_TEXT) {
                table_write_csv_text(value.text, stream);
            } else {
                (void)fputs(text, stream);
            }
        }
        (void)fputc('\n', stream);
    }
}

void table_write_csv(const struct report_table *table, const struct report *report, FILE *stream)
{
    const struct table_view view = {.table = table, .report = report};
    table_write_csv_names(table, stream);
    table_write_csv_rows(&view, stream);
}

/* ---- for people ---- */

const char *table_shown_text(struct row *row, const struct table_column *column,
                             char buffer[TABLE_REAL_SIZE])
{
    const struct table_value value = table_shown_value(row, column);
    const char *const format = column->column->format != NULL ? column->column->format : "%.4g";
    switch (value.kind) {
    case TABLE_TEXT:
        return value.text;
    case TABLE_INTEGER:
        (void)snprintf(buffer, TABLE_REAL_SIZE, "%lld", (long long)value.integer);
        return buffer;
    case TABLE_REAL:
        (void)snprintf(buffer, TABLE_REAL_SIZE, format, value.real);
        return buffer;
    case TABLE_MISSING:
        break;
    }
    return NULL;
}

enum { ROWS_OPEN = 64 };

static void write_head_html(const struct table_column *columns, int n, FILE *page)
{
    (void)fputs("<div class=\"scroll\"><table>\n<thead><tr>", page);
    for (int i = 0; i < n; i++) {
        (void)fputs(columns[i].is_text ? "<th class=\"left\">" : "<th>", page);
        html_text(page, columns[i].title);
        (void)fputs("</th>", page);
    }
    (void)fputs("</tr></thead><tbody>\n", page);
}

static void write_row_html(const struct table_view *view, struct row *row,
                           const struct table_column *columns, int n, FILE *page)
{
    if (view->marks_alpha) {
        (void)fprintf(page, "<tr data-a=\"%d\">", row->at[ROW_ALPHA]);
    } else {
        (void)fputs("<tr>", page);
    }
    for (int i = 0; i < n; i++) {
        char buffer[TABLE_REAL_SIZE];
        const char *const text = table_shown_text(row, &columns[i], buffer);
        (void)fputs(columns[i].is_text ? "<td class=\"left\">" : "<td>", page);
        html_text(page, text != NULL ? text : "\u2013");
        (void)fputs("</td>", page);
    }
    (void)fputs("</tr>\n", page);
}

void table_write_html(const struct table_view *wanted, FILE *page)
{
    struct table_view view = *wanted;
    struct table_column columns[TABLE_COLUMNS_MAX];
    view.audience = FOR_PAGE;
    const int n = table_shown_columns(&view, columns);
    const int n_rows = table_count_rows(&view);
    if (n_rows == 0) {
        (void)fputs("<p>Nothing is there to be shown.</p>\n", page);
        return;
    }
    if (n_rows > ROWS_OPEN) {
        (void)fprintf(page, "<details><summary>Show all %d rows</summary>\n", n_rows);
    }
    write_head_html(columns, n, page);
    for (struct row row = {0}; table_step(&view, &row);) {
        write_row_html(&view, &row, columns, n, page);
    }
    (void)fputs("</tbody></table></div>\n", page);
    (void)fputs(n_rows > ROWS_OPEN ? "</details>\n" : "", page);
}
