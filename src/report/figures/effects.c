/* What every ablation set does to a measure in a group: bar = mean over seeds, line = 95 %
 * interval, dot = seed. */
#include "report/figures/figure.h"

#include <math.h>

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    return summary_group_has_effects(&report->summaries, figure->index, report->main_alpha) &&
           report_has_measure(report, figure->index, figure->measure);
}

static void write_bars(const struct figure *figure)
{
    const struct report *const report = figure->report;
    (void)fputs("# ablation mean low high style\n", figure->data);
    for (int set = 1; set < report->data.n_sets; set++) {
        const struct measure_summary *const summary =
            figure_summary(figure, report->main_alpha, set);
        (void)fprintf(figure->data, "%d", set);
        figure_write_number(figure->data, summary->sample.mean);
        figure_write_number(figure->data, summary->mean_interval.low);
        figure_write_number(figure->data, summary->mean_interval.high);
        (void)fprintf(figure->data, " %d\n", figure_style(report->data.sets[set]));
    }
    (void)fputs("\n\n", figure->data);
}

static void write_dots(const struct figure *figure)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    const int measure = measure_number(figure->measure->variable.name);
    (void)fputs("# place value seed\n", figure->data);
    for (int set = 1; set < report->data.n_sets; set++) {
        for (int i = 0; i < group->n_cases; i++) {
            (void)fprintf(figure->data, "%.4f", set + 0.22 * figure_jitter(i, group->n_cases));
            figure_write_number(figure->data, study_measure(&report->data, group->cases[i],
                                                            report->main_alpha, set, measure));
            (void)fprintf(figure->data, " %lld\n",
                          (long long)study_integer(&report->data, "seed", group->cases[i], 0));
        }
    }
}

static enum status write(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    const double full = figure_summary(figure, report->main_alpha, 0)->sample.mean;
    char name[FIGURE_NAME_SIZE];
    (void)error;
    write_bars(figure);
    write_dots(figure);
    (void)fprintf(figure->script,
                  "set ylabel '%s'\nset yrange %s\nset xrange [0.4:%g]\nset style fill solid 0.35 "
                  "noborder\nset boxwidth 0.66\nset xzeroaxis lw 1 lc rgb '#444444'\n"
                  "set grid ytics lc rgb '#dddddd'\nunset key\n",
                  figure->measure->axis_title,
                  figure->measure->higher_is_better ? "[*<0:1.05<*]" : "[*<0:0.01<*]",
                  report->data.n_sets - 0.4);
    figure_write_set_tics(figure->script, &report->data);
    if (isfinite(full)) {
        (void)fprintf(figure->script,
                      "set arrow from graph 0, first %.10g to graph 1, first %.10g nohead dt (4,4) "
                      "lc rgb '#222222'\n",
                      full, full);
    }
    (void)fprintf(figure->script,
                  "plot '%s' index 0 using 1:2:5 with boxes lc variable, \\\n%s"
                  "     '' index 1 using 1:2 with points pt 7 ps 0.45 lc rgb '#111111'\n",
                  figure->data_name,
                  figure_has_interval(figure, report->main_alpha)
                      ? "     '' index 0 using 1:3:(0):($4-$3) with vectors nohead lc rgb "
                        "'#111111' lw 2, \\\n"
                      : "");
    figure_measure_name(figure->measure, name);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "%s when the couplings named below are removed, at alpha = %g. Bars: mean over "
                   "%d seed%s; lines: 95 %% bootstrap interval of the mean; dots: single seeds. "
                   "Broken line: the full network.",
                   name, report->data.alphas[report->main_alpha], group->n_cases,
                   group->n_cases == 1 ? "" : "s");
    return STATUS_OK;
}

const struct figure_ops FIGURE_EFFECTS = {.title = "after ablation",
                                          .scope = FIGURE_OF_GROUP,
                                          .width = 520,
                                          .height = 340,
                                          .wanted = wanted,
                                          .write = write};
