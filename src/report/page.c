#include "report/page.h"

#include "core/text.h"
#include "report/html.h"
#include "report/page_style.h"
#include "report/tables/table_write.h"
#include "report/text_file.h"
#include "report/warnings.h"

#include <limits.h>
#include <string.h>
#include <time.h>

/* ---- head ---- */

static void write_title(FILE *page, const struct report *report)
{
    for (int i = 0; i < report->data.n_inputs; i++) {
        bool is_new = true;
        for (int k = 0; k < i; k++) {
            is_new = is_new && strcmp(report->data.inputs[k].sweep.name,
                                      report->data.inputs[i].sweep.name) != 0;
        }
        if (is_new) {
            (void)fputs(i > 0 ? " + " : "", page);
            html_text(page, report->data.inputs[i].sweep.name);
        }
    }
}

static void write_state(FILE *page, const struct report *report)
{
    const struct job_counts counts = report->counts;
    const struct {
        int64_t number;
        const char *what;
    } boxes[] = {{counts.n_done, "jobs done"},          {counts.n_failed, "failed"},
                 {counts.n_pending, "pending"},         {report->data.n_cases, "models on tasks"},
                 {report->data.n_alphas, "thresholds"}, {report->data.n_sets, "ablation sets"}};
    const int64_t n_jobs = counts.n_done + counts.n_failed + counts.n_pending;
    if (counts.n_pending > 0) {
        (void)fprintf(page,
                      "<p class=\"banner\"><b>The study is not finished:</b> %lld of %lld jobs are "
                      "pending. This page tells what is there.</p>\n",
                      (long long)counts.n_pending, (long long)n_jobs);
    }
    (void)fputs("<div class=\"state\">\n", page);
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
        (void)fprintf(page, "<div><b>%lld</b><span>%s</span></div>\n", (long long)boxes[i].number,
                      boxes[i].what);
    }
    (void)fputs("</div>\n", page);
}

/* The list of warnings begins with the first. */
struct warning_list {
    FILE *page;
    bool is_begun;
};

static void write_warning(void *context, const char *line)
{
    struct warning_list *const list = context;
    (void)fputs(list->is_begun ? "<li>" : "<ul class=\"warnings\">\n<li>", list->page);
    html_text(list->page, line);
    (void)fputs("</li>\n", list->page);
    list->is_begun = true;
}

static void write_warnings(FILE *page, const struct report *report, const struct gallery *gallery)
{
    struct warning_list list = {.page = page};
    report_warnings(report, write_warning, &list);
    if (!gallery->has_gnuplot) {
        write_warning(&list, "gnuplot was not found, so there are no figures; their scripts are in "
                             "figures/.");
    }
    for (int task = 0; task < gallery->n_tasks; task++) {
        if (gallery->missing[task][0] != '\0') {
            char line[FIGURE_TEXT_SIZE];
            (void)snprintf(line, sizeof line, "%.250s: %s.", report->grouping.tasks[task].task,
                           gallery->missing[task]);
            text_clean(line);
            write_warning(&list, line);
        }
    }
    (void)fputs(list.is_begun ? "</ul>\n" : "", page);
}

/* ---- what was run ---- */

static void write_time(FILE *page, int64_t seconds)
{
    const time_t moment = (time_t)seconds;
    struct tm parts;
    char text[40];
    if (gmtime_r(&moment, &parts) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts) > 0) {
        (void)fputs(text, page);
    }
}

static void write_setting(FILE *page, const struct report *report)
{
    const struct study_data *const data = &report->data;
    (void)fputs("<h2>What was run</h2>\n<div class=\"scroll\"><table><tr><th>results file</th>"
                "<th>cases</th><th>starts</th><th class=\"left\">last start</th></tr>\n",
                page);
    for (int i = 0; i < data->n_inputs; i++) {
        const struct epoch *const epochs = data->inputs[i].epochs;
        int n_starts = 0;
        while (n_starts < RESULTS_EPOCHS && epochs[n_starts].start_time != 0) {
            n_starts++;
        }
        (void)fputs("<tr><td>", page);
        html_text(page, data->inputs[i].path);
        (void)fprintf(page, "</td><td>%d</td><td>%d</td><td class=\"left\">",
                      data->inputs[i].sweep.n_cases, n_starts);
        if (n_starts > 0) {
            const struct epoch *const last = &epochs[n_starts - 1]; /* its texts need not end */
            char text[RESULTS_HOST_SIZE + RESULTS_JOB_SIZE + 64];
            write_time(page, last->start_time);
            (void)snprintf(text, sizeof text, " on %.*s, %d rank%s%s%.*s", RESULTS_HOST_SIZE,
                           last->host, (int)last->n_ranks, last->n_ranks == 1 ? "" : "s",
                           last->job[0] != '\0' ? ", job " : "", RESULTS_JOB_SIZE, last->job);
            html_text(page, text);
        }
        (void)fputs("</td></tr>\n", page);
    }
    (void)fprintf(page,
                  "</table></div>\n<p>%d threshold%s alpha from %g to %g; figures and tables below "
                  "show alpha = <b>%g</b> where nothing else is said. An ablation is a stabilizer "
                  "when it moves the outputs by at most epsilon = %g (distance).</p>\n",
                  data->n_alphas, data->n_alphas == 1 ? "" : "s", data->alphas[0],
                  data->alphas[data->n_alphas - 1], data->alphas[report->main_alpha],
                  data->epsilon);
}

