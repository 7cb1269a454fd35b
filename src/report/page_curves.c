/* What the threshold curves say: which coupling dominates where, and whether a threshold tells of
 * its neighbours. */
#include "report/html.h"
#include "report/page_parts.h"

#include <math.h>

enum { ROWS_SHOWN = 12 };

/* ---- shares ---- */

static void write_share(FILE *page, const struct share_summary *share, int n)
{
    (void)fputs("<td>", page);
    html_number(page, 100.0 * share->sample.mean, false);
    if (n > 1) {
        (void)fprintf(page, "<br><small>%.3g&nbsp;&hellip;&nbsp;%.3g</small>", 100.0 * share->least,
                      100.0 * share->most);
    }
    (void)fputs("</td>", page);
}

static void write_share_row(FILE *page, const struct report *report, int g)
{
    const struct group *const group = &report->grouping.groups[g];
    const struct dominance *const dominance = &report->dominance[g];
    page_write_group_name(page, group);
    (void)fprintf(page, "<td>%d", dominance->n);
    if (dominance->n < group->n_cases) {
        (void)fprintf(page, " <small>of %d</small>", group->n_cases);
    }
    (void)fputs("</td>", page);
    for (int k = 0; k < DOMINANT_KNOWN_COUNT; k++) {
        write_share(page, &dominance->shares[k], dominance->n);
    }
    (void)fputs("</tr>\n", page);
}

static void write_shares(FILE *page, const struct report *report)
{
    (void)fprintf(
        page,
        "<p>Every partition of the spectrum was computed for %d of %d cases. In a partition that "
        "coupling dominates whose removal alone moves the answers furthest; none does where no "
        "single removal moves them by more than epsilon = %g. Percent of alpha from %g to %g: "
        "mean over seeds, below it the smallest and the largest.</p>\n"
        "<div class=\"scroll\"><table><tr><th>group</th><th>models</th>",
        report->n_curves, report->data.n_cases - report->n_excluded, report->data.epsilon,
        WIDE_WINDOW.low, WIDE_WINDOW.high);
    for (int k = 0; k < DOMINANT_KNOWN_COUNT; k++) {
        (void)fprintf(page, "<th>%s</th>", dominant_name(k));
    }
    (void)fputs("</tr>\n", page);
    for (int g = 0; g < report->grouping.n_groups; g++) {
        write_share_row(page, report, g);
    }
    (void)fputs("</table></div>\n", page);
}

/* ---- thresholds ---- */

static void write_count(FILE *page, struct agreement_count count)
{
    if (count.n == 0) {
        (void)fputs("<td>&ndash;</td>", page);
    } else {
        (void)fprintf(page, "<td>%d of %d</td>", count.n_same, count.n);
    }
}

/* Models that have a break point near this threshold. */
static struct agreement_count count_near_ties(const struct report *report, double alpha)
{
    struct agreement_count count = {0};
    for (int c = 0; c < report->data.n_cases; c++) {
        if (report_has_curve(report, c)) {
            count.n++;
            count.n_same += curve_break_distance(&report->curves[c], alpha) < NEAR_TIE;
        }
    }
    return count;
}

static void write_threshold_row(FILE *page, const struct report *report, double alpha)
{
    const struct grouping *const grouping = &report->grouping;
    struct agreement_count all = {0};
    (void)fprintf(page, "<tr><td>%g</td>", alpha);
    for (int task = 0; task < grouping->n_tasks; task++) {
        struct agreement_count sum = {0};
        for (int g = 0; g < grouping->tasks[task].n_groups; g++) {
            const struct agreement_count count = dominance_at(
                report->curves, &grouping->groups[grouping->tasks[task].groups[g]], alpha);
            sum.n += count.n;
            sum.n_same += count.n_same;
        }
        write_count(page, sum);
        all.n += sum.n;
        all.n_same += sum.n_same;
    }
    write_count(page, all);
    write_count(page, count_near_ties(report, alpha));
    (void)fputs("</tr>\n", page);
}

static void write_thresholds(FILE *page, const struct report *report)
{
    const int n_alphas = report->data.n_alphas;
    (void)fprintf(
        page,
        "<h3>Is a threshold representative?</h3>\n<p>Models in which the same dominates at that "
        "alpha as over the longest part of alpha from %g to %g. Near-ties: models with a break "
        "point within %g of that alpha, so that a slightly other alpha is another "
        "partition.</p>\n",
        USUAL_WINDOW.low, USUAL_WINDOW.high, NEAR_TIE);
    if (n_alphas > ROWS_SHOWN) {
        (void)fprintf(page, "<details><summary>Show all %d thresholds</summary>\n", n_alphas);
    }
    (void)fputs("<div class=\"scroll\"><table><tr><th>alpha</th>", page);
    for (int task = 0; task < report->grouping.n_tasks; task++) {
        (void)fputs("<th>", page);
        html_text(page, report->grouping.tasks[task].task);
        (void)fputs("</th>", page);
    }
    (void)fputs("<th>all</th><th>near-ties</th></tr>\n", page);
    for (int a = 0; a < n_alphas; a++) {
        write_threshold_row(page, report, report->data.alphas[a]);
    }
    (void)fputs("</table></div>\n", page);
    (void)fputs(n_alphas > ROWS_SHOWN ? "</details>\n" : "", page);
}

void page_write_curves(FILE *page, const struct report *report)
{
    if (report->n_curves == 0) {
        return;
    }
    (void)fputs("<h2>Which coupling dominates, and where?</h2>\n", page);
    write_shares(page, report);
    write_thresholds(page, report);
    (void)fputs("<p class=\"soft\">dominance.csv, representative.csv and, model by model, "
                "model_dominance.csv, break_points.csv and partitions.csv hold these "
                "numbers.</p>\n",
                page);
}
