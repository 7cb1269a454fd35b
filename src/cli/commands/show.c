/* schursweep show RESULTS */
#include "cli/commands/command.h"
#include "cli/options.h"
#include "core/memory.h"
#include "core/text.h"
#include "report/statistics.h"
#include "report/tables/table_write.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct show_options {
    const char *file;
    const char *model;      /* NULL for all */
    const char *alpha;      /* NULL for all */
    const char *partitions; /* model of which all partitions are wanted, or NULL */
    double alpha_value;
};

static const struct option_table OPTIONS = {
    .file = "results file",
    .options = {
        {"--model", 'm', "MODEL", "only this model, by its name in the file",
         offsetof(struct show_options, model)},
        {"--alpha", 'a', "ALPHA", "only this threshold", offsetof(struct show_options, alpha)},
        {"--partitions", 'p', "MODEL",
         "every partition of this model's spectrum instead: what each coupling is worth, and where "
         "the thresholds lie; needs 'partitions = \"all\";' in the study",
         offsetof(struct show_options, partitions)}}};

static void print_heading(const struct study_data *data, int c)
{
    const char *const construction = study_text(data, "construction", c);
    const double rho = study_real(data, "spectral_radius", c, 0);
    const char *const cell = study_text(data, "cell", c);
    const int gauge = (int)study_integer(data, "gauge", c, 0);
    (void)printf("%s: task %s, %s%sN %d", study_text(data, "model", c), study_text(data, "task", c),
                 construction, construction[0] != '\0' ? ", " : "",
                 (int)study_integer(data, "hidden", c, 0));
    if (strcmp(cell, "rnn") != 0) {
        (void)printf(", %s, matrix %s", cell, study_text(data, "matrix", c));
    } else if (strcmp(study_text(data, "activation", c), "tanh") != 0) {
        (void)printf(", %s", study_text(data, "activation", c));
    }
    if (gauge > 0) {
        (void)printf(", gauge %d", gauge);
    }
    if (!isnan(rho)) {
        (void)printf(", spectral radius %.4f", rho);
    }
    (void)printf("\n");
    if (study_text(data, "message", c)[0] != '\0') {
        (void)printf("  failed: %s\n", study_text(data, "message", c));
    }
}

/* The jobs of a case at an alpha. */
static void print_alpha(const struct report *report, int c, int alpha)
{
    const struct study_data *const data = &report->data;
    const struct table_view view = {.table = report_table_find("jobs"),
                                    .report = report,
                                    .only = {[ROW_CASE] = 1 + c, [ROW_ALPHA] = 1 + alpha}};
    const int n_r = study_n_r(data, c, alpha);
    const double gap = study_real(data, "alpha_gap", c, (size_t)alpha);
    (void)printf("\n  alpha %g", data->alphas[alpha]);
    if (n_r >= 0) {
        (void)printf(", n_R %d, mass", n_r);
        for (int k = 0; k < COUPLING_COUNT; k++) {
            (void)printf(
                " %s %.3f", coupling_name((enum coupling)k),
                study_real(data, "coupling_mass", c, (size_t)alpha * COUPLING_COUNT + (size_t)k));
        }
    }
    if (gap < NEAR_TIE) {
        (void)printf(", near-tie: an eigenvalue is %.2g away", gap);
    }
    (void)printf("\n");
    table_write_text(&view, "  ", stdout);
}

/* One number, or of an array how many there are and their range. */
static enum status print_variable(const struct study_data *data, int c,
                                  const struct variable *variable, struct error *error)
{
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
        (void)printf("  %-24s -\n", variable->name);
    } else if (variable->axes[0] == NULL) {
        (void)printf("  %-24s %.6g\n", variable->name, values[0]);
    } else {
        (void)printf("  %-24s %zu values, %.4g to %.4g, median %.4g\n", variable->name, n,
                     values[0], values[n - 1], statistics_quantile(values, (int)n, 0.5));
    }
    free(values);
    return STATUS_OK;
}

/* Those that the study asked for beside what every study has. */
static enum status print_diagnostics(const struct study_data *data, int c, struct error *error)
{
    const struct schema *const schema = &study_input(data, c)->schema;
    for (int t = 0; t < schema->n_tables; t++) {
        const struct diagnostic_ops *const ops = diagnostic_find(schema->tables[t].name);
        if (ops->is_always) {
            continue;
        }
        (void)printf("\n  diagnostic %s: %s\n", ops->name, ops->long_name);
        for (int i = 0; ops->variables[i].name != NULL; i++) {
            TRY(print_variable(data, c, &ops->variables[i], error));
        }
    }
    return STATUS_OK;
}

