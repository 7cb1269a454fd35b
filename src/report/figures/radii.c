/* How much of a removal the outputs of a group tolerate, beside random changes. */
#include "report/figures/figure.h"
#include "report/statistics.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

/* Of the axis `null` of fragility. */
enum { DENSE, UPPER, N_NULLS = 3 };

static bool wanted(const struct figure *figure)
{
    return study_has(&figure->report->data, "tolerance_radius") &&
           summary_group_has_effects(&figure->report->summaries, figure->index,
                                     figure->report->main_alpha);
}

static size_t place_of(const struct figure *figure, int set)
{
    return (size_t)figure->report->main_alpha * (size_t)figure->report->data.n_sets + (size_t)set;
}

/* The radius of a random change is the coupling's times its fragility. */
static double radius(const struct figure *figure, int c, int set, int null)
{
    const struct study_data *const data = &figure->report->data;
    const size_t place = place_of(figure, set);
    const double own = study_real(data, "tolerance_radius", c, place);
    return null < 0 ? own : own * study_real(data, "fragility", c, place * N_NULLS + (size_t)null);
}

/* Median over the seeds of a group; values[n_cases] is scratch. */
static double median(const struct figure *figure, int set, int null, double *values)
{
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    int n = 0;
    for (int i = 0; i < group->n_cases; i++) {
        const double value = radius(figure, group->cases[i], set, null);
        if (!isnan(value)) {
            values[n++] = value;
        }
    }
    statistics_sort(values, n);
    return statistics_quantile(values, n, 0.5);
}

/* A block of seeds, one of medians, one for each null. */
static void write_data(const struct figure *figure, double *values)
{
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    const int n_sets = figure->report->data.n_sets;
    (void)fputs("# seeds: radius place\nNaN NaN\n", figure->data);
    for (int set = 1; set < n_sets; set++) {
        for (int i = 0; i < group->n_cases; i++) {
            const double value = radius(figure, group->cases[i], set, -1);
            if (value > 0.0 && figure_has_dot(i, group->n_cases)) {
                (void)fprintf(figure->data, "%.10g %.4f\n", value,
                              set + 0.25 * figure_jitter(i, group->n_cases));
            }
        }
    }
    for (int null = -1; null <= UPPER; null++) {
        (void)fprintf(figure->data, "\n\n# %s: median place\nNaN NaN\n",
                      null < 0        ? "seeds"
                      : null == DENSE ? "dense"
                                      : "upper");
        for (int set = 1; set < n_sets; set++) {
            const double value = median(figure, set, null, values);
            if (value > 0.0) {
                (void)fprintf(figure->data, "%.10g %d\n", value, set);
            }
        }
    }
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    double *values = NULL;
    TRY(memory_array(&values, (size_t)group->n_cases, sizeof *values, error));
    write_data(figure, values);
    free(values);
    (void)fputs("set logscale x\nset xlabel 'tolerance radius, relative to |T|'\nset ytics (",
                figure->script);
    for (int set = 1; set < report->data.n_sets; set++) {
        (void)fprintf(figure->script, "%s'%s' %d", set > 1 ? ", " : "",
                      ablation_name(report->data.sets[set]), set);
    }
    (void)fprintf(
        figure->script,
        ")\nset yrange [%g:0.4]\nset grid xtics ytics lc rgb '#dddddd'\nset key maxrows 2\n"
        "plot '%s' index 0 using 1:2 with points pt 7 ps 0.4 lc rgb '#0072b2' title "
        "'seeds', \\\n     '' index 1 using 1:2 with points pt 2 ps 0.9 lw 1.5 lc rgb "
        "'#111111' title 'median', \\\n     '' index 2 using 1:2 with points pt 6 ps 1 lw "
        "1.5 lc rgb '#777777' title 'random change of the matrix', \\\n     '' index 3 "
        "using 1:2 with points pt 4 ps 1 lw 1.5 lc rgb '#777777' title 'random, above "
        "the diagonal'\n",
        report->data.n_sets - 0.4, figure->data_name);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "Norm of the part of a removal at which the outputs first are epsilon away. "
                   "To the right of the open marks more is tolerated than of a random "
                   "change of the same norm, to the left less.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_RADII = {.title = "How much is tolerated",
                                        .scope = FIGURE_OF_GROUP,
                                        .is_of_alpha = true,
                                        .needs = {"tolerance_radius", "fragility"},
                                        .width = FIGURE_WIDTH,
                                        .height = 340,
                                        .wanted = wanted,
                                        .write = write_figure};
