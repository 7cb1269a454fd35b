/* Sections of the page. */
#include "core/text.h"
#include "report/html.h"
#include "report/page_parts.h"
#include "report/tables/table_write.h"

#include <limits.h>
#include <string.h>
#include <time.h>

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

/* ---- what was run ---- */

static int count_starts(const struct source *source)
{
    int count = 0;
    while (count < RESULTS_EPOCHS && source->epochs[count].start_time != 0) {
        count++;
    }
    return count;
}

/* Fixed-length texts of a file need not end. */
static void write_bounded(FILE *page, const char *text, size_t size)
{
    char copy[RESULTS_HOST_SIZE + 1];
    const size_t length = strnlen(text, size < sizeof copy ? size : sizeof copy - 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    html_text(page, copy);
}

static void write_source(FILE *page, const struct source *source)
{
    const int n_starts = count_starts(source);
    const struct epoch *const last = n_starts > 0 ? &source->epochs[n_starts - 1] : NULL;
    (void)fputs("<tr><td>", page);
    html_text(page, source->path);
    (void)fprintf(page, "</td><td>%d</td><td>%d</td><td class=\"left\">", source->table.n_cases,
                  n_starts);
    if (last != NULL) {
        write_time(page, last->start_time);
        (void)fputs(" on ", page);
        write_bounded(page, last->host, sizeof last->host);
        (void)fprintf(page, ", %d rank%s", (int)last->n_ranks, last->n_ranks == 1 ? "" : "s");
        if (last->job[0] != '\0') {
            (void)fputs(", job ", page);
            write_bounded(page, last->job, sizeof last->job);
        }
    }
    (void)fputs("</td></tr>\n", page);
}

void page_write_setting(FILE *page, const struct report *report)
{
    const struct study_data *const data = &report->data;
    (void)fputs("<h2>What was run</h2>\n<div class=\"scroll\"><table><tr><th>results file</th>"
                "<th>cases</th><th>starts</th><th class=\"left\">last start</th></tr>\n",
                page);
    for (int i = 0; i < data->n_sources; i++) {
        write_source(page, &data->sources[i]);
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

static enum status write_picture(FILE *page, const struct picture *picture, const char *figures,
                                 const char *label, struct error *error)
{
    char path[PATH_MAX];
    char title[FIGURE_TEXT_SIZE];
    figure_title(picture->entry, title);
    if (!picture->is_drawn) {
        return STATUS_OK;
    }
    (void)snprintf(path, sizeof path, "%s/%s.svg", figures, picture->name);
    (void)fputs("<figure>", page);
    TRY(html_image(page, path, title, error));
    (void)fprintf(page, "<figcaption><b>%s", title);
    if (label[0] != '\0') {
        (void)fputs(": ", page);
        html_text(page, label);
    }
    (void)fputs("</b> ", page);
    html_text(page, picture->caption);
    (void)fprintf(page, " <span>figures/%s.gp</span></figcaption></figure>\n", picture->name);
    return STATUS_OK;
}

/* Pictures of a task in one scope, or with task -1 those of the study. */
static enum status write_gallery(FILE *page, const struct report *report,
                                 const struct gallery *gallery, const char *figures, int task,
                                 enum figure_scope scope, struct error *error)
{
    (void)fputs("<div class=\"gallery\">\n", page);
    for (int i = 0; i < gallery->n; i++) {
        const struct picture *const picture = &gallery->pictures[i];
        char label[FIGURE_TEXT_SIZE] = "";
        if (picture->task != task || picture->entry->ops->scope != scope) {
            continue;
        }
        if (scope == FIGURE_OF_GROUP) {
            group_label(&report->grouping.groups[picture->index], label, sizeof label);
        } else if (scope == FIGURE_OF_CASE) {
            (void)snprintf(label, sizeof label, "%s", study_model(&report->data, picture->index));
            text_clean(label);
        }
        TRY(write_picture(page, picture, figures, label, error));
    }
    (void)fputs("</div>\n", page);
    return STATUS_OK;
}

enum status page_write_overview(FILE *page, const struct report *report,
                                const struct gallery *gallery, const char *figures,
                                struct error *error)
{
    (void)fputs("<h2>Overview</h2>\n", page);
    return write_gallery(page, report, gallery, figures, -1, FIGURE_OF_STUDY, error);
}

/* Figures of single models, which may be many. */
static enum status write_models(FILE *page, const struct report *report,
                                const struct gallery *gallery, const char *figures, int task,
                                struct error *error)
{
    int count = 0;
    for (int i = 0; i < gallery->n; i++) {
        const struct picture *const picture = &gallery->pictures[i];
        count += picture->task == task && picture->entry->ops->scope == FIGURE_OF_CASE &&
                 picture->is_drawn;
    }
    if (count == 0) {
        return STATUS_OK;
    }
    (void)fprintf(page, "<details><summary>Every model by itself (%d)</summary>\n", count);
    TRY(write_gallery(page, report, gallery, figures, task, FIGURE_OF_CASE, error));
    (void)fputs("</details>\n", page);
    return STATUS_OK;
}

enum status page_write_task(FILE *page, const struct report *report, const struct gallery *gallery,
                            const char *figures, int task, struct error *error)
{
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
    TRY(write_gallery(page, report, gallery, figures, task, FIGURE_OF_GROUP, error));
    TRY(write_gallery(page, report, gallery, figures, task, FIGURE_OF_TASK, error));
    return write_models(page, report, gallery, figures, task, error);
}

/* ---- tables of the whole study ---- */

void page_write_tables(FILE *page, const struct report *report)
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

void page_write_terms(FILE *page, const struct report *report)
{
    (void)fprintf(
        page,
        "<h2>Words</h2>\n<dl>\n"
        "<dt>R, C, n_R</dt><dd>With W = Q T Q' and blocks in order of modulus, R holds the leading "
        "blocks with modulus at least alpha times the spectral radius, C the rest; n_R is the "
        "dimension of R.</dd>\n"
        "<dt>RR, CR, CC</dt><dd>The couplings above the block diagonal of T: within R, from C to "
        "R, "
        "within C. An ablation sets some of them to zero.</dd>\n"
        "<dt>FVU</dt><dd>Fraction of variance unexplained on held-out trials; its change is "
        "against "
        "the full network.</dd>\n"
        "<dt>distance, stabilizer</dt><dd>Root mean square difference to the outputs of the full "
        "network over their standard deviation; at most %g counts as a stabilizer.</dd>\n"
        "<dt>removed mass, sensitivity</dt><dd>Frobenius norm removed over that of T; change of "
        "FVU "
        "per removed mass.</dd>\n"
        "<dt>intervals</dt><dd>Percentile bootstrap, %d resamples of seeds (Efron and Tibshirani "
        "1993); where groups are pooled each is resampled by itself (Agarwal et al. 2021). IQM is "
        "the mean of the middle half.</dd>\n"
        "<dt>tests</dt><dd>Sign-flip permutation test (Good 2005), all 2^n assignments up to n = "
        "16; "
        "Holm's correction (1979).</dd>\n",
        report->data.epsilon, BOOTSTRAP_RESAMPLES);
    if (report->n_curves > 0) {
        (void)fputs("<dt>partition, break point</dt><dd>A split of the spectrum into R and C, and "
                    "a modulus over the spectral radius, at which the split changes. Between two "
                    "break points alpha makes no difference.</dd>\n",
                    page);
    }
    (void)fputs("</dl>\n", page);
}

static void write_provenance(FILE *page, const struct source *source)
{
    (void)fputs("<h3>", page);
    html_text(page, source->path);
    (void)fputs("</h3>\n<p class=\"soft\">study hash ", page);
    html_text(page, source->hash);
    (void)fputs(", file ", page);
    html_text(page, source->uuid);
    (void)fputs(", revision ", page);
    html_text(page, source->revision[0] != '\0' ? source->revision : "unknown");
    (void)fputs(", vector path ", page);
    html_text(page, source->isa);
    (void)fputs("</p>\n<pre>", page);
    html_text(page, source->versions);
    (void)fputs("</pre>\n<details><summary>The resolved study</summary>\n<pre>", page);
    html_text(page, source->canonical);
    (void)fputs("</pre></details>\n", page);
}

void page_write_provenance(FILE *page, const struct report *report, const char *made_by)
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
    for (int i = 0; i < report->data.n_sources; i++) {
        write_provenance(page, &report->data.sources[i]);
    }
}
