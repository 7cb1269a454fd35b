/* The page of a report: one HTML file without anything from outside. */
#pragma once

#include "report/gallery.h"
#include "report/report.h"

/* Studies of more jobs have no values of single jobs on the page. */
enum { PAGE_JOBS_MAX = 20000 };
bool page_has_jobs(const struct report *report);

/* Writes <folder>/report.html; pictures are read from `figures`. `converged` is the same report
 * without networks that missed their target, or NULL. `made_by` is the version of the program.
 * Local. */
MUST_CHECK enum status page_write(const struct report *report, const struct report *converged,
                                  const struct gallery *gallery, const char *folder,
                                  const char *figures, const char *made_by, struct error *error);
