/* All figures of a report, written into its folder. */
#pragma once

#include "report/figures/figure.h"

struct picture {
    const struct figure_entry *entry;
    int index;                   /* task, group or case */
    int task;                    /* that it belongs to, -1 for the study */
    char name[FIGURE_NAME_SIZE]; /* of its files, without ending */
    char caption[FIGURE_TEXT_SIZE];
    bool is_drawn; /* the SVG exists */
};

struct gallery {
    struct picture *pictures; /* [n] */
    int n;
    bool has_gnuplot;
    char **missing; /* [n_tasks] why an example lacks something, '' when it does not */
    int n_tasks;
};

/* Writes <folder>/<name>.gp and .dat of every figure, and with gnuplot .svg; old files of these
 * names are replaced. On failure too released by gallery_release. Local. */
MUST_CHECK enum status gallery_create(struct gallery *gallery, const struct report *report,
                                      const char *folder, struct error *error);
void gallery_release(struct gallery *gallery);
