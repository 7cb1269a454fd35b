/* Everything that is known of a model: measures, diagnostics, partitions. */
#include "cli/show_request.h"
#include "cli/table_print.h"
#include "core/memory.h"
#include "report/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MARGIN = 2, INDENT = 4 };

/* ---- measures ---- */

/* One that is near an eigenvalue is a partition by little. */
static void say_near_ties(const struct show_request *request, int c,
                          const struct show_partition *partition)
{
    const struct study_data *const data = &request->report->data;
    for (int a = partition->first; a < partition->end; a++) {
        const double gap = study_real(data, "alpha_gap", c, (size_t)a);
        if (request->alphas[a] != 0 && gap < NEAR_TIE) {
            screen_say(&request->screen, INDENT,
                       "  near-tie: an eigenvalue is %.2g away from alpha %g", gap,
                       data->alphas[a]);
        }
    }
}

static enum status print_partition(const struct show_request *request, int c,
                                   const struct show_partition *partition, struct error *error)
{
    const struct study_data *const data = &request->report->data;
    const struct table_view view = {
        .table = report_table_find("jobs"),
        .report = request->report,
        .only = {[ROW_CASE] = 1 + c, [ROW_ALPHA] = 1 + partition->first}};
    const size_t first_mass = (size_t)partition->first * COUPLING_COUNT;
    char alphas[128];
    char text[128] = "";
    show_alphas(request, c, partition, alphas, sizeof alphas);
    if (partition->n_r >= 0) {
        (void)snprintf(text, sizeof text, ", n_R %d, mass RR %.3f CR %.3f CC %.3f", partition->n_r,
                       study_real(data, "coupling_mass", c, first_mass + COUPLING_RR),
                       study_real(data, "coupling_mass", c, first_mass + COUPLING_CR),
                       study_real(data, "coupling_mass", c, first_mass + COUPLING_CC));
    }
    (void)fputc('\n', request->screen.stream);
    screen_say(&request->screen, INDENT, "  alpha %s%s", alphas, text);
    say_near_ties(request, c, partition);
    return table_print(&view, &request->screen, MARGIN, error);
}

/* ---- diagnostics ---- */

/* One number, or of an array how many there are and their range. */
static enum status print_variable(const struct show_request *request, int c,
                                  const struct variable *variable, struct error *error)
{
    const struct study_data *const data = &request->report->data;
    const struct screen *const screen = &request->screen;
    const size_t count = variable_count(variable, &study_input(data, c)->sweep);
    double *values = NULL;
    size_t n = 0;
    TRY(memory_array(&values, count, sizeof *values, error));
    for (size_t i = 0; i < count; i++) {
        const double value = study_real(data, variable->name, c, i);
        if (!isnan(value)) {
            values[n++] = value;
        }
    }
    statistics_sort(values, (int)n);
    if (n == 0) {
        screen_say(screen, INDENT, "  %-24s -", variable->name);
    } else if (variable->axes[0] == NULL) {
        screen_say(screen, INDENT, "  %-24s %.6g", variable->name, values[0]);
    } else {
        screen_say(screen, INDENT, "  %-24s %zu values, %.4g to %.4g, median %.4g", variable->name,
                   n, values[0], values[n - 1], statistics_quantile(values, (int)n, 0.5));
    }
    free(values);
    return STATUS_OK;
}

/* Those that the study asked for beside what every study has. */
static enum status print_diagnostics(const struct show_request *request, int c, struct error *error)
{
    const struct schema *const schema = &study_input(&request->report->data, c)->schema;
    for (int t = 0; t < schema->n_tables; t++) {
        const struct diagnostic_ops *const ops = diagnostic_find(schema->tables[t].name);
        if (ops->is_always) {
            continue;
        }
        (void)fputc('\n', request->screen.stream);
        screen_say(&request->screen, INDENT, "  diagnostic %s: %s", ops->name, ops->long_name);
        for (int i = 0; ops->variables[i].name != NULL; i++) {
            TRY(print_variable(request, c, &ops->variables[i], error));
        }
    }
    return STATUS_OK;
}

static void begin_case(const struct show_request *request, int i)
{
    (void)fputs(i > 0 ? "\n" : "", request->screen.stream);
    show_heading(request, request->cases[i]);
}

enum status show_blocks(const struct show_request *request, struct error *error)
{
    for (int i = 0; i < request->n_cases; i++) {
        const int c = request->cases[i];
        begin_case(request, i);
        for (struct show_partition partition = {0}; show_next_partition(request, c, &partition);) {
            TRY(print_partition(request, c, &partition, error));
        }
        TRY(print_diagnostics(request, c, error));
    }
    return STATUS_OK;
}

/* ---- all partitions ---- */

static enum status print_partitions(const struct show_request *request, int c, struct error *error)
{
    static const char *const tables[] = {"partitions", "break_points", "model_dominance"};
    static const struct alpha_window all = {0.0, 1.0};
    const struct report *const report = request->report;
    const struct study_data *const data = &report->data;
    const struct screen *const screen = &request->screen;
    const struct case_partitions *const partitions = &report->partitions[c];
    const int n_distinct = partitions_count_distinct(partitions, data->alphas, data->n_alphas);
    int n_near = 0;
    int n_narrow = 0;
    if (partitions->n == 0) {
        if (study_text(data, "message", c)[0] == '\0') {
            screen_say(screen, INDENT, "  pending");
        }
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        const struct table_view view = {
            .table = report_table_find(tables[i]), .report = report, .only = {[ROW_CASE] = 1 + c}};
        (void)fputc('\n', screen->stream);
        screen_say_in(screen, STYLE_BOLD, INDENT, "  %s", view.table->title);
        (void)fputc('\n', screen->stream);
        TRY(table_print(&view, screen, MARGIN, error));
    }
    (void)partitions_count(partitions, all, &n_narrow);
    for (int a = 0; a < data->n_alphas; a++) {
        n_near += partitions_break_distance(partitions, data->alphas[a]) < NEAR_TIE;
    }
    (void)fputc('\n', screen->stream);
    screen_say(screen, INDENT, "  %d threshold%s of the study, %d different partition%s",
               data->n_alphas, data->n_alphas == 1 ? "" : "s", n_distinct,
               n_distinct == 1 ? "" : "s");
    if (n_near > 0) {
        screen_say(screen, INDENT,
                   "  near-ties: %d of %d thresholds lie within %g of a break point: a slightly "
                   "other alpha is another partition",
                   n_near, data->n_alphas, NEAR_TIE);
    }
    if (n_narrow > 0) {
        screen_say(screen, INDENT,
                   "  near-ties: * %d of %d partitions are narrower than %g: neighbouring moduli "
                   "differ by less (relative to the spectral radius)",
                   n_narrow, partitions->n, NEAR_TIE);
    }
    return STATUS_OK;
}

enum status show_all_partitions(const struct show_request *request, struct error *error)
{
    for (int i = 0; i < request->n_cases; i++) {
        begin_case(request, i);
        TRY(print_partitions(request, request->cases[i], error));
    }
    return STATUS_OK;
}
