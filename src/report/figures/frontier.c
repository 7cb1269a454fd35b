/* How much can be removed for how much change: chosen pairs, the smallest ones, random ones, and
 * the couplings of sectors. */
#include "report/figures/figure.h"

#include <math.h>

enum { N_STEPS = 64 }; /* of the axis removal_step */

static const double SMALLEST = 1e-4; /* of the distance */

static bool wanted(const struct figure *figure)
{
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    for (int i = 0; i < group->n_cases; i++) {
        if (!isnan(study_real(&figure->report->data, "removal_share", group->cases[i], 0))) {
            return true;
        }
    }
    return false;
}

/* A line for each seed; without `share` that of the step itself. */
static void write_lines(const struct figure *figure, const char *share, const char *distance)
{
    const struct study_data *const data = &figure->report->data;
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    (void)fprintf(figure->data, "# %s: share distance\nNaN NaN\n", distance);
    for (int i = 0; i < group->n_cases; i++) {
        const int c = group->cases[i];
        for (size_t step = 0; figure_has_dot(i, group->n_cases) && step < N_STEPS; step++) {
            const double value = study_real(data, distance, c, step);
            const double x =
                share != NULL ? study_real(data, share, c, step) : (double)(step + 1) / N_STEPS;
            if (!isnan(value)) {
                (void)fprintf(figure->data, "%.8g %.8g\n", x, fmax(value, SMALLEST));
            }
        }
        (void)fputc('\n', figure->data);
    }
    (void)fputs("\n", figure->data);
}

/* Measured distance of sets against their share of all couplings' squared norm. */
static void write_set(const struct figure *figure, int set)
{
    const struct study_data *const data = &figure->report->data;
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    const int mass = measure_number("removed_mass");
    const int distance = measure_number("distance");
    const int alpha = figure->report->main_alpha;
    (void)fprintf(figure->data, "# %s: share distance\nNaN NaN\n", ablation_name(data->sets[set]));
    for (int i = 0; i < group->n_cases; i++) {
        const int c = group->cases[i];
        const double part = study_measure(data, c, alpha, set, mass) /
                            study_measure(data, c, alpha, data->n_sets - 1, mass);
        const double value = study_measure(data, c, alpha, set, distance);
        if (isfinite(part) && isfinite(value) && figure_has_dot(i, group->n_cases)) {
            (void)fprintf(figure->data, "%.8g %.8g\n", part * part, fmax(value, SMALLEST));
        }
    }
    (void)fputs("\n\n", figure->data);
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    const bool has_all = data->sets[data->n_sets - 1] == ABLATION_ALL;
    (void)error;
    write_lines(figure, "removal_share", "removal_gn_distance");
    write_lines(figure, "magnitude_share", "magnitude_gn_distance");
    write_lines(figure, NULL, "random_gn_distance");
    (void)fprintf(figure->script,
                  "set logscale y\nset xlabel 'removed share of the couplings (squared norm)'\nset "
                  "ylabel 'distance of outputs'\nset xrange [0:1]\nset key maxrows 2\n"
                  "set arrow from graph 0, first %.10g to graph 1, first %.10g nohead dt (4,4) lc "
                  "rgb '#222222'\n"
                  "plot '%s' index 2 using 1:2 with lines lc rgb '#bbbbbb' title 'random', \\\n"
                  "     '' index 1 using 1:2 with lines lc rgb '#e69f00' title 'smallest first', "
                  "\\\n     '' index 0 using 1:2 with lines lc rgb '#0072b2' lw 1.5 title 'chosen'",
                  data->epsilon, data->epsilon, figure->data_name);
    for (int set = 1; has_all && set < data->n_sets; set++) {
        write_set(figure, set);
        (void)fprintf(figure->script,
                      ", \\\n     '' index %d using 1:2 with points ls %d ps 0.5 title '%s'",
                      2 + set, figure_style(data->sets[set]), ablation_name(data->sets[set]));
    }
    (void)fputc('\n', figure->script);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "What can be removed for how much change, one line per seed: pairs of modes in "
                   "the chosen order, smallest first, and in random order (predicted, on the even "
                   "trials); points: couplings of sectors, measured. Broken line: epsilon.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_FRONTIER = {
    .title = "The largest part that can go",
    .scope = FIGURE_OF_GROUP,
    .is_of_alpha = true,
    .needs = {"removal_share", "removal_gn_distance", "magnitude_share", "random_gn_distance"},
    .width = FIGURE_WIDTH,
    .height = 380,
    .wanted = wanted,
    .write = write_figure};
