#include "report/tables/table_write.h"

#include "report/html.h"

#include <stdlib.h>
#include <string.h>

/* ---- CSV ---- */

void table_format_real(double value, char *text, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            return;
        }
    }
}

void table_write_csv_text(const char *text, FILE *stream)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        (void)fputs(text, stream);
        return;
    }
    (void)fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            (void)fputc('"', stream);
        }
        (void)fputc(*text, stream);
    }
    (void)fputc('"', stream);
}

void table_write_csv(const struct report_table *table, const struct report *report, FILE *stream)
{
    const struct table_view view = {.table = table, .report = report};
    struct table_column columns[TABLE_COLUMNS_MAX];
    const int n = table_columns(table, columns);
    struct row row = {0};
    for (int i = 0; i < n; i++) {
        (void)fprintf(stream, "%s%s", i > 0 ? "," : "", columns[i].name);
    }
    (void)fputc('\n', stream);
    while (table_step(&view, &row)) {
        for (int i = 0; i < n; i++) {
            const struct table_value value = table_value(&row, &columns[i]);
            char text[TABLE_REAL_SIZE] = "";
            (void)fputs(i > 0 ? "," : "", stream);
            if (value.kind == TABLE_INTEGER) {
                (void)snprintf(text, sizeof text, "%lld", (long long)value.integer);
            } else if (value.kind == TABLE_REAL) {
                table_format_real(value.real, text, sizeof text);
            }
            table_write_csv_text(value.kind == TABLE_TEXT ? value.text : text, stream);
        }
        (void)fputc('\n', stream);
    }
}

/* ---- for people ---- */

/* What is shown of a value: a text itself, a number in `buffer`; NULL when it is missing. */
static const char *shown_text(struct row *row, const struct table_column *column,
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
        const char *const text = shown_text(row, &columns[i], buffer);
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

/* ---- terminal ---- */

enum { WIDEST_CELL = 48 };

static int count_characters(const char *text)
{
    int count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80; /* UTF-8 */
    }
    return count;
}

/* Cut or padded to a width in characters; nothing follows the last one of a line. */
static void write_cell(const char *text, int width, bool is_left, bool is_last, FILE *stream)
{
    const int length = count_characters(text);
    const int padding = length < width ? width - length : 0;
    int bytes = 0;
    for (int count = 0; text[bytes] != '\0' && count < width; count++) {
        do { /* over the bytes of a character */
            bytes++;
        } while (((unsigned char)text[bytes] & 0xc0) == 0x80);
    }
    (void)fprintf(stream, "%*s%.*s%*s", is_left ? 0 : padding, "", bytes, text,
                  is_left && !is_last ? padding : 0, "");
}

void table_write_text(const struct table_view *wanted, const char *margin, FILE *stream)
{
    struct table_view view = *wanted;
    struct table_column columns[TABLE_COLUMNS_MAX];
    int widths[TABLE_COLUMNS_MAX];
    view.audience = FOR_TERMINAL;
    const int n = table_shown_columns(&view, columns);
    struct row row = {0};
    for (int i = 0; i < n; i++) {
        widths[i] = count_characters(columns[i].title);
        while (table_step(&view, &row)) {
            char buffer[TABLE_REAL_SIZE];
            const char *const text = shown_text(&row, &columns[i], buffer);
            const int length = text != NULL ? count_characters(text) : 1;
            widths[i] = length > widths[i] ? length : widths[i];
        }
        row = (struct row){0};
        widths[i] = widths[i] < WIDEST_CELL ? widths[i] : WIDEST_CELL;
        (void)fputs(i > 0 ? "  " : margin, stream);
        write_cell(columns[i].title, widths[i], columns[i].is_text, i + 1 == n, stream);
    }
    (void)fputc('\n', stream);
    while (table_step(&view, &row)) {
        for (int i = 0; i < n; i++) {
            char buffer[TABLE_REAL_SIZE];
            const char *const text = shown_text(&row, &columns[i], buffer);
            (void)fputs(i > 0 ? "  " : margin, stream);
            write_cell(text != NULL ? text : "-", widths[i], columns[i].is_text, i + 1 == n,
                       stream);
        }
        (void)fputc('\n', stream);
    }
}
