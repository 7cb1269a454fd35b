/* All pairs of modes of one network of a group: how large they are, and how far the outputs move
 * without each. */
#include "report/figures/figure.h"

#include <math.h>

static const double RANGE = 1e4; /* from the largest value down to white */

/* The first network of the group that has a map, or -1. */
static int find_case(const struct figure *figure)
{
    const struct group *const group = &figure->report->grouping.groups[figure->index];
    for (int i = 0; i < group->n_cases; i++) {
        if (!isnan(study_real(&figure->report->data, "pair_gini", group->cases[i], 0))) {
            return group->cases[i];
        }
    }
    return -1;
}

static bool wanted(const struct figure *figure)
{
    return find_case(figure) >= 0;
}

/* Blocks among the first rows of T: a complex pair is one. */
static int count_blocks(const struct study_data *data, int c, int rows)
{
    int blocks = 0;
    for (int row = 0; row < rows; blocks++) {
        row += study_real(data, "eigenvalue_im", c, (size_t)row) != 0.0 ? 2 : 1;
    }
    return blocks;
}

/* Writes one map and returns its largest value; *side is the side of the file's, of which the
 * network has the first n. */
static double write_map(const struct figure *figure, int c, const char *name, int n, int side)
{
    const struct study_data *const data = &figure->report->data;
    double largest = 0.0;
    (void)fprintf(figure->data, "# %s\n", name);
    for (int row = 0; row < n; row++) {
        for (int col = 0; col < n; col++) {
            const double value =
                study_real(data, name, c, (size_t)row * (size_t)side + (size_t)col);
            largest = fmax(largest, isnan(value) ? 0.0 : value);
            figure_write_number(figure->data, value > 0.0 ? value : NAN);
        }
        (void)fputc('\n', figure->data);
    }
    (void)fputs("\n\n", figure->data);
    return largest;
}

static void write_panel(const struct figure *figure, int index, const char *title, double largest,
                        double border)
{
    (void)fprintf(
        figure->script,
        "set title '%s'\nset cbrange [%.6g:%.6g]\nset arrow 1 from first %g, graph 0 to "
        "first %g, graph 1 nohead front lc rgb '#d55e00'\nset arrow 2 from graph 0, first "
        "%g to graph 1, first %g nohead front lc rgb '#d55e00'\nplot '%s' index %d matrix "
        "with image\n",
        title, largest / RANGE, largest, border, border, border, border, figure->data_name, index);
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    const int c = find_case(figure);
    const int alpha = figure->report->main_alpha;
    const int grouped = (int)study_integer(data, "pair_group", c, 0);
    const int each = grouped > 0 ? grouped : 1; /* whatever a damaged file has */
    const int side = study_axis_length(data, "pair_mass", c, 1);
    const int blocks = count_blocks(data, c, (int)study_integer(data, "hidden", c, 0));
    const int n = (blocks + each - 1) / each < side ? (blocks + each - 1) / each : side;
    const double border = (double)count_blocks(data, c, study_n_r(data, c, alpha)) / each - 0.5;
    (void)error;
    const double mass = write_map(figure, c, "pair_mass", n, side);
    const double distance = write_map(figure, c, "pair_gn_distance", n, side);
    (void)fprintf(figure->script,
                  "set multiplot layout 1,2\nunset key\nset size ratio -1\nset logscale cb\nset "
                  "format cb '10^{%%T}'\nset cbtics enhanced\nset xrange [-0.5:%g]\nset yrange "
                  "[%g:-0.5]\nset palette defined (0 '#ffffff', 1 '#c6dbef', 2 '#6baed6', 3 "
                  "'#2171b5', 4 '#08306b')\n",
                  n - 0.5, n - 0.5);
    write_panel(figure, 0, "size, relative to |T|", mass, border);
    write_panel(figure, 1, "predicted distance without it", distance, border);
    (void)fputs("unset multiplot\n", figure->script);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "Every pair of modes of one network, seed %lld: rows are moved by columns, the "
                   "slowest modes first. Lines: the border of R and C. Few pairs "
                   "carry the task: %lld of them make up half of the sum of the squared distances.",
                   (long long)study_integer(data, "seed", c, 0),
                   (long long)study_integer(data, "pair_half", c, 0));
    return STATUS_OK;
}

const struct figure_ops FIGURE_COUPLING_MAP = {
    .title = "Which pairs of modes matter",
    .scope = FIGURE_OF_GROUP,
    .is_of_alpha = true,
    .needs = {"pair_mass", "pair_gn_distance", "pair_gini", "n_r"},
    .width = FIGURE_WIDTH_WIDE,
    .height = 460,
    .wanted = wanted,
    .write = write_figure};
