/* Distance without one coupling against the size of R, as steps: of one model, and of the seeds of
 * a group with their median. An axis linear in alpha would hide all of it where moduli crowd. */
#include "report/figures/figure.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum {
    MARKS_MAX = 6,    /* thresholds with a label of their own */
    TOP_TICS_MAX = 18 /* labels that fit side by side */
};

/* What one figure shows. */
struct partitions_plot {
    const struct figure *figure;
    const int *cases; /* [n] with partitions */
    int n;
    int hidden;     /* width of all of them */
    double floor;   /* smaller distances are drawn here */
    double largest; /* finite distance, or two epsilon */
    double *values; /* [n] scratch */
};

static const struct case_partitions *partitions_of(const struct partitions_plot *plot, int i)
{
    return &plot->figure->report->partitions[plot->cases[i]];
}

static double median(struct partitions_plot *plot, int n)
{
    statistics_sort(plot->values, n);
    return statistics_quantile(plot->values, n, 0.5);
}

/* Over the models that have so small a partition, of the distance without a coupling, or with -1 of
 * alpha_high; NaN when none has. */
static double median_at(struct partitions_plot *plot, int size, int coupling)
{
    int n = 0;
    for (int i = 0; i < plot->n; i++) {
        /* The partition that holds its place until R grows further. */
        const struct case_partitions *const partitions = partitions_of(plot, i);
        int p = partitions->n - 1;
        while (p >= 0 && partitions->list[p].n_r > size) {
            p--;
        }
        const double value = p < 0          ? NAN
                             : coupling < 0 ? partitions->list[p].alpha_high
                                            : partitions->list[p].distance[coupling];
        if (!isnan(value)) {
            plot->values[n++] = value;
        }
    }
    return median(plot, n);
}

/* ---- data ---- */

static void write_distance(const struct partitions_plot *plot, double value)
{
    figure_write_number(plot->figure->data, isnan(value) ? value : fmax(value, plot->floor));
    (void)fputc('\n', plot->figure->data);
}

/* Three blocks with the median at every n_R, then three with the partitions of every model. */
static void write_data(struct partitions_plot *plot)
{
    FILE *const data = plot->figure->data;
    for (int k = 0; k < COUPLING_COUNT; k++) {
        (void)fprintf(data, "# %s, median: n_R distance\n", coupling_name((enum coupling)k));
        for (int size = 1; size <= plot->hidden; size++) {
            (void)fprintf(data, "%d", size);
            write_distance(plot, median_at(plot, size, k));
        }
        (void)fputs("\n\n", data);
    }
    for (int k = 0; k < COUPLING_COUNT; k++) {
        (void)fprintf(data, "# %s, every model: n_R distance\n", coupling_name((enum coupling)k));
        for (int i = 0; i < plot->n; i++) {
            const struct case_partitions *const partitions = partitions_of(plot, i);
            for (int p = 0; p < partitions->n; p++) {
                (void)fprintf(data, "%d", partitions->list[p].n_r);
                const double distance = partitions->list[p].distance[k];
                plot->largest = isfinite(distance) ? fmax(plot->largest, distance) : plot->largest;
                write_distance(plot, distance);
            }
            (void)fputs(i + 1 < plot->n ? "\n" : "\n\n", data);
        }
    }
}

/* ---- axes ---- */

/* Alpha at the sizes where some model has a break point, as many as fit. */
static void write_top_tics(struct partitions_plot *plot)
{
    FILE *const script = plot->figure->script;
    int last = -plot->hidden;
    (void)fprintf(
        script,
        "set x2range [0.5:%g]\nset label 'alpha' at graph -0.02, graph 1.09 right font ',10'\n"
        "set x2tics nomirror out rotate by 90 font ',10' (",
        plot->hidden + 0.5);
    for (int size = 1; size <= plot->hidden; size++) {
        const double alpha = median_at(plot, size, -1);
        const bool is_break = !isnan(alpha) && alpha != median_at(plot, size - 1, -1);
        if (is_break && (size - last) * TOP_TICS_MAX >= plot->hidden) {
            (void)fprintf(script, "%s'%.4f' %d", last > 0 ? ", " : "", alpha, size);
            last = size;
        }
    }
    (void)fputs(")\n", script);
}

