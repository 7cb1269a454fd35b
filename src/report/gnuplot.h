/* gnuplot, run as a program. */
#ifndef SCHURSWEEP_REPORT_GNUPLOT_H
#define SCHURSWEEP_REPORT_GNUPLOT_H

#include "core/status.h"

/* Runs names[n] (scripts in `folder`) there, all in one process; when that fails, each by itself,
 * so that a bad one costs only its own figure. What gnuplot says goes to folder/gnuplot.log.
 * *found tells whether the program is there at all. Local. */
MUST_CHECK enum status gnuplot_run(const char *folder, char *const *names, int n, bool *found,
                                   struct error *error);

#endif
