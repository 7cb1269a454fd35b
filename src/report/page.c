#include "report/page.h"

#include "core/text.h"
#include "report/html.h"
#include "report/page/assets.h"
#include "report/page/parts.h"
#include "report/permutation.h"
#include "report/resamples.h"
#include "report/tables/table_write.h"
#include "report/text_file.h"
#include "report/warnings.h"

#include <limits.h>
#include <string.h>
#include <time.h>

/* ---- head ---- */

enum { CONTENTS_TASKS = 12 };

/* Names of the studies in ascending order, each once: the order of the files is no matter. */
static void write_title(FILE *page, const struct report *report)
{
    const struct results_input *const inputs = report->data.inputs;
    int last = -1;
    int next = 0;
    for (bool is_first = true; next >= 0; is_first = false) {
        next = -1;
        for (int i = 0; i < report->data.n_inputs; i++) {
            const char *const name = inputs[i].sweep.name;
            if ((last < 0 || strcmp(name, inputs[last].sweep.name) > 0) &&
                (next < 0 || strcmp(name, inputs[next].sweep.name) < 0)) {
                next = i;
            }
        }
        if (next >= 0) {
            (void)fputs(is_first ? "" : " + ", page);
            html_text(page, inputs[next].sweep.name);
        }
        last = next;
    }
}

static void write_state(FILE *page, const struct report *report)
{
    const struct job_counts counts = report->counts;
    const long long n_jobs = counts.n_done + counts.n_failed + counts.n_pending;
    const struct {
        int n;
        const char *what;
    } parts[] = {{report->data.n_cases, "network"},
                 {report->grouping.n_groups, "group"},
                 {report->data.n_alphas, "threshold"},
                 {report->data.n_sets - 1, "removal"}}; /* `none` is no removal */
    (void)fputs("<p class=\"soft\">", page);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        (void)fprintf(page, "%s%d %s%s", i > 0 ? ", " : "", parts[i].n, parts[i].what,
                      parts[i].n == 1 ? "" : "s");
    }
    (void)fprintf(page, "; %lld jobs done, %lld failed, %lld pending.</p>\n",
                  (long long)counts.n_done, (long long)counts.n_failed,
                  (long long)counts.n_pending);
    if (counts.n_pending > 0) {
        (void)fprintf(page,
                      "<p class=\"banner\"><b>The study is not finished:</b> %lld of %lld jobs are "
                      "pending. This page tells what is there.</p>\n",
                      (long long)counts.n_pending, n_jobs);
    }
}

