/* Group against ablation set: the median effect over the seeds of a group. */
#include "core/text.h"
#include "report/figures/figure.h"

#include <math.h>

/* Colours are logarithmic; what is smaller looks like no effect. */
static const double SMALLEST = 1e-4;

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    for (int g = 0; g < report->grouping.n_groups; g++) {
        if (summary_group_has_effects(&report->summaries, g, report->main_alpha)) {
            return true;
        }
    }
    return false;
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const int n_groups = report->grouping.n_groups;
    FILE *const script = figure->script;
    (void)error;
    figure_write_set_tics(script, &report->data);
    (void)fputs("set ytics noenhanced (", script);
    for (int g = 0; g < n_groups; g++) {
        char label[FIGURE_TEXT_SIZE]; /* gnuplot cuts what is longer than 49 bytes */
        char name[FIGURE_TEXT_SIZE];
        group_label(&report->grouping.groups[g], label, sizeof label);
        (void)snprintf(name, sizeof name, "%.20s, %.26s", report->grouping.groups[g].task, label);
        text_clean(name);
        (void)fputs(g > 0 ? ", " : "", script);
        figure_write_tic_label(script, name);
        (void)fprintf(script, " %d", g);
    }
    (void)fputs(")\n", script);
    (void)fputs("# ablation group log10(median delta_fvu) median\n", figure->data);
    for (int g = 0; g < n_groups; g++) {
        for (int set = 1; set < report->data.n_sets; set++) {
            const struct summary *const summary =
                summary_of_group(&report->summaries, g, report->main_alpha, set);
            const double value = summary_measure(summary, &MEASURE_DELTA_FVU)->sample.median;
            (void)fprintf(figure->data, "%d %d", set, g);
            figure_write_number(figure->data, isnan(value) ? NAN : log10(fmax(value, SMALLEST)));
            figure_write_number(figure->data, value);
            (void)fputc('\n', figure->data);
            if (isfinite(value)) { /* its number, dark on light or light on dark */
                (void)fprintf(script, "set label '%.2g' at %d,%d center front tc rgb '%s'\n", value,
                              set, g, value > 0.05 ? "#ffffff" : "#111111");
            }
        }
        (void)fputc('\n', figure->data);
    }
    (void)fprintf(
        script,
        "set xrange [0.5:%g]\nset yrange [%g:-0.5]\nset border 0\nset tics scale 0\n"
        "unset key\nset cbrange [-4:0.5]\n"
        "set palette defined (0 '#fff7ec', 1 '#fdd49e', 2 '#fc8d59', 3 '#b30000', 4 "
        "'#4d0000')\n"
        "set cblabel 'median change of FVU'\n"
        "set cbtics ('1e-4' -4, '1e-3' -3, '0.01' -2, '0.1' -1, '1' 0)\n"
        "plot '%s' using 1:2:(0.5):(0.5):3 with boxxyerror fs solid 1 noborder lc palette\n",
        report->data.n_sets - 0.5, n_groups - 0.5, figure->data_name);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "Median over the seeds of a group. Light: nothing changes without the couplings; dark: the "
        "task depends on them; nothing: the networks do not have them, or no job is done.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_HEAT_MAP = {.title = "Which couplings matter in which group",
                                           .scope = FIGURE_OF_STUDY,
                                           .needs = {"delta_fvu"},
                                           .is_of_alpha = true,
                                           .is_of_measure = true,
                                           .drawn_as = "heat",
                                           .width = FIGURE_WIDTH_WIDE,
                                           .height = 110,
                                           .height_of_group = 26,
                                           .wanted = wanted,
                                           .write = write_figure};
