#include "cli/table_print.h"

#include "cli/json_text.h"
#include "cli/text_table.h"
#include "report/tables/table_write.h"

#include <math.h>
#include <string.h>

/* "stabilizer" in green, and what has failed in red: words of the tables' verdicts. */
static enum screen_style style_of(const char *text)
{
    return text == NULL                      ? STYLE_PLAIN
           : strcmp(text, "stabilizer") == 0 ? STYLE_GOOD
           : strcmp(text, "failed") == 0     ? STYLE_BAD
           : strcmp(text, "empty") == 0      ? STYLE_FAINT
                                             : STYLE_PLAIN;
}

enum status table_print(const struct table_view *wanted, const struct screen *screen, int margin,
                        struct error *error)
{
    struct table_view view = *wanted;
    struct table_column columns[TABLE_COLUMNS_MAX];
    struct text_column shown[TABLE_COLUMNS_MAX];
    struct text_table *table = NULL;
    view.audience = FOR_TERMINAL;
    const int n = table_shown_columns(&view, columns);
    for (int i = 0; i < n; i++) {
        shown[i] = (struct text_column){columns[i].title, columns[i].is_text};
    }
    if (n == 0) {
        return STATUS_OK;
    }
    TRY(text_table_create(&table, shown, n, error));
    for (struct row row = {0}; table_step(&view, &row);) {
        for (int i = 0; i < n; i++) {
            char buffer[TABLE_REAL_SIZE];
            const char *const text = table_shown_text(&row, &columns[i], buffer);
            text_table_add(table, style_of(text), text);
        }
    }
    const enum status status = text_table_print(table, screen, margin, error);
    text_table_destroy(&table);
    return status;
}

static bool print_value(const struct table_value *value, FILE *stream)
{
    char text[TABLE_REAL_SIZE];
    json_t *name = NULL;
    bool is_whole = true;
    switch (value->kind) {
    case TABLE_INTEGER:
        (void)fprintf(stream, "%lld", (long long)value->integer);
        return true;
    case TABLE_REAL:
        table_format_real(value->real, text, sizeof text);
        (void)fputs(isfinite(value->real) ? text : "null", stream);
        return true;
    case TABLE_TEXT:
        name = json_text_or_null(value->text);
        is_whole = json_dumpf(name, stream, JSON_ENCODE_ANY) == 0;
        json_decref(name);
        return is_whole;
    case TABLE_MISSING:
        break;
    }
    (void)fputs("null", stream);
    return true;
}

/* A row at a time: the whole table as one value would be many times its text. */
enum status table_print_json(const struct table_view *view, bool *is_first, FILE *stream,
                             struct error *error)
{
    struct table_column columns[TABLE_COLUMNS_MAX];
    const int n = table_columns(view->table, columns);
    bool is_whole = true;
    for (struct row row = {0}; table_step(view, &row); *is_first = false) {
        (void)fputs(*is_first ? "\n  {" : ",\n  {", stream);
        for (int i = 0; i < n; i++) {
            const struct table_value value = table_value(&row, &columns[i]);
            (void)fprintf(stream, "%s\"%s\": ", i > 0 ? ", " : "", columns[i].name);
            is_whole = print_value(&value, stream) && is_whole;
        }
        (void)fputc('}', stream);
    }
    return is_whole ? STATUS_OK : error_set(error, STATUS_IO, "cannot write JSON");
}
