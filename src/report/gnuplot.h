/* gnuplot, run as a program. */
#pragma once

#include <stdbool.h>

/* Runs names[n] (scripts in `folder`) there, many in one process; when that fails, each by itself,
 * so that a bad one costs only its own figure. What gnuplot says goes to folder/gnuplot.log. False
 * when gnuplot cannot be started. Local. */
bool gnuplot_run(const char *folder, char *const *names, int n);
