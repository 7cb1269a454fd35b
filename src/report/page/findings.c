/* The first screen: what can be removed. */
#include "report/findings.h"

#include "report/html.h"
#include "report/page/parts.h"

#include "core/text.h"

#include <math.h>
#include <string.h>

enum { SENTENCES_OPEN = 8 };

void page_group_name(const struct report *report, int group, char *text, size_t size)
{
    const struct group *const own = &report->grouping.groups[group];
    char label[512];
    group_label(own, label, sizeof label);
    (void)snprintf(text, size, "%.200s, %s", own->task, label);
    text_clean(text);
}

static void write_sentences(FILE *page, const struct report *report)
{
    const int n = report->grouping.n_groups;
    (void)fputs("<ul class=\"findings\">\n", page);
    for (int g = 0; g < n; g++) {
        char sentence[FINDING_TEXT_SIZE];
        char over[FINDING_TEXT_SIZE];
        if (g == SENTENCES_OPEN) {
            (void)fprintf(page,
                          "</ul>\n<details><summary>%d more groups</summary>\n"
                          "<ul class=\"findings\">\n",
                          n - g);
        }
        finding_sentence(report, g, report->main_alpha, sentence);
        finding_over_alphas(report, g, report->main_alpha, over);
        (void)fprintf(page, "<li data-g=\"%d\">", g);
        html_text(page, sentence);
        (void)fputs(over[0] != '\0' ? " <span class=\"soft\">" : "", page);
        html_text(page, over);
        (void)fputs(over[0] != '\0' ? "</span></li>\n" : "</li>\n", page);
    }
    (void)fputs(n > SENTENCES_OPEN ? "</ul></details>\n" : "</ul>\n", page);
}

static void write_key(FILE *page, const struct report *report)
{
    (void)fprintf(
        page,
        "<p class=\"key soft\"><b>R</b>: the leading modes of the recurrent matrix, with modulus "
        "at least alpha times the largest; <b>C</b>: the rest. <b>RR</b> couples R within itself, "
        "<b>CC</b> C within itself, <b>CR</b> leads from C to R. The verdict goes by the "
        "<b>distance</b>, how far the outputs move without a coupling: up to epsilon = %g it is <i "
        "class=\"removable\">removable</i>, above that <i class=\"needed\">needed</i>; <i "
        "class=\"mixed\">in some</i> seeds it is one and in some the other; <i "
        "class=\"empty\">empty</i>: the networks do not have it. Each cell: verdict, seeds in "
        "which "
        "it is removable, median distance, median <span class=\"measure\">%s</span>.</p>\n",
        report->data.epsilon, MEASURE_DELTA_FVU.axis_title);
}

static const char *verdict_word(enum finding_verdict verdict)
{
    return verdict == FINDING_MIXED ? "in some" : finding_verdict_text(verdict);
}

static const char *verdict_class(enum finding_verdict verdict)
{
    return verdict == FINDING_MIXED ? "mixed" : finding_verdict_text(verdict);
}

/* What the verdict goes by stands before what else is told. */
static void write_cell(FILE *page, const struct report *report, int group, int set)
{
    const int alpha = report->main_alpha;
    const struct summary *const summary = summary_of_group(&report->summaries, group, alpha, set);
    const enum finding_verdict verdict = finding_of(report, group, alpha, set);
    const double distance = summary_measure(summary, &MEASURE_DISTANCE)->sample.median;
    const double change = summary_measure(summary, &MEASURE_DELTA_FVU)->sample.median;
    (void)fprintf(page,
                  "<td class=\"cell %s\" data-g=\"%d\" data-s=\"%d\" data-label=\"%s\"><b>%s</b>",
                  verdict_class(verdict), group, set, ablation_name(report->data.sets[set]),
                  verdict_word(verdict));
    if (summary->n > 0) {
        (void)fprintf(page, " <small>%d of %d", summary->n_stabilizers, summary->n);
        if (summary->n_empty > 0) {
            (void)fprintf(page, ", %d empty", summary->n_empty);
        }
        (void)fputs("</small>", page);
    }
    if (!isnan(distance)) {
        (void)fprintf(page, "<span>distance %.3g</span>", distance);
    }
    if (!isnan(change)) {
        (void)fprintf(page, "<span>FVU %+.3g</span>", change);
    }
    (void)fputs("</td>", page);
}

static void write_table(FILE *page, const struct report *report)
{
    (void)fputs("<div class=\"scroll\"><table class=\"what\"><thead><tr><th>group</th>", page);
    for (int set = 1; set < report->data.n_sets; set++) {
        (void)fprintf(page, "<th>without %s</th>", ablation_name(report->data.sets[set]));
    }
    (void)fputs("</tr></thead><tbody>\n", page);
    for (int g = 0; g < report->grouping.n_groups; g++) {
        const struct group *const group = &report->grouping.groups[g];
        char name[FINDING_TEXT_SIZE];
        page_group_name(report, g, name, sizeof name);
        (void)fprintf(page, "<tr><td class=\"group\"><a href=\"#task%d\">", group->task_index);
        html_text(page, name);
        (void)fprintf(page, "</a> <small class=\"soft\">%d seed%s</small></td>", group->n_cases,
                      group->n_cases == 1 ? "" : "s");
        for (int set = 1; set < report->data.n_sets; set++) {
            write_cell(page, report, g, set);
        }
        (void)fputs("</tr>\n", page);
    }
    (void)fputs("</tbody></table></div>\n<div id=\"seeds\" hidden></div>\n", page);
}

void page_write_findings(FILE *page, const struct page_source *from)
{
    const struct report *const report = from->report;
    (void)fprintf(page,
                  "<h2 class=\"first\" id=\"findings\">What was found at alpha = <span "
                  "class=\"alpha\">%g</span></h2>\n",
                  report->data.alphas[report->main_alpha]);
    if (report->grouping.n_groups == 0) {
        (void)fputs("<p>No network is in a statistic.</p>\n", page);
        return;
    }
    write_sentences(page, report);
    if (report->data.n_sets > 1) {
        write_key(page, report);
        if (!from->has_jobs) {
            (void)fputs(
                "<p class=\"soft\">The study is too large for the values of single seeds to be "
                "on this page: it has those of groups.</p>\n",
                page);
        }
        write_table(page, report);
    }
}