/* ---- thresholds ---- */

/* Thresholds with one median n_R: alphas first to last. */
struct mark {
    double size;
    int first;
    int last;
};

/* R shrinks or stays as alpha grows, so that alphas of one median n_R are neighbours. */
static int find_marks(struct partitions_plot *plot, struct mark *marks)
{
    const struct study_data *const data = &plot->figure->report->data;
    int n = 0;
    for (int a = 0; a < data->n_alphas; a++) {
        for (int i = 0; i < plot->n; i++) {
            const struct case_partitions *const partitions = partitions_of(plot, i);
            plot->values[i] = partitions->list[partitions_at(partitions, data->alphas[a])].n_r;
        }
        const double size = median(plot, plot->n);
        if (n > 0 && marks[n - 1].size == size) {
            marks[n - 1].last = a;
        } else {
            marks[n++] = (struct mark){size, a, a};
        }
    }
    return n;
}

/* Lines at the n_R of the study's thresholds; labels one above the other, so that near ones can be
 * read, and of many only those at the ends and of the main alpha. */
static enum status write_marks(struct partitions_plot *plot, struct error *error)
{
    const struct report *const report = plot->figure->report;
    FILE *const script = plot->figure->script;
    struct mark *marks = NULL;
    int place = 0;
    TRY(memory_array(&marks, (size_t)report->data.n_alphas, sizeof *marks, error));
    const int n = find_marks(plot, marks);
    (void)fputs("set style textbox opaque margins 0.3,0.3 fillcolor rgb '#ffffff' noborder\n",
                script);
    for (int i = n - 1; i >= 0; i--) {
        const bool is_main =
            marks[i].first <= report->main_alpha && report->main_alpha <= marks[i].last;
        (void)fprintf(script,
                      "set arrow from first %.10g, graph 0 to first %.10g, graph 1 nohead dt (2,3) "
                      "lc rgb '#777777'\n",
                      marks[i].size, marks[i].size);
        if (n > MARKS_MAX && i > 0 && i < n - 1 && !is_main) {
            continue;
        }
        const bool is_right = marks[i].size > 0.6 * plot->hidden;
        (void)fprintf(script, "set label '%g", report->data.alphas[marks[i].first]);
        if (marks[i].last > marks[i].first) {
            (void)fprintf(script, "%s%g", marks[i].last == marks[i].first + 1 ? ", " : " to ",
                          report->data.alphas[marks[i].last]);
        }
        (void)fprintf(script,
                      "' at first %.10g, graph %.3f %s offset %s0.5,0 front boxed font ',11'\n",
                      marks[i].size, 0.10 + 0.065 * place++, is_right ? "right" : "left",
                      is_right ? "-" : "");
    }
    free(marks);
    return STATUS_OK;
}

/* ---- all ---- */

