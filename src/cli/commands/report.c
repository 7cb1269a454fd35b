/* schursweep report RESULTS... -o DIR */
#include "cli/commands/command.h"
#include "cli/options.h"
#include "cli/report_folder.h"
#include "cli/report_groups.h"
#include "cli/table_print.h"
#include "cli/versions.h"
#include "core/memory.h"
#include "core/text.h"
#include "report/findings.h"
#include "report/gallery.h"
#include "report/page.h"
#include "report/tables/table_write.h"
#include "report/text_file.h"
#include "report/warnings.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double MAIN_ALPHA = 0.9; /* the paper's */

struct report_run {
    const char *output;
    char folder[PATH_MAX]; /* chosen where none is given */
    const char *alpha;
    const char *epsilon;
    bool json;
    bool quiet;
    struct report_options options;
    char **files; /* [n_files] borrowed strings */
    int n_files;
};

static const struct option_table OPTIONS = {
    .file = "results file",
    .options = {{"--output", 'o', "DIR",
                 "folder to write to, made when it does not exist; RESULTS-report by default",
                 offsetof(struct report_run, output)},
                {"--alpha", 'a', "A",
                 "threshold shown first: the nearest one of the study, 0.9 by default",
                 offsetof(struct report_run, alpha)},
                {"--epsilon", 'e', "E",
                 "largest distance of a stabilizer, instead of that of the study",
                 offsetof(struct report_run, epsilon)},
                {"--models", '\0', "DIR",
                 "where weights and trials are, if no longer where the study had them nor beside "
                 "the results file",
                 offsetof(struct report_run, options.models)},
                {"--converged-only", '\0', NULL,
                 "leave out networks that missed their training target",
                 offsetof(struct report_run, options.converged_only)},
                {"--all-jobs", '\0', NULL, "write jobs.csv even with more than a million rows",
                 offsetof(struct report_run, options.all_jobs)},
                {"--json", '\0', NULL, "print the statistics of all groups as JSON",
                 offsetof(struct report_run, json)},
                {"--quiet", 'q', NULL, "print no table and no warnings",
                 offsetof(struct report_run, quiet)}},
    .more = "Several results files of one kind of study are pooled; a case in two of them must\n"
            "have the same values. Figures need gnuplot.\n"};

/* Beside the first file, by its name: results.h5 -> results-report. */
static enum status choose_folder(struct report_run *run, struct error *error)
{
    const char *const file = run->files[0];
    const int stem = (int)text_stem_length(file, ".h5");
    if (run->output == NULL && snprintf(run->folder, sizeof run->folder, "%.*s-report", stem,
                                        file) >= (int)sizeof run->folder) {
        return error_set(error, STATUS_USAGE, "report: %s: path too long", file);
    }
    run->output = run->output != NULL ? run->output : run->folder;
    return STATUS_OK;
}

static enum status parse_options(struct report_run *run, int argc, char **argv, struct error *error)
{
    char *end = NULL;
    TRY(memory_array(&run->files, (size_t)argc + 1, sizeof *run->files, error));
    TRY(options_parse_files(argc, argv, &OPTIONS, run, run->files, &run->n_files, error));
    TRY(choose_folder(run, error));
    TRY(options_check_folder("report", "--models", run->options.models, error));
    run->options.has_epsilon = run->epsilon != NULL;
    if (run->epsilon != NULL) {
        run->options.epsilon = strtod(run->epsilon, &end);
        if (end == run->epsilon || *end != '\0' || !(run->options.epsilon >= 0.0)) {
            return error_set(error, STATUS_USAGE,
                             "report: --epsilon is '%s', expected a number >= 0", run->epsilon);
        }
    }
    run->options.alpha = run->alpha != NULL ? strtod(run->alpha, &end) : MAIN_ALPHA;
    return run->alpha == NULL || (end != run->alpha && *end == '\0' && run->options.alpha > 0 &&
                                  run->options.alpha <= 1)
               ? STATUS_OK
               : error_set(error, STATUS_USAGE,
                           "report: --alpha is '%s', expected a number in (0, 1]", run->alpha);
}

/* Into the folder; a table of an earlier report in `output` must not pass for one of this. */
static enum status write_tables(const struct report *report, const char *folder, const char *output,
                                int *n_tables, struct error *error)
{
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        const struct report_table *const table = REPORT_TABLES[i];
        struct text_file file;
        char path[PATH_MAX];
        if (table->name != NULL && report_table_is_there(table, report)) {
            TRY(text_file_begin(&file, folder, table->name, ".csv", error));
            table_write_csv(table, report, file.stream);
            TRY(text_file_end(&file, STATUS_OK, error));
            ++*n_tables;
        } else if (table->name != NULL && snprintf(path, sizeof path, "%s/%s.csv", output,
                                                   table->name) < (int)sizeof path) {
            (void)unlink(path);
        }
    }
    return STATUS_OK;
}

