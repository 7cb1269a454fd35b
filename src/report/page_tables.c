/* Tables of the page. */
#include "report/html.h"
#include "report/page_parts.h"

#include <math.h>

enum { LABEL_SIZE = 640 };

void page_write_group_name(FILE *page, const struct group *group)
{
    char label[LABEL_SIZE];
    group_label(group, label, sizeof label);
    (void)fputs("<tr><td>", page);
    html_text(page, group->task);
    (void)fputs(" ", page);
    html_text(page, label);
    (void)fputs("</td>", page);
}

static void write_header_sets(FILE *page, const struct study_data *data)
{
    for (int set = 1; set < data->n_sets; set++) {
        (void)fprintf(page, "<th>%s</th>", ablation_name(data->sets[set]));
    }
}

/* "mean [low, high]", and how many of the values stabilise. */
static void write_effect(FILE *page, const struct summary *summary, enum measure measure)
{
    const struct measure_summary *const values = &summary->measures[measure];
    (void)fputs("<td>", page);
    html_number(page, values->sample.mean, measure == MEASURE_DELTA_FVU);
    if (!isnan(values->mean_interval.low)) {
        (void)fprintf(page, "<br><small>%.3g&nbsp;&hellip;&nbsp;%.3g</small>",
                      values->mean_interval.low, values->mean_interval.high);
    }
    (void)fputs("</td>", page);
}

static void write_sizes(FILE *page, const struct report *report, const struct group *group)
{
    int low = -1;
    int high = -1;
    for (int i = 0; i < group->n_cases; i++) {
        const int size = study_n_r(&report->data, group->cases[i], report->main_alpha);
        if (size >= 0) {
            low = low < 0 || size < low ? size : low;
            high = size > high ? size : high;
        }
    }
    if (low < 0) {
        (void)fputs("<td>&ndash;</td>", page);
    } else if (low == high) {
        (void)fprintf(page, "<td>%d</td>", low);
    } else {
        (void)fprintf(page, "<td>%d&ndash;%d</td>", low, high);
    }
}

/* "5", and what does not count beside it. */
static void write_count(FILE *page, const struct summary *summary)
{
    (void)fprintf(page, "<td>%d", summary->n);
    if (summary->n_failed > 0) {
        (void)fprintf(page, "<br><small>%d failed</small>", summary->n_failed);
    }
    if (summary->n_pending > 0) {
        (void)fprintf(page, "<br><small>%d pending</small>", summary->n_pending);
    }
    if (summary->n_unconverged > 0) {
        (void)fprintf(page, "<br><small>%d not converged</small>", summary->n_unconverged);
    }
    (void)fputs("</td>", page);
}

static void write_group_row(FILE *page, const struct report *report, int g, enum measure measure)
{
    const struct group *const group = &report->grouping.groups[g];
    const struct summary *const full =
        summary_of_group(&report->summaries, g, report->main_alpha, 0);
    const enum measure whole = measure == MEASURE_ACCURACY ? MEASURE_ACCURACY : MEASURE_FVU;
    char label[LABEL_SIZE];
    group_label(group, label, sizeof label);
    (void)fputs("<tr><td>", page);
    html_text(page, label);
    (void)fputs("</td>", page);
    write_count(page, full);
    write_sizes(page, report, group);
    (void)fputs("<td>", page);
    html_number(page, full->measures[whole].sample.mean, false);
    (void)fputs("</td>", page);
    for (int set = 1; set < report->data.n_sets; set++) {
        write_effect(page, summary_of_group(&report->summaries, g, report->main_alpha, set),
                     measure);
    }
    (void)fputs("</tr>\n", page);
}

void page_write_group_table(FILE *page, const struct report *report, int task, enum measure measure)
{
    const struct task_pool *const pool = &report->grouping.tasks[task];
    (void)fprintf(
        page,
        "<div class=\"scroll\"><table><tr><th>group</th><th>seeds</th><th>n_R</th><th>%s, "
        "full</th>",
        measure == MEASURE_ACCURACY ? "accuracy" : "FVU");
    write_header_sets(page, &report->data);
    (void)fputs("</tr>\n", page);
    for (int g = 0; g < pool->n_groups; g++) {
        write_group_row(page, report, pool->groups[g], measure);
    }
    (void)fputs("</table></div>\n", page);
}

/* ---- agreement ---- */

static void write_job(FILE *page, double value)
{
    (void)fputs("<td>", page);
    html_number(page, value, false);
    (void)fputs("</td>", page);
}

static void write_change(FILE *page, const struct report *report,
                         const struct effect_stability *stability)
{
    if (stability->change_set == 0 || report->data.n_alphas < 2) {
        (void)fputs("<td>&ndash;</td>", page);
        return;
    }
    (void)fprintf(
        page, "<td>%.3g <small>(%s, %g &rarr; %g)</small></td>", stability->largest_change,
        ablation_name(report->data.sets[stability->change_set]),
        report->data.alphas[stability->change_low], report->data.alphas[stability->change_high]);
}

