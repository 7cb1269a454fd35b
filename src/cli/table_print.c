#include "cli/table_print.h"

#include "cli/text_table.h"
#include "report/tables/table_write.h"

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

static void print_value(struct json *json, const char *name, const struct table_value *value)
{
    switch (value->kind) {
    case TABLE_INTEGER:
        json_integer(json, name, value->integer);
        break;
    case TABLE_REAL:
        json_real(json, name, value->real);
        break;
    case TABLE_TEXT:
        json_text(json, name, value->text);
        break;
    case TABLE_MISSING:
        json_null(json, name);
        break;
    }
}

void table_print_json(const struct table_view *view, struct json *json)
{
    struct table_column columns[TABLE_COLUMNS_MAX];
    const int n = table_columns(view->table, columns);
    for (struct row row = {0}; table_step(view, &row);) {
        json_object(json, NULL);
        json->is_line = true;
        for (int i = 0; i < n; i++) {
            const struct table_value value = table_value(&row, &columns[i]);
            print_value(json, columns[i].name, &value);
        }
        json_end_object(json);
        json->is_line = false;
    }
}
