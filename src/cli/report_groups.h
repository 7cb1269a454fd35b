/* The groups of a report on a screen. */
#pragma once

#include "cli/screen.h"
#include "report/report.h"

/* A row for each group and a column for each ablation set at the main alpha: the mean change of FVU
 * over seeds, and how many of them can do without. */
MUST_CHECK enum status report_groups_print(const struct report *report, const struct screen *screen,
                                           struct error *error);
