/* schursweep show RESULTS */
#include "cli/commands/command.h"
#include "cli/options.h"
#include "cli/show_partitions.h"
#include "report/curve.h"
#include "store/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct show_options {
    const char *file;
    const char *model;      /* NULL for all */
    const char *alpha;      /* NULL for all */
    const char *partitions; /* model whose threshold curve is wanted, or NULL */
    double alpha_value;
};

static const enum variable_id SHOWN[] = {
    VAR_ALPHA,         VAR_ABLATION,        VAR_MODEL,    VAR_TASK,         VAR_HIDDEN,
    VAR_FVU,           VAR_DELTA_FVU,       VAR_ACCURACY, VAR_DISTANCE,     VAR_REMOVED_MASS,
    VAR_SENSITIVITY,   VAR_STABILIZER,      VAR_ERROR,    VAR_STATE,        VAR_N_R,
    VAR_COUPLING_MASS, VAR_SPECTRAL_RADIUS, VAR_MESSAGE,  VAR_CONSTRUCTION, VAR_ALPHA_GAP,
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

static enum status parse_options(struct show_options *options, int argc, char **argv,
                                 struct error *error)
{
    TRY(options_parse(argc, argv, &OPTIONS, options, &options->file, error));
    if (options->partitions != NULL && (options->model != NULL || options->alpha != NULL)) {
        return error_set(error, STATUS_USAGE,
                         "show: --partitions names its model and shows all thresholds, it goes "
                         "without --model and --alpha");
    }
    char *end = NULL;
    options->alpha_value = options->alpha != NULL ? strtod(options->alpha, &end) : NAN;
    return options->alpha == NULL || (end != options->alpha && *end == '\0')
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "show: --alpha is '%s', expected a number",
                           options->alpha);
}

/* `-` where there is no number, else a fixed width that fits it. */
static void print_number(double value, const char *format)
{
    if (isnan(value)) {
        (void)printf("%13s", "-");
        return;
    }
    (void)printf(format, value);
}

static bool is_accuracy(const struct case_table *table, int case_index)
{
    for (int alpha = 0; alpha < table->n_alphas; alpha++) {
        for (int ablation = 0; ablation < table->n_ablations; ablation++) {
            const size_t result = case_table_job(table, case_index, alpha, ablation);
            if (!isnan(case_table_real(table, VAR_ACCURACY, result))) {
                return true;
            }
        }
    }
    return false;
}

static const char *verdict(const struct case_table *table, size_t result)
{
    const uint8_t state = ((const uint8_t *)table->values[VAR_STATE])[result];
    const uint8_t stabilizer = ((const uint8_t *)table->values[VAR_STABILIZER])[result];
    if (state != JOB_DONE) {
        return state == JOB_FAILED ? "failed" : "pending";
    }
    return stabilizer == 1 ? "stabilizer" : "changes the answers";
}

static void print_failure(const struct case_table *table, size_t result)
{
    const uint16_t code = ((const uint16_t *)table->values[VAR_ERROR])[result];
    if (code != 0) {
        (void)printf(" (%d: %s)", code, status_text((enum status)code));
    }
}

static void print_row(const struct case_table *table, int case_index, int alpha, int ablation,
                      bool accuracy)
{
    const size_t result = case_table_job(table, case_index, alpha, ablation);
    const size_t full = case_table_job(table, case_index, alpha, 0);
    const enum variable_id metric = accuracy ? VAR_ACCURACY : VAR_FVU;
    const double value = case_table_real(table, metric, result);
    (void)printf("  %-10s", case_table_text(table, VAR_ABLATION, ablation));
    print_number(value, accuracy ? "%13.4f" : "%13.5g");
    const double change = ablation == 0 ? NAN : value - case_table_real(table, metric, full);
    print_number(change, accuracy ? "%+13.4f" : "%+13.5g");
    print_number(case_table_real(table, VAR_DISTANCE, result), "%13.4g");
    print_number(case_table_real(table, VAR_REMOVED_MASS, result), "%13.4g");
    print_number(case_table_real(table, VAR_SENSITIVITY, result), "%13.4g");
    (void)printf("  %s", verdict(table, result));
    print_failure(table, result);
    (void)printf("\n");
}

