/* What dominates at every alpha, one bar per seed of a group. */
#include "report/figures/figure.h"

#include <math.h>

enum { LINES_MAX = 12, SEED_LABELS_MAX = 24 };
static const char NONE_COLOUR[] = "#cccccc";

static bool wanted(const struct figure *figure)
{
    return report_count_with_partitions(figure->report,
                                        &figure->report->grouping.groups[figure->index]) > 0;
}

/* Pieces of the bars where `dominant` does. The first one has no width: it is there for a block
 * without any other, which gnuplot would not find. */
static void write_pieces(const struct figure *figure, const struct group *group, int dominant)
{
    int row = 0;
    (void)fprintf(figure->data, "# %s: alpha row alpha_low alpha_high row_low row_high\n",
                  dominant_name(dominant));
    (void)fprintf(figure->data, "%g 1 %g %g 1 1\n", WIDE_WINDOW.low, WIDE_WINDOW.low,
                  WIDE_WINDOW.low);
    for (int i = 0; i < group->n_cases; i++) {
        const struct case_partitions *const partitions =
            &figure->report->partitions[group->cases[i]];
        row += partitions->n > 0;
        for (int p = 0; p < partitions->n; p++) {
            const double low = fmax(partitions->list[p].alpha_low, WIDE_WINDOW.low);
            const double high = fmin(partitions->list[p].alpha_high, WIDE_WINDOW.high);
            if (partitions->list[p].dominant == dominant && low < high) {
                (void)fprintf(figure->data, "%.10g %d %.10g %.10g %.2f %.2f\n", (low + high) / 2.0,
                              row, low, high, row - 0.4, row + 0.4);
            }
        }
    }
    (void)fputs("\n\n", figure->data);
}

static void write_seed_tics(const struct figure *figure, const struct group *group, int n)
{
    int row = 0;
    if (n > SEED_LABELS_MAX) {
        (void)fputs("set ytics autofreq\n", figure->script);
        return;
    }
    (void)fputs("set ytics scale 0 (", figure->script);
    for (int i = 0; i < group->n_cases; i++) {
        if (figure->report->partitions[group->cases[i]].n > 0) {
            const int64_t seed = study_integer(&figure->report->data, "seed", group->cases[i], 0);
            char name[24] = "?";
            if (seed >= 0) {
                (void)snprintf(name, sizeof name, "%lld", (long long)seed);
            }
            (void)fprintf(figure->script, "%s'%s' %d", row > 0 ? ", " : "", name, row + 1);
            row++;
        }
    }
    (void)fputs(")\n", figure->script);
}

static void write_plot(const struct figure *figure, int n)
{
    (void)fprintf(figure->script,
                  "set xlabel 'alpha'\nset ylabel '%s'\nset xrange [%g:%g]\nset yrange [%g:0.4]\n"
                  "set style fill solid 1.0 noborder\nplot ",
                  n > SEED_LABELS_MAX ? "model" : "seed", WIDE_WINDOW.low, WIDE_WINDOW.high,
                  n + 0.6);
    for (int k = 0; k < DOMINANT_KNOWN_COUNT; k++) {
        (void)fprintf(figure->script, "%s'%s' index %d using 1:2:3:4:5:6 with boxxyerror ",
                      k > 0 ? "     " : "", figure->data_name, k);
        if (k < COUPLING_COUNT) {
            (void)fprintf(figure->script, "lt %d", figure_style(1u << k));
        } else {
            (void)fprintf(figure->script, "lc rgb '%s'", NONE_COLOUR);
        }
        (void)fprintf(figure->script, " title '%s'%s\n", dominant_name(k),
                      k + 1 < DOMINANT_KNOWN_COUNT ? ", \\" : "");
    }
}

static enum status write_dominance(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const struct group *const group = &report->grouping.groups[figure->index];
    const int n = report_count_with_partitions(report, group);
    const bool has_lines = report->data.n_alphas <= LINES_MAX;
    (void)error;
    for (int k = 0; k < DOMINANT_KNOWN_COUNT; k++) {
        write_pieces(figure, group, k);
    }
    write_seed_tics(figure, group, n);
    for (int a = 0; has_lines && a < report->data.n_alphas; a++) {
        const double alpha = report->data.alphas[a];
        if (alpha >= WIDE_WINDOW.low) {
            (void)fprintf(figure->script,
                          "set arrow from first %.10g, graph 0 to first %.10g, graph 1 nohead "
                          "front dt (2,3) lc rgb '#000000'\n",
                          alpha, alpha);
        }
    }
    write_plot(figure, n);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "The coupling whose removal alone moves the outputs furthest, at every alpha; "
                   "none: no single removal moves them by more than epsilon = %g. One bar per "
                   "seed%s.",
                   report->data.epsilon, has_lines ? "; broken lines: the study's thresholds" : "");
    return STATUS_OK;
}

const struct figure_ops FIGURE_DOMINANCE = {
    .title = "What dominates",
    .scope = FIGURE_OF_GROUP,
    .needs = {"alpha_low", "alpha_high", "partition_n_r", "partition_distance"},
    .width = FIGURE_WIDTH,
    .height = 400,
    .wanted = wanted,
    .write = write_dominance};
