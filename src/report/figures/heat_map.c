/* Task against ablation set: the median effect over all models of a task. */
#include "report/figures/figure.h"

#include <math.h>

/* Colours are logarithmic; what is smaller looks like no effect. */
static const double SMALLEST = 1e-4;

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    for (int task = 0; task < report->grouping.n_tasks; task++) {
        if (summary_task_has_effects(&report->summaries, task, report->main_alpha)) {
            return true;
        }
    }
    return false;
}

static enum status write(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const int n_tasks = report->grouping.n_tasks;
    FILE *const script = figure->script;
    (void)error;
    figure_write_set_tics(script, &report->data);
    (void)fputs("set ytics noenhanced (", script);
    for (int task = 0; task < n_tasks; task++) {
        (void)fputs(task > 0 ? ", " : "", script);
        figure_write_tic_label(script, report->grouping.tasks[task].task);
        (void)fprintf(script, " %d", task);
    }
    (void)fputs(")\n", script);
    (void)fputs("# ablation task log10(median delta_fvu) median\n", figure->data);
    for (int task = 0; task < n_tasks; task++) {
        for (int set = 1; set < report->data.n_sets; set++) {
            const struct summary *const summary =
                summary_of_task(&report->summaries, task, report->main_alpha, set);
            const double value = summary_measure(summary, &MEASURE_DELTA_FVU)->sample.median;
            (void)fprintf(figure->data, "%d %d", set, task);
            figure_write_number(figure->data, isnan(value) ? NAN : log10(fmax(value, SMALLEST)));
            figure_write_number(figure->data, value);
            (void)fputc('\n', figure->data);
            if (isfinite(value)) { /* its number, dark on light or light on dark */
                (void)fprintf(script, "set label '%.2g' at %d,%d center front tc rgb '%s'\n", value,
                              set, task, value > 0.05 ? "#ffffff" : "#111111");
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
        report->data.n_sets - 0.5, n_tasks - 0.5, figure->data_name);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "Median change of FVU over all models of a task at alpha = %g. Light: the "
        "couplings can be removed; dark: the task depends on them; empty: no job is done.",
        report->data.alphas[report->main_alpha]);
    return STATUS_OK;
}

const struct figure_ops FIGURE_HEAT_MAP = {.title = "Which couplings matter on which task",
                                           .scope = FIGURE_OF_STUDY,
                                           .needs = {"delta_fvu"},
                                           .width = 640,
                                           .height = 320,
                                           .wanted = wanted,
                                           .write = write};
