/* schursweep import FILE -o MODEL */
#include "cli/commands/command.h"
#include "cli/import_many.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "core/memory.h"
#include "core/text.h"
#include "store/model_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct import_options {
    const char *output;
    const char *transposed;
    const char *task;
    const char *construction;
    const char *seed_text;
    const char *seed_from;
    const char *metric;
    const char *cell;
    const char *activation;
    const char *leak;
    const char *leak_form;
    const char *expect_text;
    bool assume_tanh;
    bool json;
    double expected_fvu; /* NaN when it is not told */
    int64_t seed;
    struct import_trials trials;
    struct import_request request;
    char **files; /* [n_files] borrowed strings, patterns among them */
    int n_files;
};

#define AT(member) offsetof(struct import_options, member)

static const struct option_table OPTIONS =
    {.file = "file of weights",
     .options =
         {{"--output", 'o', "MODEL",
           "the model file to write, or the folder of several; replaces nothing", AT(output)},
          {"--recurrent", '\0', "KEY",
           "the array that is W_hh; the usual names are known, see docs/models.md",
           AT(request.names.keys[IMPORT_RECURRENT])},
          {"--input", '\0', "KEY", "likewise W_ih", AT(request.names.keys[IMPORT_INPUT])},
          {"--readout", '\0', "KEY[,KEY]", "likewise W_hy, stacked",
           AT(request.names.keys[IMPORT_READOUT])},
          {"--bias", '\0', "KEY[,KEY]", "b_h, summed, or none",
           AT(request.names.keys[IMPORT_BIAS])},
          {"--readout-bias", '\0', "KEY", "b_y, or none",
           AT(request.names.keys[IMPORT_READOUT_BIAS])},
          {"--initial-state", '\0', "KEY", "h_0, or none",
           AT(request.names.keys[IMPORT_INITIAL_STATE])},
          {"--initial-cell", '\0', "KEY", "c_0 of an lstm, or none",
           AT(request.names.keys[IMPORT_CELL_STATE])},
          {"--dale-sign", '\0', "KEY", "signs of Dale's law, 1 or -1 of each unit, or none",
           AT(request.names.keys[IMPORT_DALE_SIGN])},
          {"--transposed", '\0', "WORD",
           "square matrices are stored x W: yes, no or auto (default)", AT(transposed)},
          {"--mask", '\0', "KEY", "an array of 0 and 1 that W_hh is multiplied by",
           AT(request.names.mask)},
          {"--ignore", '\0', "KEY[,KEY]",
           "entries that are no part of the network, with all below them; KEY* is a beginning",
           AT(request.names.ignored)},
          {"--cell", '\0', "NAME", "rnn, gru or lstm, with PyTorch's gates, where no name tells",
           AT(cell)},
          {"--activation", '\0', "NAME", ACTIVATION_NAMES ", where the file does not say it",
           AT(activation)},
          {"--leak", '\0', "A", "time step over time constant, of a network with a leak", AT(leak)},
          {"--leak-form", '\0', "WORD",
           "rate: h' = (1 - a) h + a f(W h + ...), current: v' = (1 - a) v + a (W f(v) + ...)",
           AT(leak_form)},
          {"--assume-tanh", '\0', NULL, "--activation tanh --leak 1", AT(assume_tanh)},
          {"--task", '\0', "NAME", "label of the model: the task it was trained on", AT(task)},
          {"--construction", '\0', "NAME", "label of the model: how its recurrent matrix was made",
           AT(construction)},
          {"--seed", '\0', "NUMBER", "label of the model: its seed", AT(seed_text)},
          {"--seed-from", '\0', "REGEX", "the seed is the first group in the name of the file",
           AT(seed_from)},
          {"--trials", '\0', "FILE", "arrays inputs, targets and mask to evaluate it on",
           AT(trials.path)},
          {"--batch-first", '\0', NULL, "their axes are trials x steps x channels",
           AT(trials.batch_first)},
          {"--time-first", '\0', NULL, "their axes are steps x trials x channels, whatever fits",
           AT(trials.time_first)},
          {"--outputs", '\0', "FILE",
           "what the network has answered to them elsewhere, to be compared",
           AT(trials.outputs_path)},
          {"--expect-fvu", '\0', "NUMBER", "FVU of the network on them, to a part in a million",
           AT(expect_text)},
          {"--metric", '\0', "NAME", "of the trials: fvu (default), accuracy or argmax",
           AT(metric)},
          {"--json", '\0', NULL, "what has become of each file, for programs", AT(json)}},
     .more = "Several files, or a quoted pattern, go into a folder, each under its own name:\n"
             "  schursweep import 'runs/*/model.npz' -o lab/ --seed-from 'run([0-9]+)'\n"};

/* ---- options ---- */

/* The place of a word in a list that ends with NULL, the first when it is not given; `expected`
 * tells the list. */
