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

/* Every table that has something to say by itself. */
void page_write_tables(FILE *page, const struct report *report);

/* What the words mean, and where the formulas are from. */
void page_write_terms(FILE *page, const struct report *report);

/* What made the numbers and the page. */
void page_write_provenance(FILE *page, const struct report *report, const char *made_by);

#endif
