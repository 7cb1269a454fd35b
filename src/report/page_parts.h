/* Sections of the page. */
#ifndef SCHURSWEEP_REPORT_PAGE_PARTS_H
#define SCHURSWEEP_REPORT_PAGE_PARTS_H

#include "report/gallery.h"
#include "report/report.h"

#include <stdio.h>

/* Files, thresholds, sets. */
void page_write_setting(FILE *page, const struct report *report);

/* Figures of the whole study. */
MUST_CHECK enum status page_write_overview(FILE *page, const struct report *report,
                                           const struct gallery *gallery, const char *figures,
                                           struct error *error);

/* Table and figures of a task. */
MUST_CHECK enum status page_write_task(FILE *page, const struct report *report,
                                       const struct gallery *gallery, const char *figures, int task,
                                       struct error *error);

/* Begins a table's row with a job that names the group. */
void page_write_group_name(FILE *page, const struct group *group);

/* The groups of a task at the main alpha: seeds, n_R, the full network, every ablation set. */
void page_write_group_table(FILE *page, const struct report *report, int task,
                            enum measure measure);

/* Does the profile change with alpha, and from seed to seed? */
void page_write_agreement(FILE *page, const struct report *report);

/* Which coupling dominates over which thresholds; nothing without threshold curves. */
void page_write_curves(FILE *page, const struct report *report);

/* Paired comparisons at the main alpha. */
void page_write_comparisons(FILE *page, const struct report *report);

/* What the words mean, and where the formulas are from. */
void page_write_terms(FILE *page, const struct report *report);

/* What made the numbers and the page. */
void page_write_provenance(FILE *page, const struct report *report, const char *made_by);

#endif
