/* Four levels at which the networks of a group differ, side by side, a row for each group. */
#include "report/figures/figure.h"

#include <math.h>

/* A panel, and what is shown in it with an open mark too. */
struct panel {
    enum degeneracy_level level;
    enum degeneracy_level beside; /* DEGENERACY_LEVELS: nothing */
    const char *title;
};

static const struct panel PANELS[] = {
    {DEGENERACY_OOD, DEGENERACY_FVU, "sd of log10 FVU"},
    {DEGENERACY_DSA, DEGENERACY_EIGENVALUES, "DSA"},
    {DEGENERACY_WEIGHT, DEGENERACY_LEVELS, "weights over null"},
    {DEGENERACY_PROFILE, DEGENERACY_PROFILE_USUAL, "profile, decades"}};
enum { N_PANELS = sizeof PANELS / sizeof PANELS[0] };

static bool wanted(const struct figure *figure)
{
    return figure->report->degeneracy != NULL;
}

static void write_level(const struct figure *figure, enum degeneracy_level level, double shift)
{
    const struct report *const report = figure->report;
    (void)fprintf(figure->data, "# %s: value place low high\nNaN NaN NaN NaN\n",
                  level < DEGENERACY_LEVELS ? DEGENERACY_NAMES[level] : "nothing");
    for (int g = 0; level < DEGENERACY_LEVELS && g < report->grouping.n_groups; g++) {
        const struct degeneracy_value *const value = &report->degeneracy[g].levels[level];
        if (!isnan(value->value)) {
            (void)fprintf(figure->data, "%.10g %.2f", value->value, g + 1 + shift);
            (void)fprintf(figure->data,
                          isnan(value->interval.low) ? " NaN NaN\n" : " %.10g %.10g\n",
                          value->interval.low, value->interval.high);
        }
    }
    (void)fputs("\n\n", figure->data);
}

/* Points of a block, and intervals where there are any. */
static void write_marks(const struct figure *figure, int block, const char *style)
{
    (void)fprintf(figure->script,
                  "index %d using 1:2:3:4 with xerrorbars %s, '' index %d using 1:2 with points %s",
                  block, style, block, style);
}

static void write_tics(const struct figure *figure, bool has_labels)
{
    const struct grouping *const grouping = &figure->report->grouping;
    (void)fputs("set ytics noenhanced scale 0 (", figure->script);
    for (int g = 0; g < grouping->n_groups; g++) {
        char label[256];
        char text[384];
        group_label(&grouping->groups[g], label, sizeof label);
        (void)snprintf(text, sizeof text, "%.100s %s", grouping->groups[g].task, label);
        (void)fputs(g > 0 ? ", " : "", figure->script);
        figure_write_tic_label(figure->script, has_labels ? text : "");
        (void)fprintf(figure->script, " %d", g + 1);
    }
    (void)fputs(")\n", figure->script);
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    (void)error;
    (void)fprintf(figure->script,
                  "set multiplot layout 1,%d\nset yrange [%g:0.4]\nset grid xtics ytics lc rgb "
                  "'#dddddd'\nset tmargin 2\nset key off\nset xtics font ',9' rotate by -35\n",
                  N_PANELS, figure->report->grouping.n_groups + 0.6);
    for (int p = 0; p < N_PANELS; p++) {
        const struct panel *const panel = &PANELS[p];
        write_level(figure, panel->level, panel->beside < DEGENERACY_LEVELS ? -0.12 : 0.0);
        write_level(figure, panel->beside, 0.12);
        write_tics(figure, p == 0);
        (void)fprintf(figure->script,
                      "set lmargin at screen %.3f\nset rmargin at screen %.3f\nset xlabel '%s'\n"
                      "plot '%s' ",
                      0.26 + 0.185 * p, 0.26 + 0.185 * p + 0.16, panel->title, figure->data_name);
        write_marks(figure, 2 * p, "pt 7 ps 0.6 lc rgb '#0072b2'");
        if (panel->beside < DEGENERACY_LEVELS) {
            (void)fputs(", '' ", figure->script);
            write_marks(figure, 2 * p + 1, "pt 6 ps 0.6 lc rgb '#777777'");
        }
        (void)fputc('\n', figure->script);
    }
    (void)fputs("unset multiplot\n", figure->script);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "How differently networks solve one task that differ by their seed alone, with "
        "95 %% intervals of a bootstrap over networks. Full marks: FVU on changed trials, "
        "DSA, weight distance over its null, profiles from alpha = 0.5; open marks: FVU on "
        "the study's trials, eigenvalues of the dynamics, profiles from 0.85.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_DEGENERACY = {.title = "Degeneracy",
                                             .scope = FIGURE_OF_STUDY,
                                             .needs = {"fvu"},
                                             .width = FIGURE_WIDTH_WIDE,
                                             .height = 130,
                                             .height_of_group = 26,
                                             .wanted = wanted,
                                             .write = write_figure};
