/* Effect of a removal against the mass removed. */
#include "report/effect.h"
#include "report/figures/figure.h"
#include "report/statistics.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

static const double SMALLEST = 1e-6; /* of the logarithmic axis */

static bool wanted(const struct figure *figure)
{
    return summary_task_has_effects(&figure->report->summaries, figure->index,
                                    figure->report->main_alpha);
}

/* Every finished job of a task at the main alpha; masses[] receives what they removed,
 * n_of_set[n_sets] how many there are of each. Returns how many. */
static int write_sets(const struct figure *figure, double *masses, int *n_of_set)
{
    const struct report *const report = figure->report;
    const struct task_pool *const task = &report->grouping.tasks[figure->index];
    int n = 0;
    for (int set = 1; set < report->data.n_sets; set++) {
        const int before = n;
        (void)fprintf(figure->data,
                      "# %s: removed_mass delta_fvu (at least %g), tip\nNaN NaN \"\"\n",
                      ablation_name(report->data.sets[set]), SMALLEST);
        for (int g = 0; g < task->n_groups; g++) {
            const struct group *const group = &report->grouping.groups[task->groups[g]];
            for (int i = 0; i < group->n_cases; i++) {
                const int c = group->cases[i];
                const double mass = effect_value(&report->data, c, report->main_alpha, set,
                                                 measure_number("removed_mass"));
                const double effect = effect_value(&report->data, c, report->main_alpha, set,
                                                   measure_number("delta_fvu"));
                if (!isnan(mass) && !isnan(effect) && figure_has_dot(i, group->n_cases)) {
                    masses[n++] = mass;
                    (void)fprintf(figure->data, "%.10g %.10g", mass, fmax(effect, SMALLEST));
                    figure_write_tip(figure, c, effect);
                    (void)fputc('\n', figure->data);
                }
            }
        }
        (void)fputs("\n\n", figure->data);
        n_of_set[set] = n - before;
    }
    return n;
}

static void write_script(const struct figure *figure, const int *n_of_set, double median_mass,
                         double boundary)
{
    const struct study_data *const data = &figure->report->data;
    const char *separator = "";
    if (boundary > 0 && isfinite(boundary)) {
        (void)fprintf(figure->script,
                      "set arrow from graph 0, first %.10g to graph 1, first %.10g nohead dt (4,4) "
                      "lc rgb '#222222'\n",
                      boundary, boundary);
    }
    (void)fprintf(
        figure->script,
        "set logscale y\nset yrange [%g:1<*]\nset format y '10^{%%T}'\nset ytics enhanced\n"
        "set xrange [0:*]\nset xlabel 'removed mass'\nset ylabel 'change of FVU'\n"
        "set arrow from first %.10g, graph 0 to first %.10g, graph 1 nohead dt (4,4) lc "
        "rgb '#222222'\n"
        "set label 'stabilizer' at graph 0.98, graph 0.05 right tc rgb '#555555'\n"
        "set label 'fragile' at graph 0.02, graph 0.96 left tc rgb '#555555'\n"
        "set key maxrows 2\nplot ",
        SMALLEST * 0.7, median_mass, median_mass);
    for (int set = 1; set < data->n_sets; set++) {
        if (n_of_set[set] > 0) {
            (void)fprintf(figure->script,
                          "%sNaN with points ls %d ps 0.8 title '%s', \\\n     '%s' index %d using "
                          "1:2:3 with labels hypertext point ls %d ps 0.6 notitle",
                          separator, figure_style(data->sets[set]), ablation_name(data->sets[set]),
                          figure->data_name, set - 1, figure_style(data->sets[set]));
            separator = ", \\\n     ";
        }
    }
    (void)fputc('\n', figure->script);
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const double boundary = report->data.epsilon * report->data.epsilon;
    double *masses = NULL;
    TRY(memory_array2(&masses, (size_t)report->data.n_cases, (size_t)report->data.n_sets,
                      sizeof *masses, error));
    int n_of_set[ABLATION_SET_COUNT] = {0};
    const int n = write_sets(figure, masses, n_of_set);
    statistics_sort(masses, n);
    write_script(figure, n_of_set, statistics_quantile(masses, n, 0.5), boundary);
    free(masses);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "One point per network and removal. Lower right: much is removed and nothing happens "
        "(stabilizer). Upper left: little is removed and the outputs break (fragile). Broken "
        "lines: "
        "the median removed mass, and the change of FVU epsilon squared or the distance epsilon. "
        "Changes below %g, and "
        "improvements, stand on the lower edge.",
        SMALLEST);
    return STATUS_OK;
}

const struct figure_ops FIGURE_MASS = {.title = "Effect against removed mass",
                                       .scope = FIGURE_OF_TASK,
                                       .is_of_alpha = true,
                                       .is_of_measure = true,
                                       .drawn_as = "mass",
                                       .needs = {"removed_mass", "delta_fvu"},
                                       .width = FIGURE_WIDTH,
                                       .height = 380,
                                       .wanted = wanted,
                                       .write = write_figure};