/* ---- figures ---- */

/* What the page is made from. */
struct sources {
    const struct report *report;
    const struct gallery *gallery;
    const char *figures; /* folder with their pictures */
};

static enum status write_picture(FILE *page, const struct sources *from,
                                 const struct picture *picture, struct error *error)
{
    const struct report *const report = from->report;
    char path[PATH_MAX];
    char title[FIGURE_TEXT_SIZE];
    char label[FIGURE_TEXT_SIZE] = "";
    figure_title(picture->entry, title);
    if (picture->entry->ops->scope == FIGURE_OF_GROUP) {
        group_label(&report->grouping.groups[picture->index], label, sizeof label);
    } else if (picture->entry->ops->scope == FIGURE_OF_CASE) {
        (void)snprintf(label, sizeof label, "%s",
                       study_text(&report->data, "model", picture->index));
        text_clean(label);
    }
    (void)snprintf(path, sizeof path, "%s/%s.svg", from->figures, picture->name);
    (void)fputs("<figure>", page);
    TRY(html_image(page, path, title, error));
    (void)fprintf(page, "<figcaption><b>%s%s", title, label[0] != '\0' ? ": " : "");
    html_text(page, label);
    (void)fputs("</b> ", page);
    html_text(page, picture->caption);
    (void)fprintf(page, " <span>figures/%s.gp</span></figcaption></figure>\n", picture->name);
    return STATUS_OK;
}

/* Pictures of a task in one scope, or with task -1 those of the study. Those of single models may
 * be many. */
static enum status write_gallery(FILE *page, const struct sources *from, int task,
                                 enum figure_scope scope, struct error *error)
{
    const struct picture *const end = from->gallery->pictures + from->gallery->n;
    int n = 0;
    for (const struct picture *picture = from->gallery->pictures; picture < end; picture++) {
        n += picture->task == task && picture->entry->ops->scope == scope && picture->is_drawn;
    }
    if (n == 0) {
        return STATUS_OK;
    }
    if (scope == FIGURE_OF_CASE) {
        (void)fprintf(page, "<details><summary>Every model by itself (%d)</summary>\n", n);
    }
    (void)fputs("<div class=\"gallery\">\n", page);
    for (const struct picture *picture = from->gallery->pictures; picture < end; picture++) {
        if (picture->task == task && picture->entry->ops->scope == scope && picture->is_drawn) {
            TRY(write_picture(page, from, picture, error));
        }
    }
    (void)fputs(scope == FIGURE_OF_CASE ? "</div></details>\n" : "</div>\n", page);
    return STATUS_OK;
}

static enum status write_task(FILE *page, const struct sources *from, int task, struct error *error)
{
    const struct report *const report = from->report;
    const struct table_view view = {
        .table = report_table_find("groups"),
        .report = report,
        .only = {[ROW_TASK] = 1 + task, [ROW_ALPHA] = 1 + report->main_alpha}};
    (void)fputs("<h2>Task ", page);
    html_text(page, report->grouping.tasks[task].task);
    (void)fprintf(
        page,
        "</h2>\n<p class=\"soft\">Means over the n seeds of a group at alpha = %g; low and "
        "high: 95 %% bootstrap interval of the mean before them. none is the full "
        "network.</p>\n",
        report->data.alphas[report->main_alpha]);
    table_write_html(&view, page);
    TRY(write_gallery(page, from, task, FIGURE_OF_GROUP, error));
    TRY(write_gallery(page, from, task, FIGURE_OF_TASK, error));
    return write_gallery(page, from, task, FIGURE_OF_CASE, error);
}

/* ---- tables of the whole study ---- */

static void write_tables(FILE *page, const struct report *report)
{
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        const struct report_table *const table = REPORT_TABLES[i];
        /* A table over groups and alphas is shown at the main alpha, unless alphas are its point.
         */
        const struct table_view view = {
            .table = table,
            .report = report,
            .only = {[ROW_ALPHA] = table->at_main_alpha ? 1 + report->main_alpha : 0}};
        if (table->about == NULL || !report_table_is_there(table, report)) {
            continue;
        }
        (void)fprintf(page, "<h2>%s</h2>\n<p>%s", table->title, table->about);
        if (table->at_main_alpha) {
            (void)fprintf(page, " At alpha = %g.", report->data.alphas[report->main_alpha]);
        }
        if (table->name != NULL) {
            (void)fprintf(page, " <span class=\"soft\">All of it: %s.csv</span>", table->name);
        }
        (void)fputs("</p>\n", page);
        table_write_html(&view, page);
    }
}

