/* A measure against alpha, one line per ablation set, the band its 95 % interval. */
#include "report/figures/figure.h"

static bool has_alphas(const struct report *report, const struct example *example, int index)
{
    (void)example;
    return report->data.n_alphas > 1 && summary_group_has_effects(&report->summaries, index, -1);
}

static bool has_accuracy(const struct report *report, const struct example *example, int index)
{
    return has_alphas(report, example, index) &&
           report_has_accuracy(report, &report->grouping.groups[index]);
}

static void write_data(const struct figure *figure, enum measure measure)
{
    const struct report *const report = figure->report;
    for (int set = 1; set < report->data.n_sets; set++) {
        (void)fprintf(figure->data, "# %s: alpha mean low high\n",
                      ablation_name(report->data.sets[set]));
        for (int a = 0; a < report->data.n_alphas; a++) {
            const struct measure_summary *const summary =
                &summary_of_group(&report->summaries, figure->index, a, set)->measures[measure];
            (void)fprintf(figure->data, "%.10g", report->data.alphas[a]);
            figure_write_number(figure->data, summary->sample.mean);
            figure_write_number(figure->data, summary->mean_interval.low);
            figure_write_number(figure->data, summary->mean_interval.high);
            (void)fputc('\n', figure->data);
        }
        (void)fputs("\n\n", figure->data);
    }
}

static void write_plot(const struct figure *figure, enum measure measure)
{
    const struct study_data *const data = &figure->report->data;
    const bool has_bands = figure_has_interval(figure, measure, -1);
    (void)fputs("plot ", figure->script);
    for (int set = 1; set < data->n_sets; set++) {
        (void)fputs(set > 1 ? "     " : "", figure->script);
        if (has_bands) {
            (void)fprintf(figure->script,
                          "'%s' index %d using 1:3:4 with filledcurves ls %d fs transparent solid "
                          "0.12 notitle, \\\n     ",
                          figure->data_name, set - 1, figure_style(data->sets[set]));
        }
        (void)fprintf(
            figure->script, "'%s' index %d using 1:2 with linespoints ls %d pi %d title '%s'%s\n",
            figure->data_name, set - 1, figure_style(data->sets[set]), 1 + data->n_alphas / 10,
            ablation_name(data->sets[set]), set + 1 < data->n_sets ? ", \\" : "");
    }
}

static enum status write_measure(const struct figure *figure, enum measure measure)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    const char *const axis = measure == MEASURE_ACCURACY ? "accuracy" : "change of FVU";
    write_data(figure, measure);
    (void)fprintf(figure->script,
                  "set xlabel 'alpha'\nset ylabel '%s'\nset xzeroaxis lw 1 lc rgb '#444444'\n"
                  "set grid ytics lc rgb '#dddddd'\nset key maxrows 2\n%s",
                  axis, measure == MEASURE_ACCURACY ? "set yrange [0:1.05]\n" : "");
    write_plot(figure, measure);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "%s against the threshold: mean over %d seed%s, bands: 95 %% bootstrap interval. "
        "Between two eigenvalues nothing changes, so steps are real: on average %.3g of "
        "the %d thresholds are different partitions.",
        measure == MEASURE_ACCURACY ? "Accuracy" : "Change of FVU", group->n_cases,
        group->n_cases == 1 ? "" : "s", report->stability[figure->index].partitions,
        report->data.n_alphas);
    return STATUS_OK;
}

static enum status write_delta(const struct figure *figure, struct error *error)
{
    (void)error;
    return write_measure(figure, MEASURE_DELTA_FVU);
}

static enum status write_accuracy(const struct figure *figure, struct error *error)
{
    (void)error;
    return write_measure(figure, MEASURE_ACCURACY);
}

const struct figure_ops FIGURE_ALPHA = {.name = "alpha",
                                        .title = "Change of FVU against alpha",
                                        .scope = FIGURE_OF_GROUP,
                                        .width = 520,
                                        .height = 360,
                                        .wanted = has_alphas,
                                        .write = write_delta};

const struct figure_ops FIGURE_ACCURACY_ALPHA = {.name = "accuracy-alpha",
                                                 .title = "Accuracy against alpha",
                                                 .scope = FIGURE_OF_GROUP,
                                                 .width = 520,
                                                 .height = 360,
                                                 .wanted = has_accuracy,
                                                 .write = write_accuracy};