static void print_partitions(const struct report *report, int case_index)
{
    static const char *const tables[] = {"partitions", "break_points", "model_dominance"};
    const struct alpha_window all = {0.0, 1.0};
    const struct study_data *const data = &report->data;
    const struct case_partitions *const partitions = &report->partitions[case_index];
    const int n_distinct = partitions_count_distinct(partitions, data->alphas, data->n_alphas);
    int n_near = 0;
    int n_narrow = 0;
    if (partitions->n == 0) {
        (void)printf(study_text(data, "message", case_index)[0] == '\0' ? "  pending\n" : "");
        return;
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        const struct table_view view = {.table = report_table_find(tables[i]),
                                        .report = report,
                                        .only = {[ROW_CASE] = 1 + case_index}};
        (void)printf("\n  %s\n\n", view.table->title);
        table_write_text(&view, "  ", stdout);
    }
    (void)partitions_count(partitions, all, &n_narrow);
    for (int a = 0; a < data->n_alphas; a++) {
        n_near += partitions_break_distance(partitions, data->alphas[a]) < NEAR_TIE;
    }
    (void)printf("\n  %d threshold%s of the study, %d different partition%s\n", data->n_alphas,
                 data->n_alphas == 1 ? "" : "s", n_distinct, n_distinct == 1 ? "" : "s");
    if (n_near > 0) {
        (void)printf("  near-ties: %d of %d thresholds lie within %g of a break point: a slightly "
                     "other alpha is another partition\n",
                     n_near, data->n_alphas, NEAR_TIE);
    }
    if (n_narrow > 0) {
        (void)printf("  near-ties: * %d of %d partitions are narrower than %g: neighbouring moduli "
                     "differ by less (relative to the spectral radius)\n",
                     n_narrow, partitions->n, NEAR_TIE);
    }
}

static bool wants_alpha(const struct show_options *options, double alpha)
{
    return options->alpha == NULL || fabs(options->alpha_value - alpha) < 1e-12;
}

static enum status unknown_model(const struct study_data *data, const char *name,
                                 struct error *error)
{
    const char *nearest = NULL;
    for (int c = 0; c < data->n_cases; c++) {
        const char *const words[] = {nearest != NULL ? nearest : study_text(data, "model", c),
                                     study_text(data, "model", c)};
        const char *const found = text_nearest(name, words, 2);
        nearest = found != NULL ? found : nearest;
    }
    return nearest != NULL
               ? error_set(error, STATUS_USAGE, "show: no model '%s', did you mean '%s'?", name,
                           nearest)
               : error_set(error, STATUS_USAGE, "show: no model '%s' among %d cases, e.g. '%s'",
                           name, data->n_cases, study_text(data, "model", 0));
}

static enum status print_cases(const struct report *report, const struct show_options *options,
                               struct error *error)
{
    const struct study_data *const data = &report->data;
    const char *const model = options->partitions != NULL ? options->partitions : options->model;
    int printed = 0;
    int n_wanted = 0;
    for (int a = 0; a < data->n_alphas; a++) {
        n_wanted += wants_alpha(options, data->alphas[a]);
    }
    if (n_wanted == 0) {
        return error_set(
            error, STATUS_USAGE, "show: alpha %s is not in the file, it has %d from %g to %g",
            options->alpha, data->n_alphas, data->alphas[0], data->alphas[data->n_alphas - 1]);
    }
    if (options->partitions != NULL && !study_has(&report->data, "partition_n_r")) {
        return error_set(
            error, STATUS_USAGE,
            "show: %s has no partitions: its study lacks the line 'partitions = \"all\";'",
            data->inputs[0].path);
    }
    for (int c = 0; c < data->n_cases; c++) {
        if (model != NULL && strcmp(study_text(data, "model", c), model) != 0) {
            continue;
        }
        (void)printf(printed++ > 0 ? "\n" : "");
        print_heading(data, c);
        if (options->partitions != NULL) {
            print_partitions(report, c);
            continue;
        }
        for (int a = 0; a < data->n_alphas; a++) {
            if (wants_alpha(options, data->alphas[a])) {
                print_alpha(report, c, a);
            }
        }
        TRY(print_diagnostics(data, c, error));
    }
    return printed > 0 ? STATUS_OK : unknown_model(data, model, error);
}

static enum status command_show(const struct command_context *context, int argc, char **argv,
                                struct error *error)
{
    const struct report_options defaults = {.alpha = 1.0};
    struct show_options options = {0};
    struct report report;
    char *end = NULL;
    if (context->rank != 0) {
        return STATUS_OK;
    }
    TRY(options_parse(argc, argv, &OPTIONS, &options, &options.file, error));
    if (options.partitions != NULL && (options.model != NULL || options.alpha != NULL)) {
        return error_set(error, STATUS_USAGE,
                         "show: --partitions names its model and shows all thresholds, it goes "
                         "without --model and --alpha");
    }
    options.alpha_value = options.alpha != NULL ? strtod(options.alpha, &end) : NAN;
    if (options.alpha != NULL && (end == options.alpha || *end != '\0')) {
        return error_set(error, STATUS_USAGE, "show: --alpha is '%s', expected a number",
                         options.alpha);
    }
    enum status status = report_read(&report, &options.file, 1, &defaults, error);
    THEN(status, print_cases(&report, &options, error));
    report_release(&report);
    return status;
}

const struct command COMMAND_SHOW = {
    .name = "show",
    .arguments = "RESULTS",
    .summary = "the table of every case: measures and verdict of every ablation",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_show,
};
