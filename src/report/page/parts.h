/* Parts of the page, in the order in which they stand. */
#pragma once

#include "report/gallery.h"
#include "report/report.h"
#include "report/tables/table.h"

/* What the page is made from. */
struct page_source {
    const struct report *report;
    const struct report *converged; /* without networks that missed their target; NULL: there are
                                     * none, or they are left out anyway */
    const struct gallery *gallery;
    const char *figures; /* folder with their pictures */
    bool has_jobs;       /* few enough for the values of single jobs */
};

/* What can be chosen on the page. */
enum page_choice { CHOICE_ALPHA = 1, CHOICE_MEASURE = 2, CHOICE_NETWORKS = 4 };

/* A line that says which of the choices a part of the page is for, the others being no matter to
 * it. The script keeps it true: what follows the choices says the new ones, what does not stands
 * out when others are chosen. Networks are named where there are some that missed their target. */
void page_write_choice(FILE *page, const struct page_source *from, unsigned choices);

/* "copy, dense_orthogonal n72" */
void page_group_name(const struct report *report, int group, char *text, size_t size);

/* What was found: sentences, what the words mean, and a row per group with a cell per removal. */
void page_write_findings(FILE *page, const struct page_source *from);

/* Pictures of a task in one scope, or with task -1 those of the study. */
MUST_CHECK enum status page_write_gallery(FILE *page, const struct page_source *from, int task,
                                          enum figure_scope scope, struct error *error);

/* A table of which a threshold can be chosen, of all networks and of those that met their target;
 * of the main alpha alone when it would be too many rows. The report of the view is not looked at,
 * its task is one of the source's. */
void page_write_table(FILE *page, const struct page_source *from, const struct table_view *view);

/* Tables of the whole study. */
void page_write_tables(FILE *page, const struct page_source *from);

/* What was found for all thresholds, measures and seeds, as JSON for the script. */
void page_write_data(FILE *page, const struct page_source *from);

/* Every model by itself: its jobs, spectrum, Schur form and outputs; of many, those that there is
 * room for. */
MUST_CHECK enum status page_write_models(FILE *page, const struct page_source *from,
                                         struct error *error);