static void print_block(const struct case_table *table, int case_index, int alpha, bool accuracy)
{
    const size_t row = (size_t)case_index * (size_t)table->n_alphas + (size_t)alpha;
    (void)printf("\n  alpha %g", case_table_real(table, VAR_ALPHA, (size_t)alpha));
    const int n_r = ((const int32_t *)table->values[VAR_N_R])[row];
    if (n_r >= 0) {
        (void)printf(", n_R %d, mass RR %.3f CR %.3f CC %.3f", n_r,
                     case_table_real(table, VAR_COUPLING_MASS, row * COUPLING_COUNT + COUPLING_RR),
                     case_table_real(table, VAR_COUPLING_MASS, row * COUPLING_COUNT + COUPLING_CR),
                     case_table_real(table, VAR_COUPLING_MASS, row * COUPLING_COUNT + COUPLING_CC));
    }
    const double gap = case_table_real(table, VAR_ALPHA_GAP, row);
    if (gap < NEAR_TIE) {
        (void)printf(", near-tie: an eigenvalue is %.2g away", gap);
    }
    (void)printf("\n  %-10s%13s%13s%13s%13s%13s  verdict\n", "ablation",
                 accuracy ? "accuracy" : "FVU", "change", "distance", "removed mass",
                 "sensitivity");
    for (int ablation = 0; ablation < table->n_ablations; ablation++) {
        print_row(table, case_index, alpha, ablation, accuracy);
    }
}

static void print_heading(const struct case_table *table, int case_index)
{
    const char *const construction = case_table_text(table, VAR_CONSTRUCTION, case_index);
    (void)printf("%s: task %s, %s%sN %d", case_table_text(table, VAR_MODEL, case_index),
                 case_table_text(table, VAR_TASK, case_index), construction,
                 construction[0] != '\0' ? ", " : "",
                 ((const int32_t *)table->values[VAR_HIDDEN])[case_index]);
    const double rho = case_table_real(table, VAR_SPECTRAL_RADIUS, (size_t)case_index);
    if (!isnan(rho)) {
        (void)printf(", spectral radius %.4f", rho);
    }
    (void)printf("\n");
    if (case_table_text(table, VAR_MESSAGE, case_index)[0] != '\0') {
        (void)printf("  failed: %s\n", case_table_text(table, VAR_MESSAGE, case_index));
    }
}

static bool wants_alpha(const struct case_table *table, const struct show_options *options,
                        int alpha)
{
    return options->alpha == NULL ||
           fabs(options->alpha_value - case_table_real(table, VAR_ALPHA, (size_t)alpha)) < 1e-12;
}

static void print_case(const struct case_table *table, const struct show_options *options,
                       int case_index)
{
    const bool accuracy = is_accuracy(table, case_index);
    print_heading(table, case_index);
    for (int alpha = 0; alpha < table->n_alphas; alpha++) {
        if (wants_alpha(table, options, alpha)) {
            print_block(table, case_index, alpha, accuracy);
        }
    }
}

static enum status check_alpha(const struct case_table *table, const struct show_options *options,
                               struct error *error)
{
    for (int alpha = 0; alpha < table->n_alphas; alpha++) {
        if (wants_alpha(table, options, alpha)) {
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_USAGE,
                     "show: alpha %s is not in the file, it has %d from %g to %g", options->alpha,
                     table->n_alphas, case_table_real(table, VAR_ALPHA, 0),
                     case_table_real(table, VAR_ALPHA, (size_t)table->n_alphas - 1));
}

static enum status print_table(const struct case_table *table, const struct show_options *options,
                               struct error *error)
{
    int printed = 0;
    TRY(check_alpha(table, options, error));
    for (int i = 0; i < table->n_cases; i++) {
        if (options->model == NULL ||
            strcmp(case_table_text(table, VAR_MODEL, i), options->model) == 0) {
            (void)printf(printed++ > 0 ? "\n" : "");
            print_case(table, options, i);
        }
    }
    if (printed == 0) {
        return show_unknown_model(table, options->model, error);
    }
    return STATUS_OK;
}

static enum status show_table(const struct show_options *options, struct error *error)
{
    struct results results;
    struct case_table table;
    TRY(results_open(&results, options->file, RESULTS_READ, error));
    enum status status =
        case_table_read(&table, &results, SHOWN, sizeof SHOWN / sizeof SHOWN[0], error);
    struct error ignored;
    (void)!results_close(&results, &ignored);
    TRY(status);
    status = print_table(&table, options, error);
    case_table_release(&table);
    return status;
}

static enum status show_curve(const struct show_options *options, struct error *error)
{
    struct study_data data;
    char *const path = strdup(options->file);
    if (path == NULL) {
        return error_set(error, STATUS_INTERNAL, "out of memory");
    }
    enum status status = study_data_read(&data, &path, 1, error);
    free(path);
    TRY(status);
    status = show_partitions(&data, options->partitions, error);
    study_data_release(&data);
    return status;
}

static enum status command_show(const struct command_context *context, int argc, char **argv,
                                struct error *error)
{
    struct show_options options = {0};
    TRY(parse_options(&options, argc, argv, error));
    if (context->rank != 0) {
        return STATUS_OK;
    }
    return options.partitions != NULL ? show_curve(&options, error) : show_table(&options, error);
}

const struct command COMMAND_SHOW = {
    .name = "show",
    .arguments = "RESULTS",
    .summary = "the table of every case: metric, change, removed mass, verdict",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_show,
};
