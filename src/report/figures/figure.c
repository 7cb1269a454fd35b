#include "report/figures/figure.h"

#include <ctype.h>
#include <math.h>

/* Okabe and Ito 2008: told apart by colour-blind readers, and by their greys in print. */
static const struct {
    const char *colour;
    int point;
    const char *dash;
} STYLES[ABLATION_SET_COUNT] = {
    {"#777777", 1, "(2,4)"}, {"#0072b2", 7, "solid"}, {"#d55e00", 5, "solid"},
    {"#009e73", 9, "solid"}, {"#cc79a7", 4, "(8,3)"}, {"#56b4e9", 6, "(8,3)"},
    {"#e69f00", 8, "(8,3)"}, {"#000000", 2, "(3,3)"},
};

void figure_write_tic_label(FILE *script, const char *text)
{
    (void)fputc('\'', script);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '%') {
            (void)fputc(*text, script);
        }
        (void)fputc((unsigned char)*text < 0x20 ? ' ' : *text, script);
    }
    (void)fputc('\'', script);
}

void figure_begin(FILE *script, const struct figure_ops *ops, int n_groups, const char *name)
{
    (void)fprintf(script,
                  "# Run by: gnuplot <this file>, in its folder.\n"
                  "reset\n"
                  "set encoding utf8\n"
                  "set terminal svg size %d,%d dynamic enhanced font 'Helvetica,Arial,sans-serif,"
                  "13' background '#ffffff'\n"
                  "set output '%s.svg'\n"
                  "set datafile missing 'NaN'\n"
                  "set border 3 lw 1 lc rgb '#444444'\n"
                  "set tics nomirror out textcolor rgb '#222222'\n"
                  "set key outside top center horizontal noenhanced samplen 1.5\n"
                  "set bars small\n",
                  ops->width, ops->height + ops->height_of_group * n_groups, name);
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        (void)fprintf(script, "set linetype %d lc rgb '%s'\n", i + 1, STYLES[i].colour);
        (void)fprintf(script, "set style line %d lc rgb '%s' pt %d ps 0.6 lw 2 dt %s\n", i + 1,
                      STYLES[i].colour, STYLES[i].point, STYLES[i].dash);
    }
}

int figure_style(ablation_set set)
{
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        if (ABLATION_ORDER[i] == set) {
            return i + 1;
        }
    }
    return 1;
}

const char *figure_colour(ablation_set set, int *point)
{
    const int i = figure_style(set) - 1;
    *point = STYLES[i].point;
    return STYLES[i].colour;
}

void figure_write_set_tics(FILE *script, const struct study_data *data)
{
    (void)fputs("set bmargin 3.5\nset xtics noenhanced (", script);
    for (int set = 1; set < data->n_sets; set++) {
        const bool is_all = data->sets[set] == ABLATION_ALL; /* the longest, in two lines */
        (void)fprintf(script, "%s\"%s\" %d", set > 1 ? ", " : "",
                      is_all ? "RR+CR\\n+CC" : ablation_name(data->sets[set]), set);
    }
    (void)fputs(")\n", script);
}

void figure_measure_name(const struct measure_ops *measure, char *name)
{
    (void)snprintf(name, FIGURE_NAME_SIZE, "%s", measure->axis_title);
    name[0] = (char)toupper((unsigned char)name[0]);
}

void figure_title(const struct figure_entry *entry, char *title)
{
    char name[FIGURE_NAME_SIZE] = "";
    if (entry->measure != NULL) {
        figure_measure_name(entry->measure, name);
    }
    (void)snprintf(title, FIGURE_TEXT_SIZE, "%s%s%s", name, name[0] != '\0' ? " " : "",
                   entry->ops->title);
}

const struct measure_summary *figure_summary(const struct figure *figure, int alpha, int set)
{
    return summary_measure(summary_of_group(&figure->report->summaries, figure->index, alpha, set),
                           figure->measure);
}

bool figure_has_interval(const struct figure *figure, int alpha)
{
    const struct report *const report = figure->report;
    for (int a = 0; a < report->data.n_alphas; a++) {
        for (int set = 1; (alpha < 0 || a == alpha) && set < report->data.n_sets; set++) {
            if (!isnan(figure_summary(figure, a, set)->mean_interval.low)) {
                return true;
            }
        }
    }
    return false;
}

void figure_write_number(FILE *data, double value)
{
    if (isfinite(value)) {
        (void)fprintf(data, " %.10g", value);
    } else {
        (void)fputs(" NaN", data);
    }
}

double figure_jitter(int i, int n)
{
    return n > 1 ? 2.0 * i / (n - 1) - 1.0 : 0.0;
}

bool figure_has_dot(int i, int n)
{
    return n <= FIGURE_DOTS || (int64_t)i * FIGURE_DOTS / n != (int64_t)(i - 1) * FIGURE_DOTS / n ||
           i == 0;
}

void figure_write_tip(const struct figure *figure, int case_index, double value)
{
    const int64_t seed = study_integer(&figure->report->data, "seed", case_index, 0);
    if (seed >= 0) {
        (void)fprintf(figure->data, " \"seed %lld: %.6g\"", (long long)seed, value);
    } else {
        (void)fprintf(figure->data, " \"%.6g\"", value);
    }
}
