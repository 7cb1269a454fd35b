/* Parts of the page, in the order in which they stand. */
#pragma once

#include "report/gallery.h"
#include "report/report.h"

/* What the page is made from. */
struct page_source {
    const struct report *report;
    const struct report *converged; /* without networks that missed their target; NULL: there are
                                     * none, or they are left out anyway */
    const struct gallery *gallery;
    const char *figures; /* folder with their pictures */
    bool has_jobs;       /* few enough for the values of single jobs */
};

/* "copy, dense_orthogonal n72" */
void page_group_name(const struct report *report, int group, char *text, size_t size);

/* What was found: sentences, what the words mean, and a row per group with a cell per removal. */
void page_write_findings(FILE *page, const struct page_source *from);

/* The same for all thresholds, measures and seeds, as JSON for the script. */
void page_write_data(FILE *page, const struct page_source *from);

/* Every model by itself: its jobs, spectrum, Schur form and outputs; of many, those that there is
 * room for. */
MUST_CHECK enum status page_write_models(FILE *page, const struct page_source *from,
                                         struct error *error);