static void write_contents(FILE *page, const struct report *report)
{
    (void)fputs("<nav><a href=\"#findings\">Findings</a><a href=\"#warnings\">Warnings</a>", page);
    for (int task = 0; task < report->grouping.n_tasks && task < CONTENTS_TASKS; task++) {
        (void)fprintf(page, "<a href=\"#task%d\">", task);
        html_text(page, report->grouping.tasks[task].task);
        (void)fputs("</a>", page);
    }
    (void)fputs("<a href=\"#models\">Models</a><a href=\"#tables\">Tables</a><a "
                "href=\"#run\">Run</a><a href=\"#words\">Words</a><a "
                "href=\"#provenance\">Provenance</a></nav>\n",
                page);
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

/* Those of one report; examples are looked for once. */
static void write_list(FILE *page, const struct page_source *from, const struct report *report)
{
    const struct gallery *const gallery = from->gallery;
    struct warning_list list = {.page = page};
    report_warnings(report, write_warning, &list);
    if (!gallery->has_gnuplot) {
        write_warning(&list, "gnuplot was not found, so there are no figures; their scripts are in "
                             "figures/.");
    }
    for (int task = 0; task < gallery->n_tasks; task++) {
        if (gallery->missing[task][0] != '\0') {
            char line[FIGURE_TEXT_SIZE];
            (void)snprintf(line, sizeof line, "%.250s: %s.",
                           from->report->grouping.tasks[task].task, gallery->missing[task]);
            text_clean(line);
            write_warning(&list, line);
        }
    }
    (void)fputs(list.is_begun ? "</ul>\n" : "<p class=\"soft\">No warnings.</p>\n", page);
}

static void write_warnings(FILE *page, const struct page_source *from)
{
    (void)fputs("<div id=\"warnings\"><div data-networks=\"all\">\n", page);
    write_list(page, from, from->report);
    (void)fputs("</div>\n", page);
    if (from->converged != NULL) {
        (void)fputs("<div data-networks=\"converged\" hidden>\n", page);
        write_list(page, from, from->converged);
        (void)fputs("</div>\n", page);
    }
    (void)fputs("</div>\n", page);
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
    (void)fputs(
        "<h2 id=\"run\">What was run</h2>\n<div class=\"scroll\"><table "
        "class=\"narrow\"><thead><tr><th "
        "class=\"left\">results file</th><th>cases</th><th>starts</th><th class=\"left\">last "
        "start</th></tr></thead><tbody>\n",
        page);
    for (int i = 0; i < data->n_inputs; i++) {
        const struct epoch *const epochs = data->inputs[i].epochs;
        int n_starts = 0;
        while (n_starts < RESULTS_EPOCHS && epochs[n_starts].start_time != 0) {
            n_starts++;
        }
        (void)fputs("<tr><td class=\"left\">", page);
        html_text(page, data->inputs[i].path);
        (void)fprintf(page,
                      "</td><td>%d</td><td>%d</td><td "
                      "class=\"left\">",
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
    (void)fprintf(
        page,
        "</tbody></table></div>\n<p>%d threshold%s alpha from %g to %g; figures and tables "
        "show alpha = <b>%g</b> where nothing else is said or chosen. An ablation is a stabilizer "
        "when it moves the outputs by at most epsilon = %g (distance).</p>\n",
        data->n_alphas, data->n_alphas == 1 ? "" : "s", data->alphas[0],
        data->alphas[data->n_alphas - 1], data->alphas[report->main_alpha], data->epsilon);
}

/* ---- tasks ---- */

static enum status write_task(FILE *page, const struct page_source *from, int task,
                              struct error *error)
{
    const struct report *const report = from->report;
    const struct table_view view = {.table = report_table_find("groups"),
                                    .only = {[ROW_TASK] = 1 + task}};
    (void)fprintf(page, "<h2 id=\"task%d\">Task ", task);
    html_text(page, report->grouping.tasks[task].task);
    (void)fprintf(
        page,
        "</h2>\n<details><summary>All numbers of the groups</summary><p class=\"soft\">Means over "
        "the n seeds of a group that have the couplings; low and high: 95 %% bootstrap interval of "
        "the mean before them. none is the full network. <a href=\"groups.csv\">groups.csv</a> has "
        "all of it.</p>\n");
    page_write_table(page, from, &view);
    (void)fputs("</details>\n", page);
    TRY(page_write_gallery(page, from, task, FIGURE_OF_GROUP, error));
    TRY(page_write_gallery(page, from, task, FIGURE_OF_TASK, error));
    return page_write_gallery(page, from, task, FIGURE_OF_CASE, error);
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
    (void)fputs("<h2 id=\"words\">Words</h2>\n<dl>\n", page);
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
    write_term(
        page, "removable, needed, empty",
        "Removable: without it the outputs move by at most epsilon (distance), in all seeds that "
        "have it; needed: in none of them. Empty: no network has it, because R or C is too small "
        "or the matrix is normal. Shares, means and tests are over networks that have it.");
    (void)snprintf(
        bootstrap, sizeof bootstrap,
        "95 %% percentile bootstrap, %d resamples of seeds (Efron and Tibshirani 1993), %d of more "
        "than "
        "%d seeds: then an end is uncertain by 2 %% of the interval's width. None below %d seeds. "
        "IQM is the mean of the middle half.",
        BOOTSTRAP_RESAMPLES, RESAMPLES_FEW, RESAMPLES_MANY, BOOTSTRAP_LEAST);
    write_term(page, "intervals", bootstrap);
    (void)snprintf(
        bootstrap, sizeof bootstrap,
        "Sign-flip permutation test (Good 2005), all 2^n assignments up to n = %d; Holm's "
        "correction (1979).",
        PERMUTATION_EXACT_MAX);
    write_term(page, "tests", bootstrap);
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
    (void)fputs("<h2 id=\"provenance\">Provenance</h2>\n<p>This page was made by ", page);
    html_text(page, made_by);
    (void)fputs(" on ", page);
    write_time(page, (int64_t)time(NULL));
    (void)fputs(". Beside it:", page);
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        if (REPORT_TABLES[i]->name != NULL && report_table_is_there(REPORT_TABLES[i], report)) {
            (void)fprintf(page, " <a href=\"%s.csv\">%s.csv</a>,", REPORT_TABLES[i]->name,
                          REPORT_TABLES[i]->name);
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

static void write_head(FILE *page, const struct report *report)
{
    (void)fputs(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
        "data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>",
        page);
    write_title(page, report);
    (void)fputs(" &ndash; schursweep report</title>\n<style>", page);
    (void)fputs(PAGE_STYLE, page);
    (void)fputs("</style>\n</head>\n<body>\n", page);
}

static enum status write_body(FILE *page, const struct page_source *from, const char *made_by,
                              struct error *error)
{
    const struct report *const report = from->report;
    write_head(page, report);
    write_contents(page, report);
    (void)fputs("<main>\n<h1>", page);
    write_title(page, report);
    (void)fputs("</h1>\n", page);
    write_state(page, report);
    page_write_findings(page, from);
    write_warnings(page, from);
    (void)fputs("<h2>Overview</h2>\n", page);
    TRY(page_write_gallery(page, from, -1, FIGURE_OF_STUDY, error));
    for (int task = 0; task < report->grouping.n_tasks; task++) {
        TRY(write_task(page, from, task, error));
    }
    TRY(page_write_models(page, from, error));
    page_write_tables(page, from);
    write_setting(page, report);
    write_terms(page, report);
    write_provenance(page, report, made_by);
    (void)fputs("</main>\n", page);
    page_write_data(page, from);
    (void)fputs("<script>", page);
    (void)fputs(PAGE_SCRIPT, page);
    (void)fputs("</script>\n</body>\n</html>\n", page);
    return STATUS_OK;
}

bool page_has_jobs(const struct report *report)
{
    return report->counts.n_done + report->counts.n_failed + report->counts.n_pending <=
           PAGE_JOBS_MAX;
}

enum status page_write(const struct report *report, const struct report *converged,
                       const struct gallery *gallery, const char *folder, const char *figures,
                       const char *made_by, struct error *error)
{
    struct text_file file;
    const struct page_source from = {.report = report,
                                     .converged = converged,
                                     .gallery = gallery,
                                     .figures = figures,
                                     .has_jobs = report->counts.n_done + report->counts.n_failed +
                                                     report->counts.n_pending <=
                                                 PAGE_JOBS_MAX};
    TRY(text_file_begin(&file, folder, "report", ".html", error));
    return text_file_end(&file, write_body(file.stream, &from, made_by, error), error);
}
