/* schursweep show RESULTS */
#include "cli/commands/command.h"
#include "cli/model_choice.h"
#include "cli/options.h"
#include "cli/show_pairs.h"
#include "cli/show_request.h"
#include "cli/table_print.h"
#include "core/json.h"
#include "core/memory.h"
#include "report/tables/table_write.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct show_options {
    const char *file;
    const char *model;      /* NULL for all */
    const char *alpha;      /* NULL for all */
    const char *partitions; /* model of which all partitions are wanted, or NULL */
    const char *epsilon;    /* NULL for that of the study */
    const char *sort;       /* NULL for the order of the file */
    bool is_long;
    bool csv;
    bool json;
    double alpha_value;
    double epsilon_value;
};

static const struct option_table OPTIONS = {
    .file = "results file",
    .options = {
        {"--model", 'm', "MODEL",
         "all measures of this model, by its name or the end of it; without it the changes of all "
         "models, in a row for each partition",
         offsetof(struct show_options, model)},
        {"--long", 'l', NULL, "all measures of all models", offsetof(struct show_options, is_long)},
        {"--alpha", 'a', "ALPHA", "only this threshold", offsetof(struct show_options, alpha)},
        {"--epsilon", 'e', "E", "largest distance of a stabilizer, instead of that of the study",
         offsetof(struct show_options, epsilon)},
        {"--sort", 's', "KEY",
         "order of the models: model, task, construction, hidden, seed or spectral_radius, "
         "ascending; a measure of the full network such as fvu, or an ablation set such as CC by "
         "its change of FVU, the largest first",
         offsetof(struct show_options, sort)},
        {"--partitions", 'p', "MODEL",
         "every partition of this model's spectrum instead: what each coupling is worth, and "
         "where the thresholds lie; needs 'partitions = \"all\";' in the study",
         offsetof(struct show_options, partitions)},
        {"--csv", '\0', NULL, "a row per job for programs, as in the report's jobs.csv",
         offsetof(struct show_options, csv)},
        {"--json", '\0', NULL, "the same as JSON", offsetof(struct show_options, json)}}};

static enum status read_number(const char *name, const char *text, double *value,
                               struct error *error)
{
    char *end = NULL;
    *value = text != NULL ? strtod(text, &end) : NAN;
    return text == NULL || (end != text && *end == '\0' && !isnan(*value))
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "show: %s is '%s', expected a number", name, text);
}

static enum status parse_options(struct show_options *options, int argc, char **argv,
                                 struct error *error)
{
    TRY(options_parse(argc, argv, &OPTIONS, options, &options->file, error));
    TRY(read_number("--alpha", options->alpha, &options->alpha_value, error));
    TRY(read_number("--epsilon", options->epsilon, &options->epsilon_value, error));
    if (options->epsilon_value < 0.0) {
        return error_set(error, STATUS_USAGE, "show: --epsilon is '%s', expected a number >= 0",
                         options->epsilon);
    }
    if (options->csv && options->json) {
        return error_set(error, STATUS_USAGE, "show: --csv or --json, not both");
    }
    const bool has_others =
        options->model != NULL || options->alpha != NULL || options->csv || options->json;
    return options->partitions != NULL && has_others
               ? error_set(error, STATUS_USAGE,
                           "show: --partitions names its model and shows all thresholds, it goes "
                           "without --model, --alpha, --csv and --json")
               : STATUS_OK;
}

/* For programs: the rows of jobs.csv. */
static void write_rows(const struct show_request *request, bool json)
{
    const struct study_data *const data = &request->report->data;
    struct table_view view = {.table = report_table_find("jobs"), .report = request->report};
    FILE *const stream = request->screen.stream;
    const bool has_all = memchr(request->alphas, 0, (size_t)data->n_alphas) == NULL;
    const unsigned char *const one = memchr(request->alphas, 1, (size_t)data->n_alphas);
    view.only[ROW_ALPHA] = has_all ? 0 : 1 + (int)(one - request->alphas);
    struct json rows = {.stream = stream};
    if (json) {
        json_array(&rows, NULL);
    } else {
        table_write_csv_names(view.table, stream);
    }
    for (int i = 0; i < request->n_cases; i++) {
        view.only[ROW_CASE] = 1 + request->cases[i];
        if (json) {
            table_print_json(&view, &rows);
        } else {
            table_write_csv_rows(&view, stream);
        }
    }
    if (json) {
        json_end_array(&rows);
    }
}

static enum status find_alphas(const struct study_data *data, const struct show_options *options,
                               unsigned char *alphas, struct error *error)
{
    int n_wanted = 0;
    for (int a = 0; a < data->n_alphas; a++) {
        alphas[a] = options->alpha == NULL || fabs(options->alpha_value - data->alphas[a]) < 1e-12;
        n_wanted += alphas[a];
    }
    return n_wanted > 0 ? STATUS_OK
                        : error_set(error, STATUS_USAGE,
                                    "show: alpha %s is not in the file, it has %d from %g to %g",
                                    options->alpha, data->n_alphas, data->alphas[0],
                                    data->alphas[data->n_alphas - 1]);
}

