/* All partitions of a model, for the terminal. */
#ifndef SCHURSWEEP_CLI_SHOW_PARTITIONS_H
#define SCHURSWEEP_CLI_SHOW_PARTITIONS_H

#include "report/report.h"

/* Prints every partition of a case, where the study's alphas lie among them and over how much of
 * alpha each coupling dominates; one line when the case has none. Local. */
void show_partitions(const struct report *report, int case_index);

#endif
