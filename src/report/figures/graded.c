/* Distance with couplings removed in part. */
#include "report/figures/figure.h"

#include <math.h>

static const double SMALLEST = 1e-4; /* of the distance */

static bool wanted(const struct figure *figure)
{
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    for (int i = 0; i < group->n_cases; i++) {
        if (study_integer(&figure->report->data, "graded_state", group->cases[i], 0) == JOB_DONE) {
            return true;
        }
    }
    return false;
}

/* A line for each seed. */
static void write_set(const struct figure *figure, int set)
{
    const struct study_data *const data = &figure->report->data;
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    (void)fprintf(figure->data, "# %s: strength distance\nNaN NaN\n",
                  ablation_name(data->sets[set]));
    for (int i = 0; i < group->n_cases; i++) {
        const int c = group->cases[i];
        const int length = study_axis_length(data, "graded_distance", c, 1);
        for (int k = 0; figure_has_dot(i, group->n_cases) && k < length; k++) {
            const double value =
                study_real(data, "graded_distance", c, (size_t)set * (size_t)length + (size_t)k);
            if (isfinite(value)) {
                (void)fprintf(figure->data, "%.10g %.10g\n",
                              study_axis_label(data, "graded_distance", c, 1, k).real,
                              fmax(value, SMALLEST));
            }
        }
        (void)fputc('\n', figure->data);
    }
    (void)fputs("\n", figure->data);
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    const char *separator = "plot ";
    int n = 0;
    (void)error;
    (void)fprintf(figure->script,
                  "set logscale xy\nset xlabel 'part that is removed'\nset ylabel 'distance of "
                  "outputs'\nset grid ytics lc rgb '#dddddd'\nset key maxrows 1\n"
                  "set arrow from graph 0, first %.10g to graph 1, first %.10g nohead dt (4,4) lc "
                  "rgb '#222222'\n",
                  data->epsilon, data->epsilon);
    for (int set = 1; set < data->n_sets; set++) {
        if (__builtin_popcount(data->sets[set]) == 1) {
            write_set(figure, set);
            (void)fprintf(figure->script,
                          "%s'%s' index %d using 1:2 with linespoints ls %d ps 0.3 title '%s'",
                          separator, figure->data_name, n++, figure_style(data->sets[set]),
                          ablation_name(data->sets[set]));
            separator = ", \\\n     ";
        }
    }
    (void)fputs(n > 0 ? "\n" : "plot 1 notitle\n", figure->script);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "Distance of the outputs when a part of every entry of a coupling is removed; "
                   "one line per seed. Broken line: epsilon.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_GRADED = {.title = "Couplings removed in part",
                                         .scope = FIGURE_OF_GROUP,
                                         .needs = {"graded_distance"},
                                         .width = FIGURE_WIDTH,
                                         .height = 340,
                                         .wanted = wanted,
                                         .write = write_figure};
