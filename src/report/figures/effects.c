/* Ablation profile of a group: bar = mean over seeds, line = 95 % interval, dot = seed. */
#include "report/figures/figure.h"

#include <math.h>

static bool always(const struct report *report, const struct example *example, int index)
{
    (void)example;
    return summary_group_has_effects(&report->summaries, index, report->main_alpha);
}

static bool has_accuracy(const struct report *report, const struct example *example, int index)
{
    return always(report, example, index) &&
           report_has_accuracy(report, &report->grouping.groups[index]);
}

static void write_bars(const struct figure *figure, enum measure measure)
{
    const struct report *const report = figure->report;
    (void)fputs("# ablation mean low high style\n", figure->data);
    for (int set = 1; set < report->data.n_sets; set++) {
        const struct measure_summary *const summary =
            &summary_of_group(&report->summaries, figure->index, report->main_alpha, set)
                 ->measures[measure];
        (void)fprintf(figure->data, "%d", set);
        figure_write_number(figure->data, summary->sample.mean);
        figure_write_number(figure->data, summary->mean_interval.low);
        figure_write_number(figure->data, summary->mean_interval.high);
        (void)fprintf(figure->data, " %d\n", figure_style(report->data.sets[set]));
    }
    (void)fputs("\n\n", figure->data);
}

static void write_dots(const struct figure *figure, enum measure measure)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    (void)fputs("# place value seed\n", figure->data);
    for (int set = 1; set < report->data.n_sets; set++) {
        for (int i = 0; i < group->n_cases; i++) {
            (void)fprintf(figure->data, "%.4f", set + 0.22 * figure_jitter(i, group->n_cases));
            figure_write_number(figure->data,
                                study_job_real(&report->data, measure_variable(measure),
                                               group->cases[i], report->main_alpha, set));
            (void)fprintf(figure->data, " %lld\n",
                          (long long)study_seed(&report->data, group->cases[i]));
        }
    }
}

static void write_script(const struct figure *figure, const char *axis)
{
    (void)fprintf(figure->script,
                  "set ylabel '%s'\nset yrange [*<0:0.01<*]\nset xrange [0.4:%g]\nset style fill "
                  "solid 0.35 noborder\n"
                  "set boxwidth 0.66\nset xzeroaxis lw 1 lc rgb '#444444'\nset grid ytics lc rgb "
                  "'#dddddd'\nunset key\n",
                  axis, figure->report->data.n_sets - 0.4);
    figure_write_set_tics(figure->script, &figure->report->data);
}

static enum status write_partition_jobs(const struct figure *figure, enum measure measure)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    const bool is_accuracy = measure == MEASURE_ACCURACY;
    write_bars(figure, measure);
    write_dots(figure, measure);
    write_script(figure, is_accuracy ? "accuracy" : "change of FVU");
    if (is_accuracy) {
        const double full =
            summary_of_group(&report->summaries, figure->index, report->main_alpha, 0)
                ->measures[measure]
                .sample.mean;
        (void)fprintf(figure->script,
                      "set yrange [0:1.05]\nset arrow from graph 0, first %.10g to graph 1, first "
                      "%.10g nohead dt (4,4) lc rgb '#222222'\n",
                      full, full);
    }
    (void)fprintf(figure->script,
                  "plot '%s' index 0 using 1:2:5 with boxes lc variable, \\\n%s"
                  "     '' index 1 using 1:2 with points pt 7 ps 0.45 lc rgb '#111111'\n",
                  figure->data_name,
                  figure_has_interval(figure, measure, report->main_alpha)
                      ? "     '' index 0 using 1:3:(0):($4-$3) with vectors nohead lc rgb "
                        "'#111111' lw 2, \\\n"
                      : "");
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "%s when the couplings named below are removed, at alpha = %g. Bars: mean over "
                   "%d seed%s; lines: 95 %% bootstrap interval of the mean; dots: single seeds.%s",
                   is_accuracy ? "Accuracy" : "Change of FVU",
                   report->data.alphas[report->main_alpha], group->n_cases,
                   group->n_cases == 1 ? "" : "s",
                   is_accuracy ? " Broken line: the full network." : "");
    return STATUS_OK;
}

static enum status write_delta(const struct figure *figure, struct error *error)
{
    (void)error;
    return write_partition_jobs(figure, MEASURE_DELTA_FVU);
}

static enum status write_accuracy(const struct figure *figure, struct error *error)
{
    (void)error;
    return write_partition_jobs(figure, MEASURE_ACCURACY);
}

const struct figure_ops FIGURE_EFFECTS = {.name = "profile",
                                          .title = "Ablation profile",
                                          .scope = FIGURE_OF_GROUP,
                                          .width = 520,
                                          .height = 340,
                                          .wanted = always,
                                          .write = write_delta};

const struct figure_ops FIGURE_ACCURACY_EFFECTS = {.name = "accuracy-profile",
                                                   .title = "Accuracy after ablation",
                                                   .scope = FIGURE_OF_GROUP,
                                                   .width = 520,
                                                   .height = 340,
                                                   .wanted = has_accuracy,
                                                   .write = write_accuracy};
