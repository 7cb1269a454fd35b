#include "cli/group_table.h"

#include "cli/json_text.h"
#include "report/tables/table_write.h"

#include <math.h>

void group_table_print(const struct report *report, FILE *stream)
{
    const struct table_view view = {.table = report_table_find("groups"),
                                    .report = report,
                                    .only = {[ROW_ALPHA] = 1 + report->main_alpha}};
    (void)fprintf(stream,
                  "means over seeds at alpha = %g, low and high: 95 %% bootstrap interval\n\n",
                  report->data.alphas[report->main_alpha]);
    table_write_text(&view, "", stream);
    if (report->data.n_alphas > 1) {
        (void)fprintf(stream, "\nall %d thresholds: groups.csv; another one: --alpha\n",
                      report->data.n_alphas);
    }
}

/* ---- JSON ---- */

static json_t *json_value(const struct table_value *value)
{
    switch (value->kind) {
    case TABLE_INTEGER:
        return json_integer(value->integer);
    case TABLE_REAL:
        return isfinite(value->real) ? json_real(value->real) : json_null();
    case TABLE_TEXT:
        return json_text_or_null(value->text);
    case TABLE_MISSING:
        break;
    }
    return json_null();
}

/* A row at a time: the whole table as one value would be many times its text. */
static bool dump(json_t *value, FILE *stream)
{
    const bool is_whole = json_dumpf(value, stream, JSON_REAL_PRECISION(17)) == 0;
    json_decref(value);
    return is_whole;
}

enum status group_table_print_json(const struct report *report, FILE *stream, struct error *error)
{
    const struct table_view view = {.table = report_table_find("groups"), .report = report};
    const struct job_counts *const counts = &report->counts;
    struct table_column columns[TABLE_COLUMNS_MAX];
    const int n = table_columns(view.table, columns);
    bool is_first = true;
    (void)fputs("{\"jobs\": ", stream);
    bool is_whole =
        dump(json_pack("{s:I, s:I, s:I}", "done", (json_int_t)counts->n_done, "failed",
                       (json_int_t)counts->n_failed, "pending", (json_int_t)counts->n_pending),
             stream);
    (void)fputs(",\n \"groups\": [", stream);
    for (struct row row = {0}; table_step(&view, &row); is_first = false) {
        json_t *const object = json_object();
        for (int i = 0; i < n; i++) {
            const struct table_value value = table_value(&row, &columns[i]);
            (void)json_object_set_new(object, columns[i].name, json_value(&value));
        }
        (void)fputs(is_first ? "\n  " : ",\n  ", stream);
        is_whole = dump(object, stream) && is_whole;
    }
    (void)fputs("]}\n", stream);
    return is_whole ? STATUS_OK : error_set(error, STATUS_IO, "cannot write JSON");
}