static void warn(void *context, const char *line)
{
    (void)context;
    screen_note("warning: %s", line);
}

static void tell(const struct report_run *run, const struct report *report,
                 const struct gallery *gallery, int n_tables)
{
    int n_drawn = 0;
    for (int i = 0; i < gallery->n; i++) {
        n_drawn += gallery->pictures[i].is_drawn;
    }
    if (!gallery->has_gnuplot) {
        screen_note("gnuplot was not found: tables, scripts and the page are there, the figures "
                    "need the package gnuplot-nox");
    } else if (n_drawn < gallery->n) {
        screen_note("warning: %d of %d figures could not be drawn, see %s/figures/gnuplot.log",
                    gallery->n - n_drawn, gallery->n, run->output);
    }
    if (!run->quiet) {
        report_warnings(report, warn, NULL);
        screen_note("%s/report.html: %d figures, %d tables", run->output, n_drawn, n_tables);
    }
}

/* Whether the page shows the study a second time, without networks that missed their target: there
 * are some, and the study is not too large. */
static bool wants_converged(const struct report *report)
{
    bool is_there = false;
    for (int c = 0; c < report->data.n_cases; c++) {
        is_there = is_there || (int)study_integer(&report->data, "converged", c, 0) == 0;
    }
    return is_there && !report->options.converged_only && page_has_jobs(report);
}

static enum status write_page(const struct report_run *run, const struct report *report,
                              const struct gallery *gallery, const struct report_folder *folder,
                              struct error *error)
{
    struct report converged = {.n_values = 0};
    struct report_options options = run->options;
    const bool has_second = wants_converged(report);
    enum status status = STATUS_OK;
    options.converged_only = true;
    if (has_second) {
        status = report_create(&converged, (const char *const *)run->files, run->n_files, &options,
                               error);
    }
    THEN(status, page_write(report, has_second ? &converged : NULL, gallery, folder->path,
                            folder->figures, version_program(), error));
    report_release(&converged);
    return status;
}

static enum status write_all(const struct report_run *run, const struct report *report,
                             struct error *error)
{
    struct gallery gallery = {.n = 0};
    struct report_folder folder;
    int n_tables = 0;
    enum status status = report_folder_create(&folder, run->output, error);
    THEN(status, write_tables(report, folder.path, run->output, &n_tables, error));
    THEN(status, gallery_create(&gallery, report, folder.figures, error));
    THEN(status, write_page(run, report, &gallery, &folder, error));
    THEN(status, report_folder_place(&folder, run->output, error));
    if (status == STATUS_OK) {
        tell(run, report, &gallery, n_tables);
    }
    gallery_release(&gallery);
    report_folder_remove(&folder);
    return status;
}

static void print_line(void *context, const char *line)
{
    screen_say(context, 2, "%s", line);
}

/* What was found: groups at the main alpha and sentences, or all groups as JSON beside the states
 * of the jobs. */
static enum status print_groups(const struct report_run *run, const struct report *report,
                                struct error *error)
{
    const struct table_view view = {.table = report_table_find("groups"), .report = report};
    struct screen screen = screen_of(stdout);
    struct json json = {.stream = stdout};
    if (run->json) {
        json_object(&json, NULL);
        json_object(&json, "jobs");
        json_integer(&json, "done", report->counts.n_done);
        json_integer(&json, "failed", report->counts.n_failed);
        json_integer(&json, "pending", report->counts.n_pending);
        json_end_object(&json);
        json_array(&json, "groups");
        table_print_json(&view, &json);
        json_end_array(&json);
        json_end_object(&json);
    } else if (!run->quiet) {
        TRY(report_groups_print(report, &screen, error));
        if (report->data.n_alphas > 1) {
            (void)printf("\n");
            screen_say(&screen, 0, "All %d thresholds: groups.csv; another one here: --alpha.",
                       report->data.n_alphas);
        }
        (void)printf("\n");
        findings_tell(report, print_line, &screen);
    }
    return STATUS_OK;
}

static enum status command_report(const struct command_context *context, int argc, char **argv,
                                  struct error *error)
{
    struct report_run run = {.n_files = 0};
    (void)context;
    struct report report = {.n_values = 0};
    enum status status = parse_options(&run, argc, argv, error);
    THEN(status,
         report_create(&report, (const char *const *)run.files, run.n_files, &run.options, error));
    THEN(status, write_all(&run, &report, error));
    THEN(status, print_groups(&run, &report, error));
    free(run.files);
    report_release(&report);
    return status;
}

const struct command COMMAND_REPORT = {
    .name = "report",
    .arguments = "RESULTS...",
    .summary = "statistics, tables, figures and one page from results files",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_report,
};
