/* A measure against alpha, in steps: one line per coupling, or per ablation set in a study without
 * them. */
#include "report/figures/figure.h"

#include <math.h>

/* Whether some network of the group has another partition at another alpha. */
static bool has_steps(const struct figure *figure)
{
    const struct study_data *const data = &figure->report->data;
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    for (int i = 0; i < group->n_cases; i++) {
        const int first = study_n_r(data, group->cases[i], 0);
        for (int a = 1; a < data->n_alphas; a++) {
            if (study_n_r(data, group->cases[i], a) != first) {
                return true;
            }
        }
    }
    return false;
}

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    return report->data.n_alphas > 1 && has_steps(figure) &&
           summary_group_has_effects(&report->summaries, figure->index, -1) &&
           report_has_measure(report, figure->index, figure->measure);
}

/* More lines than these would hide each other. */
static bool is_drawn(const struct study_data *data, int set)
{
    bool has_single = false;
    for (int s = 1; s < data->n_sets; s++) {
        has_single = has_single || __builtin_popcount(data->sets[s]) == 1;
    }
    return !has_single || __builtin_popcount(data->sets[set]) == 1;
}

/* Lines of equal values stand beside each other. */
static double shift(const struct study_data *data, int set)
{
    const double span = data->alphas[data->n_alphas - 1] - data->alphas[0];
    return 0.004 * span * (set - 0.5 * data->n_sets);
}

static void write_data(const struct figure *figure)
{
    const struct study_data *const data = &figure->report->data;
    for (int set = 1; set < data->n_sets; set++) {
        (void)fprintf(figure->data, "# %s: place mean low high alpha tip\n",
                      ablation_name(data->sets[set]));
        for (int a = 0; a < data->n_alphas; a++) {
            const struct measure_summary *const summary = figure_summary(figure, a, set);
            const bool has_interval = summary->sample.n >= FIGURE_INTERVAL_LEAST;
            const double low = has_interval ? summary->mean_interval.low : (double)NAN;
            const double high = has_interval ? summary->mean_interval.high : (double)NAN;
            (void)fprintf(figure->data, "%.10g", data->alphas[a] + shift(data, set));
            figure_write_number(figure->data, summary->sample.mean);
            figure_write_number(figure->data, low);
            figure_write_number(figure->data, high);
            (void)fprintf(figure->data, " %.10g \"without %s at %g: %.6g", data->alphas[a],
                          ablation_name(data->sets[set]), data->alphas[a], summary->sample.mean);
            if (!isnan(low)) {
                (void)fprintf(figure->data, " (%.4g to %.4g)", low, high);
            }
            (void)fprintf(figure->data, ", n = %d\"\n", summary->sample.n);
        }
        (void)fputs("\n\n", figure->data);
    }
}

static bool has_lines(const struct figure *figure, int set)
{
    for (int a = 0; a < figure->report->data.n_alphas; a++) {
        const struct measure_summary *const summary = figure_summary(figure, a, set);
        if (summary->sample.n >= FIGURE_INTERVAL_LEAST && !isnan(summary->mean_interval.low)) {
            return true;
        }
    }
    return false;
}

static bool has_values(const struct figure *figure, int set)
{
    for (int a = 0; a < figure->report->data.n_alphas; a++) {
        if (isfinite(figure_summary(figure, a, set)->sample.mean)) {
            return true;
        }
    }
    return false;
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    const double margin = 0.04 * (data->alphas[data->n_alphas - 1] - data->alphas[0]);
    const char *const separator = ", \\\n     ";
    (void)error;
    write_data(figure);
    (void)fprintf(
        figure->script,
        "set xlabel 'alpha'\nset ylabel '%s'\n"
        "set grid ytics lc rgb '#dddddd'\nset key maxrows 2\nset xrange [%.10g:%.10g]\nset yrange "
        "%s\nplot 0 with lines lw 1 lc rgb '#444444' notitle",
        figure->measure->axis_title, data->alphas[0] - margin,
        data->alphas[data->n_alphas - 1] + margin,
        figure->measure->higher_is_better ? "[*<0:1.05<*]" : "[*<0:0.01<*]");
    for (int set = 1; set < data->n_sets; set++) {
        const int style = figure_style(data->sets[set]);
        if (!is_drawn(data, set) || !has_values(figure, set)) {
            continue;
        }
        (void)fprintf(figure->script,
                      "%s'%s' index %d using 1:2 with histeps ls %d lw 1.5 title '%s'", separator,
                      figure->data_name, set - 1, style, ablation_name(data->sets[set]));
        if (has_lines(figure, set)) {
            (void)fprintf(figure->script,
                          "%s'%s' index %d using 1:3:(0):($4-$3) with vectors nohead ls %d lw 1 "
                          "notitle",
                          separator, figure->data_name, set - 1, style);
        }
        (void)fprintf(
            figure->script,
            "%s'%s' index %d using 1:2:6 with labels hypertext point ls %d ps 0.5 notitle",
            separator, figure->data_name, set - 1, style);
    }
    (void)fputc('\n', figure->script);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "Mean over seeds against the threshold, from %d seeds on with its 95 %% bootstrap "
        "interval. "
        "Between two eigenvalues nothing changes: on average %.3g of the %d thresholds are "
        "different partitions.",
        FIGURE_INTERVAL_LEAST, figure->report->stability[figure->index].partitions, data->n_alphas);
    return STATUS_OK;
}

const struct figure_ops FIGURE_ALPHA = {.title = "against alpha",
                                        .scope = FIGURE_OF_GROUP,
                                        .is_of_measure = true,
                                        .drawn_as = "alphas",
                                        .width = FIGURE_WIDTH,
                                        .height = 360,
                                        .wanted = wanted,
                                        .write = write_figure};
