#include "cli/table_json.h"

#include "cli/json_text.h"

#include <math.h>

enum status table_write_json(const struct table_view *view, FILE *stream, struct error *error)
{
    struct table_column columns[TABLE_COLUMNS_MAX];
    const int n = table_columns(view->table, columns);
    bool is_first = true;
    bool is_whole = true;
    (void)fputc('[', stream);
    /* A row at a time: the whole table as one value would be many times its text. */
    for (struct row row = {0}; table_step(view, &row); is_first = false) {
        json_t *const object = json_object();
        for (int i = 0; i < n; i++) {
            const struct table_value value = table_value(&row, &columns[i]);
            (void)json_object_set_new(object, columns[i].name,
                                      value.kind == TABLE_INTEGER ? json_integer(value.integer)
                                      : value.kind == TABLE_REAL && isfinite(value.real)
                                          ? json_real(value.real)
                                      : value.kind == TABLE_TEXT ? json_text_or_null(value.text)
                                                                 : json_null());
        }
        (void)fputs(is_first ? "\n  " : ",\n  ", stream);
        is_whole = json_dumpf(object, stream, JSON_REAL_PRECISION(17)) == 0 && is_whole;
        json_decref(object);
    }
    (void)fputc(']', stream);
    return is_whole ? STATUS_OK : error_set(error, STATUS_IO, "cannot write JSON");
}
