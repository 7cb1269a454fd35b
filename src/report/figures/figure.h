/* Figures of a report: one const struct each, figures.def lists them all; one that shows a measure
 * has a line there for each. A figure is a gnuplot script and its data; gnuplot makes the SVG from
 * them. */
#pragma once

#include "report/example.h"
#include "report/report.h"

#include <stdio.h>

/* Of all, so that their letters are of one size on the page; wide ones stand alone in their row. */
#define FIGURE_WIDTH 520
#define FIGURE_WIDTH_WIDE 1060

enum { FIGURE_NAME_SIZE = 64, FIGURE_TEXT_SIZE = 640, FIGURE_NEEDS_MAX = 4 };

/* What there is one figure of. */
enum figure_scope { FIGURE_OF_STUDY, FIGURE_OF_TASK, FIGURE_OF_GROUP, FIGURE_OF_CASE };

/* One figure while it is written. */
struct figure {
    const struct report *report;
    const struct example *example;     /* of the task; NULL for figures of the study */
    const struct measure_ops *measure; /* that it shows; NULL when it is of none or several */
    int index;                         /* task, group or case */
    FILE *script;
    FILE *data;
    const char *data_name; /* as the script calls the data file */
    char *caption;         /* [FIGURE_TEXT_SIZE] what to see, filled by the figure */
};

struct figure_ops {
    const char *title; /* heading; of a measure's figure what follows the measure's name */
    enum figure_scope scope;
    const char *needs[FIGURE_NEEDS_MAX]; /* variables of the results file, beside its measure's */
    int width;                           /* of the SVG, in pixels: that of all */
    int height;
    bool is_of_alpha;     /* it shows what is at the main alpha */
    bool is_of_measure;   /* the page may show another measure in it */
    const char *drawn_as; /* what the page's script calls it, which draws it again for what is
                           * chosen there; NULL: it stands for what it was made for */
    bool is_example;      /* the page shows the same of every model instead */
    int height_of_group;  /* what each group of the study adds to it */
    /* Whether there is anything to draw. */
    bool (*wanted)(const struct figure *figure);
    /* Writes data, and the script after its preamble; writing is checked by the caller. */
    enum status (*write)(const struct figure *figure, struct error *error);
};

/* A line of figures.def. */
struct figure_entry {
    const char *name; /* begins the names of its files */
    const struct figure_ops *ops;
    const struct measure_ops *measure; /* or NULL */
};

/* All figures, a NULL name at the end. */
extern const struct figure_entry FIGURES[];

/* title[FIGURE_TEXT_SIZE] */
void figure_title(const struct figure_entry *entry, char *title);

/* Name of a measure at the beginning of a sentence: name[FIGURE_NAME_SIZE]. */
void figure_measure_name(const struct measure_ops *measure, char *name);

/* A text as the label of a tic: a gnuplot string that nothing in it can end or change. A percent
 * sign, which would begin a format, is doubled. */
void figure_write_tic_label(FILE *script, const char *text);

/* Terminal, output, fonts, one line style per ablation set: number 1 + its place in ABLATION_ORDER.
 */
void figure_begin(FILE *script, const struct figure_ops *ops, int n_groups, const char *name);

/* Line style of an ablation set, and "set xtics" for the sets of a study without `none`, at 1, 2,
 * ... */
int figure_style(ablation_set set);
void figure_write_set_tics(FILE *script, const struct study_data *data);

/* "#0072b2" and gnuplot's number of the point of an ablation set. */
const char *figure_colour(ablation_set set, int *point);

/* The measure of a figure of a group, in one of its rows. */
const struct measure_summary *figure_summary(const struct figure *figure, int alpha, int set);

/* Whether the group has a confidence interval of it: at one alpha, or (alpha -1) at any. */
bool figure_has_interval(const struct figure *figure, int alpha);

/* Number for a data file: NaN where there is none. */
void figure_write_number(FILE *data, double value);

/* Where the dot of seed i of n stands about its place, in [-1, 1]. */
double figure_jitter(int i, int n);

/* Of more seeds than FIGURE_DOTS a figure shows so many, evenly chosen: whether seed i of n is one.
 */
enum { FIGURE_DOTS = 60 };
bool figure_has_dot(int i, int n);

/* Below so many seeds an interval tells less than the dots. */
enum { FIGURE_INTERVAL_LEAST = 5 };

/* What a dot says when it is pointed at, as a field of a data file: "seed 3: 0.125". */
void figure_write_tip(const struct figure *figure, int case_index, double value);
