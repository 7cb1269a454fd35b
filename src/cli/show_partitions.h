/* The threshold curve of a model, for the terminal. */
#ifndef SCHURSWEEP_CLI_SHOW_PARTITIONS_H
#define SCHURSWEEP_CLI_SHOW_PARTITIONS_H

#include "report/study_data.h"

/* Prints every partition of the model's cases and where the study's thresholds lie among them.
 * STATUS_USAGE when the file has no profile or no such model. Local. */
MUST_CHECK enum status show_partitions(const struct study_data *data, const char *model,
                                       struct error *error);

/* STATUS_USAGE: no such model, with the nearest one. */
enum status show_unknown_model(const struct case_table *table, const char *name,
                               struct error *error);

#endif
