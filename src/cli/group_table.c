#include "cli/group_table.h"

#include "cli/json_text.h"
#include "report/table.h"

#include <math.h>
#include <string.h>

enum { LABEL_SIZE = 640 };

/* ---- terminal ---- */

static int label_width(const struct report *report)
{
    int width = 5;
    for (int g = 0; g < report->grouping.n_groups; g++) {
        char label[LABEL_SIZE];
        group_label(&report->grouping.groups[g], label, sizeof label);
        const int length = (int)(strlen(report->grouping.groups[g].task) + 1 + strlen(label));
        width = length > width ? length : width;
    }
    return width < 48 ? width : 48;
}

static void print_number(FILE *stream, int width, const char *format, double value)
{
    char text[40];
    (void)snprintf(text, sizeof text, format, value);
    (void)fprintf(stream, " %*s", width, isnan(value) ? "-" : text);
}

static void print_row(const struct report *report, int g, int set, int width, FILE *stream)
{
    const struct group *const group = &report->grouping.groups[g];
    const struct summary *const summary =
        summary_of_group(&report->summaries, g, report->main_alpha, set);
    const struct measure_summary *const change = &summary->measures[MEASURE_DELTA_FVU];
    char label[LABEL_SIZE];
    char name[2 * LABEL_SIZE];
    group_label(group, label, sizeof label);
    (void)snprintf(name, sizeof name, "%s %s", group->task, label);
    (void)fprintf(stream, "%-*.*s %-9s %4d", width, width, set == 0 ? name : "",
                  ablation_name(report->data.sets[set]), summary->n);
    print_number(stream, 9, "%.4g", summary->measures[MEASURE_FVU].sample.mean);
    print_number(stream, 10, "%+.3g", set == 0 ? NAN : change->sample.mean);
    print_number(stream, 9, "%.2g", set == 0 ? NAN : change->mean_interval.low);
    print_number(stream, 9, "%.2g", set == 0 ? NAN : change->mean_interval.high);
    print_number(stream, 9, "%.4f", summary->measures[MEASURE_ACCURACY].sample.mean);
    print_number(stream, 8, "%.3f", summary->measures[MEASURE_REMOVED_MASS].sample.mean);
    print_number(stream, 7, "%.2f", set == 0 ? NAN : summary->stabilizer_share);
    if (summary->n_failed > 0) {
        (void)fprintf(stream, "  %d failed", summary->n_failed);
    }
    if (summary->n_pending > 0) {
        (void)fprintf(stream, "  %d pending", summary->n_pending);
    }
    if (summary->n_unconverged > 0) {
        (void)fprintf(stream, "  %d not converged", summary->n_unconverged);
    }
    (void)fputc('\n', stream);
}

void group_table_print(const struct report *report, FILE *stream)
{
    const int width = label_width(report);
    (void)fprintf(stream,
                  "means over seeds at alpha = %g, 95 %% bootstrap interval of the change\n\n",
                  report->data.alphas[report->main_alpha]);
    (void)fprintf(stream, "%-*s %-9s %4s %9s %10s %9s %9s %9s %8s %7s\n", width, "group", "without",
                  "n", "FVU", "change", "low", "high", "accuracy", "mass", "stable");
    for (int g = 0; g < report->grouping.n_groups; g++) {
        for (int set = 0; set < report->data.n_sets; set++) {
            print_row(report, g, set, width, stream);
        }
    }
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

static json_t *json_row(const struct report_table *table, const struct report *report, size_t row)
{
    json_t *const object = json_object();
    for (int column = 0; column < table->n_columns(report); column++) {
        char name[TABLE_NAME_SIZE];
        const struct table_value value = table->value(report, row, column);
        table->column_name(column, name);
        (void)json_object_set_new(object, name, json_value(&value));
    }
    return object;
}

static json_t *json_jobs(const struct cell_counts *counts)
{
    return json_pack("{s:I, s:I, s:I}", "done", (json_int_t)counts->n_done, "failed",
                     (json_int_t)counts->n_failed, "pending", (json_int_t)counts->n_pending);
}

enum status group_table_print_json(const struct report *report, FILE *stream, struct error *error)
{
    const struct report_table *const table = report_table_find("groups");
    json_t *const root = json_object();
    json_t *const rows = json_array();
    for (size_t row = 0; row < table->n_rows(report); row++) {
        (void)json_array_append_new(rows, json_row(table, report, row));
    }
    (void)json_object_set_new(root, "jobs", json_jobs(&report->counts));
    (void)json_object_set_new(root, "groups", rows);
    const int result = json_dumpf(root, stream, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(root);
    (void)fputc('\n', stream);
    return result == 0 ? STATUS_OK : error_set(error, STATUS_IO, "cannot write JSON");
}
