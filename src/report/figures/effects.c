/* What every ablation set does to a measure in a group: dot = seed, point with line = mean over
 * seeds with its 95 % interval. */
#include "report/effect.h"
#include "report/figures/figure.h"

#include <math.h>

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    return summary_group_has_effects(&report->summaries, figure->index, report->main_alpha) &&
           report_has_measure(report, figure->index, figure->measure);
}

/* Whether some set has an interval that is drawn. */
static bool write_means(const struct figure *figure)
{
    const struct report *const report = figure->report;
    bool has_intervals = false;
    (void)fputs("# place mean low high\n", figure->data);
    for (int set = 1; set < report->data.n_sets; set++) {
        const struct measure_summary *const summary =
            figure_summary(figure, report->main_alpha, set);
        const bool has_interval = summary->sample.n >= FIGURE_INTERVAL_LEAST;
        has_intervals = has_intervals || (has_interval && !isnan(summary->mean_interval.low));
        (void)fprintf(figure->data, "%d", set);
        figure_write_number(figure->data, summary->sample.mean);
        figure_write_number(figure->data, has_interval ? summary->mean_interval.low : (double)NAN);
        figure_write_number(figure->data, has_interval ? summary->mean_interval.high : (double)NAN);
        (void)fputc('\n', figure->data);
    }
    (void)fputs("\n\n", figure->data);
    return has_intervals;
}

/* A block for every set; returns how many dots it has. */
static int write_dots(const struct figure *figure, int set)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    const int measure = measure_number(figure->measure->variable.name);
    int n = 0;
    (void)fprintf(figure->data, "# %s: place value tip\n", ablation_name(report->data.sets[set]));
    for (int i = 0; i < group->n_cases; i++) {
        const int c = group->cases[i];
        const double value = effect_value(&report->data, c, report->main_alpha, set, measure);
        if (isfinite(value) && figure_has_dot(i, group->n_cases)) {
            (void)fprintf(figure->data, "%.4f %.10g", set + 0.25 * figure_jitter(i, group->n_cases),
                          value);
            figure_write_tip(figure, c, value);
            (void)fputc('\n', figure->data);
            n++;
        }
    }
    (void)fputs(n > 0 ? "\n\n" : "NaN NaN \"\"\n\n\n", figure->data);
    return n;
}

static void write_plot(const struct figure *figure, const int *n_dots, bool has_intervals)
{
    const struct study_data *const data = &figure->report->data;
    (void)fputs("plot 0 with lines lw 1 lc rgb '#444444' notitle, \\\n     ", figure->script);
    for (int set = 1; set < data->n_sets; set++) {
        if (n_dots[set] > 0) {
            (void)fprintf(figure->script,
                          "'%s' index %d using 1:2:3 with labels hypertext point ls %d ps 0.5, \\\n"
                          "     ",
                          figure->data_name, set, figure_style(data->sets[set]));
        }
    }
    if (has_intervals) {
        (void)fprintf(figure->script,
                      "'%s' index 0 using 1:3:(0):($4-$3) with vectors nohead lc rgb '#111111' lw "
                      "2, \\\n     ",
                      figure->data_name);
    }
    (void)fprintf(figure->script,
                  "'%s' index 0 using 1:2 with points pt 2 ps 0.9 lw 1.5 lc rgb '#111111'\n",
                  figure->data_name);
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const double full = figure_summary(figure, report->main_alpha, 0)->sample.mean;
    int n_dots[ABLATION_SET_COUNT] = {0};
    (void)error;
    const bool has_intervals = write_means(figure);
    for (int set = 1; set < report->data.n_sets; set++) {
        n_dots[set] = write_dots(figure, set);
    }
    (void)fprintf(figure->script,
                  "set ylabel '%s'\nset yrange %s\nset xrange [0.4:%g]\nset grid ytics lc rgb "
                  "'#dddddd'\nunset key\n",
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
    write_plot(figure, n_dots, has_intervals);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "Without the couplings named below. Dots: single seeds, at most %d of a group; "
                   "crosses: their means, from %d seeds on with their 95 %% bootstrap intervals. "
                   "Broken line: the full network.",
                   FIGURE_DOTS, FIGURE_INTERVAL_LEAST);
    return STATUS_OK;
}

const struct figure_ops FIGURE_EFFECTS = {.title = "after ablation",
                                          .scope = FIGURE_OF_GROUP,
                                          .is_of_alpha = true,
                                          .is_of_measure = true,
                                          .drawn_as = "effects",
                                          .width = FIGURE_WIDTH,
                                          .height = 340,
                                          .wanted = wanted,
                                          .write = write_figure};