static enum status print_request(const struct show_request *request,
                                 const struct show_options *options, struct error *error)
{
    if (options->csv || options->json) {
        write_rows(request, options->json);
        return STATUS_OK;
    }
    if (options->partitions != NULL) {
        return show_all_partitions(request, error);
    }
    return options->model != NULL || options->is_long || request->n_cases == 1
               ? show_blocks(request, error)
               : show_overview(request, error);
}

/* wanted[n_cases]: of a pair either may be the model that is asked for, by its label, since only
 * the first one has a short name. */
static enum status choose_model(const struct study_data *data, const struct short_names *names,
                                const char *word, unsigned char *wanted, struct error *error)
{
    const int n = data->n_cases;
    const bool is_of_pairs = study_is_of_pairs(data);
    const int n_words = is_of_pairs ? 2 * n : n;
    const char **labels = NULL; /* [n_words], and as many short names */
    unsigned char *chosen = NULL;
    TRY(memory_array2(&labels, 2, (size_t)n_words, sizeof *labels, error));
    enum status status = memory_array(&chosen, (size_t)n_words, 1, error);
    const char **const short_ones = labels + n_words;
    for (int i = 0; i < n_words; i++) {
        labels[i] = study_text(data, i < n ? "model" : "model_2", i % n);
        short_ones[i] = is_of_pairs ? labels[i] : names->of[i];
    }
    const struct model_words words = {labels, short_ones, n_words};
    THEN(status, model_choose(&words, "show", word, chosen, error));
    for (int i = 0; i < n_words && status == STATUS_OK; i++) {
        wanted[i % n] |= chosen[i];
    }
    free(chosen);
    free(labels);
    return status;
}

static enum status show_of_pairs(const struct report *report, const struct short_names *names,
                                 const struct show_options *options, struct error *error)
{
    const struct study_data *const data = &report->data;
    const struct screen screen = screen_of(stdout);
    unsigned char *wanted = NULL; /* of all pairs */
    enum status status = STATUS_OK;
    if (options->partitions != NULL || options->alpha != NULL || options->epsilon != NULL ||
        options->sort != NULL) {
        return error_set(error, STATUS_USAGE,
                         "show: %s is a file of pairs: it takes --model, --long, --csv and --json",
                         data->inputs[0].path);
    }
    if (options->model != NULL) {
        TRY(memory_array(&wanted, (size_t)data->n_cases, 1, error));
        status = choose_model(data, names, options->model, wanted, error);
    }
    if (status == STATUS_OK && (options->csv || options->json)) {
        show_pairs_rows(report, wanted, options->json, stdout);
    } else {
        THEN(status, show_pairs(report, wanted, options->is_long, &screen, error));
    }
    free(wanted);
    return status;
}

static enum status show(const struct report *report, const struct short_names *names,
                        const struct show_options *options, struct error *error)
{
    const struct study_data *const data = &report->data;
    const char *const model = options->partitions != NULL ? options->partitions : options->model;
    struct show_request request = {.report = report, .names = names, .screen = screen_of(stdout)};
    unsigned char *wanted = NULL;
    unsigned char *alphas = NULL;
    int *cases = NULL;
    if (options->partitions != NULL && !study_has(data, "partition_n_r")) {
        return error_set(
            error, STATUS_USAGE,
            "show: %s has no partitions: its study lacks the line 'partitions = \"all\";'",
            data->inputs[0].path);
    }
    enum status status = memory_array(&wanted, (size_t)data->n_cases, 1, error);
    THEN(status, memory_array(&alphas, (size_t)data->n_alphas, 1, error));
    THEN(status, memory_array(&cases, (size_t)data->n_cases, sizeof *cases, error));
    THEN(status, find_alphas(data, options, alphas, error));
    if (model != NULL) {
        THEN(status, choose_model(data, names, model, wanted, error));
    }
    THEN(status, show_order(report, model != NULL ? wanted : NULL, options->sort, alphas, cases,
                            &request.n_cases, error));
    request.cases = cases;
    request.alphas = alphas;
    THEN(status, print_request(&request, options, error));
    free(cases);
    free(alphas);
    free(wanted);
    return status;
}

static enum status command_show(const struct command_context *context, int argc, char **argv,
                                struct error *error)
{
    struct show_options options = {0};
    struct short_names names = {0};
    struct report report;
    (void)context;
    TRY(parse_options(&options, argc, argv, error));
    const struct report_options wanted = {
        .alpha = 1.0, .has_epsilon = options.epsilon != NULL, .epsilon = options.epsilon_value};
    enum status status = report_read(&report, &options.file, 1, &wanted, error);
    THEN(status, short_names_create(&names, &report.data, error));
    THEN(status, study_is_of_pairs(&report.data) ? show_of_pairs(&report, &names, &options, error)
                                                 : show(&report, &names, &options, error));
    short_names_release(&names);
    report_release(&report);
    return status;
}

const struct command COMMAND_SHOW = {
    .name = "show",
    .arguments = "RESULTS",
    .summary = "what every ablation changes in every model, or all measures of one",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_show,
};