/* ---- terms and provenance ---- */

static void write_term(FILE *page, const char *term, const char *meaning)
{
    (void)fputs("<dt>", page);
    html_text(page, term);
    (void)fputs("</dt><dd>", page);
    html_text(page, meaning);
    (void)fputs("</dd>\n", page);
}

static void write_terms(FILE *page, const struct report *report)
{
    char bootstrap[FIGURE_TEXT_SIZE];
    (void)fputs("<h2>Words</h2>\n<dl>\n", page);
    write_term(page, "R, C, n_R",
               "With W = Q T Q' and blocks in order of modulus, R holds the leading blocks with "
               "modulus at least alpha times the spectral radius, C the rest; n_R is the dimension "
               "of R.");
    write_term(page, "RR, CR, CC",
               "The couplings above the block diagonal of T: within R, from C to R, within C. An "
               "ablation sets some of them to zero.");
    for (int i = 0; MEASURES[i] != NULL; i++) {
        write_term(page, MEASURES[i]->variable.name, MEASURES[i]->variable.long_name);
    }
    (void)snprintf(
        bootstrap, sizeof bootstrap,
        "Percentile bootstrap, %d resamples of seeds (Efron and Tibshirani 1993); where "
        "groups are pooled each is resampled by itself (Agarwal et al. 2021). IQM is the "
        "mean of the middle half.",
        BOOTSTRAP_RESAMPLES);
    write_term(page, "intervals", bootstrap);
    write_term(page, "tests",
               "Sign-flip permutation test (Good 2005), all 2^n assignments up to n = 16; Holm's "
               "correction (1979).");
    if (report->n_with_partitions > 0) {
        write_term(
            page, "partition, break point",
            "A split of the spectrum into R and C, and a modulus over the spectral radius, at "
            "which the split changes. Between two break points alpha makes no difference.");
    }
    (void)fputs("</dl>\n", page);
}

static void write_provenance(FILE *page, const struct report *report, const char *made_by)
{
    (void)fputs("<h2>Provenance</h2>\n<p>This page was made by ", page);
    html_text(page, made_by);
    (void)fputs(" on ", page);
    write_time(page, (int64_t)time(NULL));
    (void)fputs(". Beside it:", page);
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        if (REPORT_TABLES[i]->name != NULL && report_table_is_there(REPORT_TABLES[i], report)) {
            (void)fprintf(page, " %s.csv,", REPORT_TABLES[i]->name);
        }
    }
    (void)fputs(" and in figures/ the script and data of every figure.</p>\n", page);
    for (int i = 0; i < report->data.n_inputs; i++) {
        const struct results_input *const source = &report->data.inputs[i];
        const char *const parts[] = {
            "<h3>",
            source->path,
            "</h3>\n<p class=\"soft\">study hash ",
            source->hash,
            ", file ",
            source->uuid,
            ", revision ",
            source->revision[0] != '\0' ? source->revision : "unknown",
            ", isa ",
            isa_name(source->sweep.isa),
            "</p>\n<pre>",
            source->versions,
            "</pre>\n<details><summary>The resolved study</summary>\n<pre>",
            source->sweep.canonical};
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k += 2) {
            (void)fputs(parts[k], page);
            html_text(page, parts[k + 1]);
        }
        (void)fputs("</pre></details>\n", page);
    }
}

static enum status write_body(FILE *page, const struct sources *from, const char *made_by,
                              struct error *error)
{
    const struct report *const report = from->report;
    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>",
                page);
    write_title(page, report);
    (void)fputs(" &ndash; schursweep report</title>\n<style>" PAGE_STYLE
                "</style>\n</head>\n<body>\n<main>\n<h1>",
                page);
    write_title(page, report);
    (void)fputs(
        "</h1>\n<p class=\"soft\">Sensitivity of trained recurrent networks to the removal of "
        "couplings in ordered Schur coordinates.</p>\n",
        page);
    write_state(page, report);
    write_warnings(page, report, from->gallery);
    write_setting(page, report);
    (void)fputs("<h2>Overview</h2>\n", page);
    TRY(write_gallery(page, from, -1, FIGURE_OF_STUDY, error));
    for (int task = 0; task < report->grouping.n_tasks; task++) {
        TRY(write_task(page, from, task, error));
    }
    write_tables(page, report);
    write_terms(page, report);
    write_provenance(page, report, made_by);
    (void)fputs("</main>\n</body>\n</html>\n", page);
    return STATUS_OK;
}

enum status page_write(const struct report *report, const struct gallery *gallery,
                       const char *folder, const char *figures, const char *made_by,
                       struct error *error)
{
    const struct sources from = {report, gallery, figures};
    struct text_file file;
    TRY(text_file_begin(&file, folder, "report", ".html", error));
    const enum status status = write_body(file.stream, &from, made_by, error);
    return text_file_end(&file, status, error);
}
