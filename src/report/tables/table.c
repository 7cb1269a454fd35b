#include "report/tables/table.h"

#include "core/named.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool report_table_is_there(const struct report_table *table, const struct report *report)
{
    return !table->needs_curves || report->n_curves > 0;
}

const struct report_table *report_table_find(const char *name)
{
    return named_find(REPORT_TABLES, name);
}

struct table_value table_missing(void)
{
    return (struct table_value){.kind = TABLE_MISSING};
}

struct table_value table_real(double value)
{
    return isnan(value) ? table_missing() : (struct table_value){.kind = TABLE_REAL, .real = value};
}

struct table_value table_integer(int64_t value)
{
    return (struct table_value){.kind = TABLE_INTEGER, .integer = value};
}

struct table_value table_text(const char *text)
{
    return (struct table_value){.kind = TABLE_TEXT, .text = text};
}

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

static void write_value(const struct table_value *value, FILE *stream)
{
    char text[40];
    switch (value->kind) {
    case TABLE_INTEGER:
        (void)fprintf(stream, "%lld", (long long)value->integer);
        break;
    case TABLE_REAL:
        table_format_real(value->real, text, sizeof text);
        (void)fputs(text, stream);
        break;
    case TABLE_TEXT:
        table_write_csv_text(value->text, stream);
        break;
    case TABLE_MISSING:
        break;
    }
}

void table_write_csv(const struct report_table *table, const struct report *report, FILE *stream)
{
    const int n_columns = table->n_columns(report);
    const size_t n_rows = table->n_rows(report);
    for (int column = 0; column < n_columns; column++) {
        char name[TABLE_NAME_SIZE];
        table->column_name(column, name);
        (void)fprintf(stream, "%s%s", column > 0 ? "," : "", name);
    }
    (void)fputc('\n', stream);
    for (size_t row = 0; row < n_rows; row++) {
        for (int column = 0; column < n_columns; column++) {
            const struct table_value value = table->value(report, row, column);
            (void)fputs(column > 0 ? "," : "", stream);
            write_value(&value, stream);
        }
        (void)fputc('\n', stream);
    }
}