void page_write_agreement(FILE *page, const struct report *report)
{
    const int n_alphas = report->data.n_alphas;
    (void)fprintf(
        page,
        "<h2>Does the profile depend on the threshold, or on the seed?</h2>\n"
        "<p>Agreement is Kendall's tau-b of the order of the ablation sets by their change "
        "of FVU: 1 the same order, 0 unrelated, -1 reversed. Over alphas it is taken within "
        "each seed, over seeds at alpha = %g. Thresholds between the same two eigenvalues "
        "are the same partition and agree without saying anything: compare with the number "
        "of partitions.</p>\n<div class=\"scroll\"><table><tr><th>group</th><th>thresholds"
        "</th><th>partitions (mean)</th><th>tau over alphas</th><th>lowest</th>"
        "<th>largest change of a mean</th><th>tau over seeds</th><th>lowest</th></tr>\n",
        report->data.alphas[report->main_alpha]);
    for (int g = 0; g < report->grouping.n_groups; g++) {
        const struct effect_stability *const stability = &report->stability[g];
        const struct seed_similarity *const similarity =
            &report->similarity[g * n_alphas + report->main_alpha];
        page_write_group_name(page, &report->grouping.groups[g]);
        (void)fprintf(page, "<td>%d</td>", n_alphas);
        write_job(page, stability->partitions);
        write_job(page, stability->mean_tau);
        write_job(page, stability->lowest_tau);
        write_change(page, report, stability);
        write_job(page, similarity->mean_tau);
        write_job(page, similarity->lowest_tau);
        (void)fputs("</tr>\n", page);
    }
    (void)fputs("</table></div>\n<p class=\"soft\">thresholds.csv and similarity.csv hold these "
                "numbers, the latter at every alpha.</p>\n",
                page);
}

/* ---- comparisons ---- */

static void write_comparison(FILE *page, const struct report *report, const struct comparison *row)
{
    page_write_group_name(page, &report->grouping.groups[row->group]);
    (void)fprintf(page, "<td>%s</td><td>%s</td><td>%d</td>",
                  row->first == 0 ? "full" : ablation_name(report->data.sets[row->first]),
                  ablation_name(report->data.sets[row->second]), row->n);
    (void)fputs("<td>", page);
    html_number(page, row->mean_difference, true);
    (void)fputs("</td>", page);
    write_job(page, row->p);
    write_job(page, row->p_adjusted);
    (void)fprintf(page, "<td>%s</td></tr>\n",
                  comparison_verdict(row) > 0 ? "second is worse" : "second is better");
}

static size_t count_verdicts(const struct report *report, double *smallest_p)
{
    size_t count = 0;
    *smallest_p = NAN;
    for (size_t i = 0; i < report->comparisons.n_rows; i++) {
        const struct comparison *const row = &report->comparisons.rows[i];
        if (row->alpha == report->main_alpha) {
            count += comparison_verdict(row) != 0;
            *smallest_p = fmin(row->smallest_p, *smallest_p);
        }
    }
    return count;
}

void page_write_comparisons(FILE *page, const struct report *report)
{
    double smallest_p = NAN;
    const size_t count = count_verdicts(report, &smallest_p);
    (void)fprintf(
        page,
        "<h2>Paired comparisons over seeds</h2>\n<p>FVU without one set of couplings against "
        "another (or against the full network) on the same seeds: two-sided sign-flip "
        "permutation test, corrected by Holm over the comparisons of one group at alpha = "
        "%g. ",
        report->data.alphas[report->main_alpha]);
    if (isnan(smallest_p)) {
        (void)fputs("Nothing is there to be compared.</p>\n", page);
        return;
    }
    if (count == 0) {
        (void)fprintf(
            page,
            "No difference is below p = %g after correction; with the seeds at hand the "
            "smallest p that a test can give is %.3g, before correction. No verdict, then: "
            "comparisons.csv has all numbers.</p>\n",
            COMPARISON_LEVEL, smallest_p);
        return;
    }
    (void)fprintf(page,
                  "%zu differences are below p = %g after correction.</p>\n<details><summary>Show "
                  "them</summary>\n<div class=\"scroll\"><table><tr><th>group</th><th>first</th>"
                  "<th>second</th><th>seeds</th><th>mean difference</th><th>p</th><th>p, Holm</th>"
                  "<th>verdict</th></tr>\n",
                  count, COMPARISON_LEVEL);
    for (size_t i = 0; i < report->comparisons.n_rows; i++) {
        const struct comparison *const row = &report->comparisons.rows[i];
        if (row->alpha == report->main_alpha && comparison_verdict(row) != 0) {
            write_comparison(page, report, row);
        }
    }
    (void)fputs("</table></div></details>\n", page);
}
