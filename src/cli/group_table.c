#include "cli/group_table.h"

#include "cli/json_text.h"
#include "report/tables/table.h"

#include <math.h>
#include <string.h>

enum { LABEL_SIZE = 640, WIDEST_LABEL = 48 };

/* ---- terminal ---- */

/* Task and label of a group; UTF-8. */
static void name_group(const struct group *group, char *name, size_t size)
{
    char label[LABEL_SIZE];
    group_label(group, label, sizeof label);
    (void)snprintf(name, size, "%s %s", group->task, label);
}

/* Bytes of the first `count` characters of a text, fewer when it ends before. */
static int bytes_of(const char *text, int count)
{
    int bytes = 0;
    while (text[bytes] != '\0' && count > 0) {
        do {
            bytes++;
        } while (((unsigned char)text[bytes] & 0xc0) == 0x80);
        count--;
    }
    return bytes;
}

static int count_characters(const char *text)
{
    int count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

static int label_width(const struct report *report)
{
    int width = 5;
    for (int g = 0; g < report->grouping.n_groups; g++) {
        char name[2 * LABEL_SIZE];
        name_group(&report->grouping.groups[g], name, sizeof name);
        const int length = count_characters(name);
        width = length > width ? length : width;
    }
    return width < WIDEST_LABEL ? width : WIDEST_LABEL;
}

/* Cut or padded to a width in characters. */
static void print_label(const char *name, int width, FILE *stream)
{
    const int count = count_characters(name);
    (void)fprintf(stream, "%.*s%*s", bytes_of(name, width), name, count < width ? width - count : 0,
                  "");
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
    char name[2 * LABEL_SIZE] = "";
    if (set == 0) {
        name_group(group, name, sizeof name);
    }
    print_label(name, width, stream);
    (void)fprintf(stream, " %-9s %4d", ablation_name(report->data.sets[set]), summary->n);
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

static json_t *json_jobs(const struct job_counts *counts)
{
    return json_pack("{s:I, s:I, s:I}", "done", (json_int_t)counts->n_done, "failed",
                     (json_int_t)counts->n_failed, "pending", (json_int_t)counts->n_pending);
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
    const struct report_table *const table = report_table_find("groups");
    bool is_whole = true;
    (void)fputs("{\"jobs\": ", stream);
    is_whole = dump(json_jobs(&report->counts), stream);
    (void)fputs(",\n \"groups\": [", stream);
    for (size_t row = 0; row < table->n_rows(report); row++) {
        (void)fputs(row > 0 ? ",\n  " : "\n  ", stream);
        is_whole = dump(json_row(table, report, row), stream) && is_whole;
    }
    (void)fputs("]}\n", stream);
    return is_whole ? STATUS_OK : error_set(error, STATUS_IO, "cannot write JSON");
}