static void write_plot(const struct partitions_plot *plot)
{
    FILE *const script = plot->figure->script;
    const double epsilon = plot->figure->report->data.epsilon;
    if (epsilon > 0.0) {
        (void)fprintf(
            script,
            "set arrow from graph 0, first %.10g to graph 1, first %.10g nohead dt (6,4) lc rgb "
            "'#222222'\nset rmargin 7\nset label 'epsilon' at graph 1.01, first %.10g left font "
            "',11'\n",
            epsilon, epsilon, epsilon);
    }
    (void)fprintf(script,
                  "set border 7\nset xlabel 'n_R' noenhanced\nset ylabel 'distance'\n"
                  "set logscale y\nset format y '10^{%%L}'\n"
                  "set yrange [%.10g:%.10g]\nset xrange [0.5:%g]\nset xtics autofreq\n"
                  "set grid ytics lc rgb '#dddddd'\nplot ",
                  0.7 * plot->floor, 1.6 * fmax(plot->largest, 10.0 * plot->floor),
                  plot->hidden + 0.5);
    for (int k = 0; k < COUPLING_COUNT; k++) {
        const int style = figure_style(1u << k);
        (void)fprintf(script, "%s'%s' index %d using 1:2 with steps ls %d lw 2 title '%s', \\\n",
                      k > 0 ? "     " : "", plot->figure->data_name, k, style,
                      coupling_name((enum coupling)k));
        (void)fprintf(script, "     '' index %d using 1:2 with %s %d %s notitle%s\n",
                      COUPLING_COUNT + k, plot->n == 1 ? "points ls" : "steps lt", style,
                      plot->n == 1 ? "ps 0.4" : "lw 0.5 dt (3,2)",
                      k + 1 < COUPLING_COUNT ? ", \\" : "");
    }
}

static enum status write_distances(const struct figure *figure, const int *cases, int n, int hidden,
                                   struct error *error)
{
    const double epsilon = figure->report->data.epsilon;
    struct partitions_plot plot = {.figure = figure,
                                   .cases = cases,
                                   .n = n,
                                   .hidden = hidden,
                                   .floor = epsilon > 0.0 ? fmin(1e-4, 0.1 * epsilon) : 1e-4,
                                   .largest = 2.0 * epsilon};
    TRY(memory_array(&plot.values, (size_t)n, sizeof *plot.values, error));
    write_data(&plot);
    write_top_tics(&plot);
    const enum status status = write_marks(&plot, error);
    write_plot(&plot);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "Distance to the outputs of the full network without one coupling, against the "
        "size n_R of the leading sector%s. Vertical lines: %s of the study's thresholds, "
        "labelled with alpha; horizontal: epsilon. What is smaller than %.0e, or zero, lies "
        "on the lower edge.",
        n > 1 ? "; thick: median over seeds, broken: single seeds, above: median alpha" : "",
        n > 1 ? "median n_R" : "n_R", plot.floor);
    free(plot.values);
    return status;
}

static bool is_model_wanted(const struct figure *figure)
{
    return report_has_partitions(figure->report, figure->index);
}

static enum status write_model(const struct figure *figure, struct error *error)
{
    return write_distances(figure, &figure->index, 1,
                           (int)study_integer(&figure->report->data, "hidden", figure->index, 0),
                           error);
}

static bool is_group_wanted(const struct figure *figure)
{
    return report_count_with_partitions(figure->report,
                                        &figure->report->grouping.groups[figure->index]) > 1;
}

static enum status write_group(const struct figure *figure, struct error *error)
{
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    int *cases = NULL;
    int n = 0;
    TRY(memory_array(&cases, (size_t)group->n_cases, sizeof *cases, error));
    for (int i = 0; i < group->n_cases; i++) {
        if (figure->report->partitions[group->cases[i]].n > 0) {
            cases[n++] = group->cases[i];
        }
    }
    const enum status status = write_distances(figure, cases, n, group->hidden, error);
    free(cases);
    return status;
}

const struct figure_ops FIGURE_PARTITIONS = {
    .title = "Distance over all partitions",
    .scope = FIGURE_OF_GROUP,
    .needs = {"alpha_low", "alpha_high", "partition_n_r", "partition_distance"},
    .width = FIGURE_WIDTH,
    .height = 400,
    .wanted = is_group_wanted,
    .write = write_group};

const struct figure_ops FIGURE_MODEL_PARTITIONS = {
    .title = "Distance over all partitions of a model",
    .scope = FIGURE_OF_CASE,
    .needs = {"alpha_low", "alpha_high", "partition_n_r", "partition_distance"},
    .width = FIGURE_WIDTH,
    .height = 400,
    .wanted = is_model_wanted,
    .write = write_model};
