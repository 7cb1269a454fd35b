#include "report/page.h"

#include "report/html.h"
#include "report/page_parts.h"
#include "report/page_style.h"
#include "report/text_file.h"
#include "report/warnings.h"

#include <string.h>

static void write_title(FILE *page, const struct report *report)
{
    for (int i = 0; i < report->data.n_sources; i++) {
        bool is_new = true;
        for (int k = 0; k < i; k++) {
            is_new =
                is_new && strcmp(report->data.sources[k].study, report->data.sources[i].study) != 0;
        }
        if (is_new) {
            (void)fputs(i > 0 ? " + " : "", page);
            html_text(page, report->data.sources[i].study);
        }
    }
}

static void write_head(FILE *page, const struct report *report)
{
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
}

static void write_number_box(FILE *page, long long number, const char *what)
{
    (void)fprintf(page, "<div><b>%lld</b><span>%s</span></div>\n", number, what);
}

static void write_state(FILE *page, const struct report *report)
{
    const struct job_counts counts = report->counts;
    const long long n_jobs = counts.n_done + counts.n_failed + counts.n_pending;
    if (counts.n_pending > 0) {
        (void)fprintf(page,
                      "<p class=\"banner\"><b>The study is not finished:</b> %lld of %lld jobs are "
                      "pending. This page tells what is there.</p>\n",
                      (long long)counts.n_pending, n_jobs);
    }
    (void)fputs("<div class=\"state\">\n", page);
    write_number_box(page, counts.n_done, "jobs done");
    write_number_box(page, counts.n_failed, "failed");
    write_number_box(page, counts.n_pending, "pending");
    write_number_box(page, report->data.n_cases, "models on tasks");
    write_number_box(page, report->data.n_alphas, "thresholds");
    write_number_box(page, report->data.n_sets, "ablation sets");
    (void)fputs("</div>\n", page);
}

static void write_warning(void *context, const char *line)
{
    FILE *const page = context;
    (void)fputs("<li>", page);
    html_text(page, line);
    (void)fputs("</li>\n", page);
}

static void count_warning(void *context, const char *line)
{
    (void)line;
    ++*(int *)context;
}

static void write_gallery_warnings(FILE *page, const struct gallery *gallery,
                                   const struct report *report)
{
    if (!gallery->has_gnuplot) {
        write_warning(page, "gnuplot was not found, so there are no figures; their scripts are in "
                            "figures/.");
    }
    for (int task = 0; task < gallery->n_tasks; task++) {
        if (gallery->missing[task][0] != '\0') {
            (void)fputs("<li>", page);
            html_text(page, report->grouping.tasks[task].task);
            (void)fputs(": ", page);
            html_text(page, gallery->missing[task]);
            (void)fputs(".</li>\n", page);
        }
    }
}

static void write_warnings(FILE *page, const struct report *report, const struct gallery *gallery)
{
    int count = !gallery->has_gnuplot;
    report_warnings(report, count_warning, &count);
    for (int task = 0; task < gallery->n_tasks; task++) {
        count += gallery->missing[task][0] != '\0';
    }
    if (count > 0) {
        (void)fputs("<ul class=\"warnings\">\n", page);
        report_warnings(report, write_warning, page);
        write_gallery_warnings(page, gallery, report);
        (void)fputs("</ul>\n", page);
    }
}

static enum status write_body(FILE *page, const struct report *report,
                              const struct gallery *gallery, const char *figures,
                              const char *made_by, struct error *error)
{
    write_head(page, report);
    write_state(page, report);
    write_warnings(page, report, gallery);
    page_write_setting(page, report);
    TRY(page_write_overview(page, report, gallery, figures, error));
    for (int task = 0; task < report->grouping.n_tasks; task++) {
        TRY(page_write_task(page, report, gallery, figures, task, error));
    }
    page_write_tables(page, report);
    page_write_terms(page, report);
    page_write_provenance(page, report, made_by);
    (void)fputs("</main>\n</body>\n</html>\n", page);
    return STATUS_OK;
}

enum status page_write(const struct report *report, const struct gallery *gallery,
                       const char *folder, const char *figures, const char *made_by,
                       struct error *error)
{
    struct text_file file;
    TRY(text_file_begin(&file, folder, "report", ".html", error));
    const enum status status = write_body(file.stream, report, gallery, figures, made_by, error);
    return text_file_end(&file, status, error);
}
