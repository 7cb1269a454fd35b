/* Exposure, visibility and coordination of the couplings of a group, one bar for each seed. */
#include "report/figures/figure.h"

#include <math.h>

static const char *const FACTORS[] = {"exposure", "visibility", "coordination"};
enum { N_FACTORS = sizeof FACTORS / sizeof *FACTORS };

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    for (int set = 1; set < report->data.n_sets; set++) {
        const struct reasons *const reasons =
            report_reasons(report, figure->index, report->main_alpha, set);
        if (reasons != NULL && reasons->n > 0) {
            return true;
        }
    }
    return false;
}

static double value_of(const struct figure *figure, int c, const char *name, int k)
{
    const struct study_data *const data = &figure->report->data;
    for (int set = 0; set < data->n_sets; set++) {
        if (data->sets[set] == 1u << k) {
            return study_real(data, name, c,
                              (size_t)figure->report->main_alpha * (size_t)data->n_sets +
                                  (size_t)set);
        }
    }
    return NAN;
}

/* Bars stand on 1, side by side: couplings about the place of their factor, seeds about that of
 * their coupling. */
static void write_data(const struct figure *figure, const struct group *group)
{
    for (int k = 0; k < COUPLING_COUNT; k++) {
        (void)fprintf(figure->data, "# %s: place factor\nNaN NaN\n",
                      coupling_name((enum coupling)k));
        for (int f = 0; f < N_FACTORS; f++) {
            for (int i = 0; i < group->n_cases; i++) {
                const double value = value_of(figure, group->cases[i], FACTORS[f], k);
                if (value > 0.0 && figure_has_dot(i, group->n_cases)) {
                    (void)fprintf(figure->data, "%.4f %.10g\n",
                                  f + 0.28 * (k - 1) + 0.1 * figure_jitter(i, group->n_cases),
                                  value);
                }
            }
        }
        (void)fputs("\n\n", figure->data);
    }
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    (void)error;
    write_data(figure, group);
    (void)fputs("set logscale y\nset xrange [-0.6:2.6]\nset xtics ('exposure' 0, 'visibility' 1, "
                "'coordination' 2)\nset ylabel 'relative to a random change'\nset grid ytics lc "
                "rgb '#dddddd'\nset key maxrows 1\n",
                figure->script);
    for (int f = 0; f < N_FACTORS; f++) {
        for (int side = 0; side < (f == N_FACTORS - 1 ? 2 : 1); side++) {
            const double limit = f < N_FACTORS - 1 ? 0.25 : side == 0 ? 0.5 : 2.0;
            (void)fprintf(figure->script,
                          "set arrow from first %g, first %g to first %g, first %g nohead dt (4,4) "
                          "lc rgb '#222222'\n",
                          f - 0.45, limit, f + 0.45, limit);
        }
    }
    (void)fputs("plot 1 with lines lc rgb '#999999' notitle", figure->script);
    for (int k = 0; k < COUPLING_COUNT; k++) {
        (void)fprintf(
            figure->script,
            ", \\\n     '%s' index %d using 1:(1):(0):($2-1) with vectors nohead ls %d lw "
            "2 notitle, '' index %d using 1:2 with points ls %d ps 0.4 title '%s'",
            figure->data_name, k, figure_style(1u << k), k, figure_style(1u << k),
            coupling_name((enum coupling)k));
    }
    (void)fputc('\n', figure->script);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "Why the outputs move without a coupling, or do not: one bar per "
                   "seed, from 1, what a random change of the matrix has. Broken lines: below 1/4 "
                   "a coupling is idle or unseen, below 1/2 tolerated, above 2 fragile.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_FACTORS = {.title = "Exposure, visibility, coordination",
                                          .scope = FIGURE_OF_GROUP,
                                          .is_of_alpha = true,
                                          .needs = {"exposure", "visibility", "coordination"},
                                          .width = FIGURE_WIDTH,
                                          .height = 360,
                                          .wanted = wanted,
                                          .write = write_figure};