static enum status choose(const char *option, const char *word, const char *const *words,
                          const char *expected, int *place, struct error *error)
{
    *place = 0;
    while (word != NULL && words[*place] != NULL && strcmp(words[*place], word) != 0) {
        ++*place;
    }
    return words[*place] != NULL ? STATUS_OK
                                 : error_set(error, STATUS_USAGE, "import: %s is '%s', expected %s",
                                             option, word, expected);
}

static enum status read_trial_options(struct import_options *options, struct error *error)
{
    const struct {
        const char *name;
        bool is_given;
    } DEPENDENT[] = {{"--metric", options->metric != NULL},
                     {"--batch-first", options->trials.batch_first},
                     {"--time-first", options->trials.time_first},
                     {"--outputs", options->trials.outputs_path != NULL},
                     {"--expect-fvu", options->expect_text != NULL}};
    options->expected_fvu = NAN;
    for (size_t i = 0; i < sizeof DEPENDENT / sizeof DEPENDENT[0]; i++) {
        if (options->trials.path == NULL && DEPENDENT[i].is_given) {
            return error_set(error, STATUS_USAGE, "import: %s needs --trials", DEPENDENT[i].name);
        }
    }
    if (options->trials.path == NULL) {
        return STATUS_OK;
    }
    if (options->trials.batch_first && options->trials.time_first) {
        return error_set(error, STATUS_USAGE,
                         "import: --batch-first and --time-first exclude each other");
    }
    options->trials.tells_metric = options->metric != NULL;
    if (options->metric != NULL &&
        !metric_kind_from_name(options->metric, &options->trials.metric)) {
        return error_set(error, STATUS_USAGE, "import: --metric is '%s', expected " METRIC_NAMES,
                         options->metric);
    }
    if (options->expect_text != NULL) {
        char *end = NULL;
        options->expected_fvu = strtod(options->expect_text, &end);
        if (end == options->expect_text || *end != '\0' || !(options->expected_fvu > 0.0) ||
            !isfinite(options->expected_fvu)) {
            return error_set(error, STATUS_USAGE,
                             "import: --expect-fvu is '%s', expected a number above 0",
                             options->expect_text);
        }
    }
    options->request.trials = &options->trials;
    return STATUS_OK;
}

/* What the user tells of the cell. */
static enum status read_cell_options(struct import_options *options, struct error *error)
{
    struct import_request *const request = &options->request;
    struct cell *const cell = &request->cell;
    *cell = CELL_DEFAULT;
    if (options->cell != NULL && !cell_kind_from_name(options->cell, &cell->kind)) {
        return error_set(error, STATUS_USAGE, "import: --cell is '%s', expected " CELL_KIND_NAMES,
                         options->cell);
    }
    request->tells_kind = options->cell != NULL;
    if (options->activation != NULL &&
        !activation_from_name(options->activation, &cell->activation)) {
        return error_set(error, STATUS_USAGE,
                         "import: --activation is '%s', expected " ACTIVATION_NAMES,
                         options->activation);
    }
    if (options->leak != NULL) {
        char *end = NULL;
        cell->leak = strtod(options->leak, &end);
        if (end == options->leak || *end != '\0' || !(cell->leak > 0.0 && cell->leak <= 1.0)) {
            return error_set(error, STATUS_USAGE,
                             "import: --leak is '%s', expected a number above 0, at most 1",
                             options->leak);
        }
    }
    if (options->leak_form != NULL && !leak_form_from_name(options->leak_form, &cell->leak_form)) {
        return error_set(error, STATUS_USAGE,
                         "import: --leak-form is '%s', expected rate or current",
                         options->leak_form);
    }
    if (options->leak_form == NULL && cell->leak != 1.0) {
        return error_set(error, STATUS_USAGE,
                         "import: --leak %s needs --leak-form rate or current: they are different "
                         "networks",
                         options->leak);
    }
    if (options->assume_tanh && !cell_is_default(cell)) {
        return error_set(error, STATUS_USAGE,
                         "import: --assume-tanh is --activation tanh --leak 1, expected no other");
    }
    request->tells_activation = options->assume_tanh || options->activation != NULL;
    request->tells_leak = options->assume_tanh || options->leak != NULL;
    return STATUS_OK;
}

static enum status check_label(const char *option, const char *label, struct error *error)
{
    if (label != NULL && strlen(label) >= MODEL_NAME_SIZE) {
        return error_set(error, STATUS_USAGE, "import: %s is %zu bytes long, expected at most %d",
                         option, strlen(label), MODEL_NAME_SIZE - 1);
    }
    return STATUS_OK;
}

