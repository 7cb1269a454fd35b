/* Predicted against measured distance of every removal. */
#include "report/figures/figure.h"

#include <math.h>

static const double SMALLEST = 1e-6; /* of both axes */

static bool wanted(const struct figure *figure)
{
    return study_has(&figure->report->data, "gn_distance") &&
           summary_task_has_effects(&figure->report->summaries, figure->index,
                                    figure->report->main_alpha);
}

/* One block for every set of couplings, with all alphas; returns the number of points in it. */
static int write_set(const struct figure *figure, int set)
{
    const struct study_data *const data = &figure->report->data;
    const struct task_pool *const task = &figure->report->grouping.tasks[figure->index];
    int n = 0;
    (void)fprintf(figure->data, "# %s: predicted measured\nNaN NaN\n",
                  ablation_name(data->sets[set]));
    for (int g = 0; g < task->n_groups; g++) {
        const struct group *const group = &figure->report->grouping.groups[task->groups[g]];
        for (int i = 0; i < group->n_cases * data->n_alphas; i++) {
            const int c = group->cases[i / data->n_alphas];
            const int a = i % data->n_alphas;
            const double predicted =
                study_real(data, "gn_distance", c, (size_t)a * (size_t)data->n_sets + (size_t)set);
            const double measured = study_measure(data, c, a, set, measure_number("distance"));
            if (predicted > SMALLEST && measured > SMALLEST && isfinite(measured)) {
                (void)fprintf(figure->data, "%.10g %.10g\n", predicted, measured);
                n++;
            }
        }
    }
    (void)fputs("\n\n", figure->data);
    return n;
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    (void)error;
    (void)fputs("set logscale xy\nset format '10^{%T}'\nset tics enhanced\nset xlabel 'predicted "
                "distance'\nset ylabel 'measured distance'\nset key maxrows 2\nplot x with lines "
                "lc rgb '#999999' notitle",
                figure->script);
    for (int set = 1; set < data->n_sets; set++) {
        if (write_set(figure, set) > 0) {
            (void)fprintf(figure->script,
                          ", \\\n     '%s' index %d using 1:2 with points ls %d ps 0.5 title '%s'",
                          figure->data_name, set - 1, figure_style(data->sets[set]),
                          ablation_name(data->sets[set]));
        }
    }
    (void)fputc('\n', figure->script);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "Distance of the outputs as predicted to first order and as measured, one point "
                   "per network, threshold and set of couplings. On the line they are equal; far "
                   "above one half the outputs do not move on, and the prediction does.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_PREDICTION = {.title = "Predicted and measured distance",
                                             .scope = FIGURE_OF_TASK,
                                             .needs = {"gn_distance", "distance"},
                                             .width = FIGURE_WIDTH,
                                             .height = 380,
                                             .wanted = wanted,
                                             .write = write_figure};
