/* The page of a report: one HTML file without anything from outside. */
#pragma once

#include "report/gallery.h"
#include "report/report.h"

/* Writes <folder>/report.html; pictures are read from `figures`. `made_by` is the version of the
 * program. Local. */
MUST_CHECK enum status page_write(const struct report *report, const struct gallery *gallery,
                                  const char *folder, const char *figures, const char *made_by,
                                  struct error *error);