static enum status parse_options(struct import_options *options, int argc, char **argv,
                                 struct error *error)
{
    static const char *const ORIENTATIONS[] = {[ORIENTATION_UNKNOWN] = "auto",
                                               [ORIENTATION_TO_FROM] = "no",
                                               [ORIENTATION_FROM_TO] = "yes",
                                               NULL};
    int orientation = ORIENTATION_UNKNOWN;
    TRY(options_parse_files(argc, argv, &OPTIONS, options, options->files, &options->n_files,
                            error));
    TRY(choose("--transposed", options->transposed, ORIENTATIONS, "yes, no or auto", &orientation,
               error));
    options->request.square = (enum orientation)orientation;
    TRY(read_trial_options(options, error));
    TRY(read_cell_options(options, error));
    options->seed = -1;
    if (options->seed_text != NULL) {
        char *end = NULL;
        errno = 0;
        options->seed = strtoll(options->seed_text, &end, 10);
        if (errno != 0 || end == options->seed_text || *end != '\0' || options->seed < 0) {
            return error_set(error, STATUS_USAGE,
                             "import: --seed is '%s', expected a whole number of 0 or more",
                             options->seed_text);
        }
    }
    TRY(check_label("--task", options->task, error));
    TRY(check_label("--construction", options->construction, error));
    if (options->output == NULL) {
        return error_set(error, STATUS_USAGE, "import: -o MODEL is missing");
    }
    if (options->seed_text != NULL && options->seed_from != NULL) {
        return error_set(error, STATUS_USAGE, "import: --seed and --seed-from, expected one");
    }
    return STATUS_OK;
}

/* ---- command ---- */

/* A folder for many models, when there may be many. */
static bool is_many(const struct import_options *options)
{
    struct stat info;
    const size_t length = strlen(options->output);
    return options->n_files > 1 || strpbrk(options->files[0], "*?[") != NULL ||
           (length > 0 && options->output[length - 1] == '/') || options->seed_from != NULL ||
           (stat(options->output, &info) == 0 && S_ISDIR(info.st_mode));
}

static enum status check_folder(const char *output, struct error *error)
{
    char *folder = NULL;
    struct stat info;
    TRY(path_directory(&folder, output, error));
    const bool is_there = stat(folder, &info) == 0 && S_ISDIR(info.st_mode);
    const enum status status =
        is_there ? STATUS_OK
                 : error_set(error, STATUS_IO, "%s: there is no folder %s", output, folder);
    free(folder);
    return status;
}

static enum status import_lone(const struct import_options *options,
                               const struct import_settings *settings, struct error *error)
{
    struct import_outcome outcome = {.description = ""};
    const struct import_pair pair = {options->files[0], options->output, options->seed, false};
    struct stat info;
    enum status status = STATUS_OK;
    if (lstat(options->output, &info) == 0) {
        status =
            error_set(error, STATUS_OUTPUT_TAKEN,
                      "%s exists, expected a new name: import replaces nothing", options->output);
    }
    THEN(status, check_folder(options->output, error));
    THEN(status, import_model(settings, &pair, &outcome, error));
    import_tell(settings, &pair, &outcome, status == STATUS_OK ? NULL : error);
    return status;
}

static enum status import_files(const struct import_options *options, struct error *error)
{
    struct json json = {.stream = stdout};
    const struct import_settings settings = {
        .request = options->request,
        .task = options->task != NULL ? options->task : "",
        .construction = options->construction != NULL ? options->construction : "",
        .expected_fvu = options->expected_fvu,
        .json = options->json ? &json : NULL,
    };
    const struct import_many many = {.settings = &settings,
                                     .patterns = (const char *const *)options->files,
                                     .n_patterns = options->n_files,
                                     .folder = options->output,
                                     .seed_from = options->seed_from,
                                     .seed = options->seed};
    const enum status status =
        is_many(options) ? import_many(&many, error) : import_lone(options, &settings, error);
    if (json.depth > 0) { /* some file was looked at */
        json_end_array(&json);
        json_end_object(&json);
    }
    return status;
}

/* For people: what they have is not yet a study. */
static void tell_next(const struct import_options *options)
{
    const char *const all = text_ends(options->output, "/") ? "*.h5" : "/*.h5";
    screen_note("next: a study with models = ( { file = \"%s%s\"; } ); and schursweep plan STUDY",
                options->output, is_many(options) ? all : "");
}

static enum status command_import(const struct command_context *context, int argc, char **argv,
                                  struct error *error)
{
    struct import_options options = {0};
    (void)context;
    TRY(memory_array(&options.files, (size_t)argc + 1, sizeof *options.files, error));
    enum status status = parse_options(&options, argc, argv, error);
    THEN(status, import_files(&options, error));
    if (status == STATUS_OK && !options.json && isatty(STDOUT_FILENO) != 0) {
        tell_next(&options);
    }
    free(options.files);
    return status;
}

const struct command COMMAND_IMPORT = {
    .name = "import",
    .arguments = "FILE...",
    .summary = "a model file from .pt, .npz, .keras, .mat and others, and what was taken for what",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_import,
};
