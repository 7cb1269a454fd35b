/* A measure against alpha, one line per ablation set, the band its 95 % interval. */
#include "report/figures/figure.h"

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    return report->data.n_alphas > 1 &&
           summary_group_has_effects(&report->summaries, figure->index, -1) &&
           report_has_measure(report, figure->index, figure->measure);
}

static void write_data(const struct figure *figure)
{
    const struct study_data *const data = &figure->report->data;
    for (int set = 1; set < data->n_sets; set++) {
        (void)fprintf(figure->data, "# %s: alpha mean low high\n", ablation_name(data->sets[set]));
        for (int a = 0; a < data->n_alphas; a++) {
            const struct measure_summary *const summary = figure_summary(figure, a, set);
            (void)fprintf(figure->data, "%.10g", data->alphas[a]);
            figure_write_number(figure->data, summary->sample.mean);
            figure_write_number(figure->data, summary->mean_interval.low);
            figure_write_number(figure->data, summary->mean_interval.high);
            (void)fputc('\n', figure->data);
        }
        (void)fputs("\n\n", figure->data);
    }
}

static enum status write(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    const bool has_bands = figure_has_interval(figure, -1);
    char name[FIGURE_NAME_SIZE];
    (void)error;
    write_data(figure);
    (void)fprintf(figure->script,
                  "set xlabel 'alpha'\nset ylabel '%s'\nset xzeroaxis lw 1 lc rgb '#444444'\n"
                  "set grid ytics lc rgb '#dddddd'\nset key maxrows 2\n%splot ",
                  figure->measure->axis_title,
                  figure->measure->higher_is_better ? "set yrange [*<0:1.05<*]\n" : "");
    for (int set = 1; set < data->n_sets; set++) {
        const int style = figure_style(data->sets[set]);
        (void)fputs(set > 1 ? "     " : "", figure->script);
        if (has_bands) {
            (void)fprintf(figure->script,
                          "'%s' index %d using 1:3:4 with filledcurves ls %d fs transparent solid "
                          "0.12 notitle, \\\n     ",
                          figure->data_name, set - 1, style);
        }
        (void)fprintf(figure->script,
                      "'%s' index %d using 1:2 with linespoints ls %d pi %d title '%s'%s\n",
                      figure->data_name, set - 1, style, 1 + data->n_alphas / 10,
                      ablation_name(data->sets[set]), set + 1 < data->n_sets ? ", \\" : "");
    }
    figure_measure_name(figure->measure, name);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "%s against the threshold: mean over %d seed%s, bands: 95 %% bootstrap interval. "
        "Between two eigenvalues nothing changes, so steps are real: on average %.3g of "
        "the %d thresholds are different partitions.",
        name, group->n_cases, group->n_cases == 1 ? "" : "s",
        figure->report->stability[figure->index].partitions, data->n_alphas);
    return STATUS_OK;
}

const struct figure_ops FIGURE_ALPHA = {.title = "against alpha",
                                        .scope = FIGURE_OF_GROUP,
                                        .width = 520,
                                        .height = 360,
                                        .wanted = wanted,
                                        .write = write};
