/* The statistics of all groups, for the terminal and as JSON. */
#ifndef SCHURSWEEP_CLI_GROUP_TABLE_H
#define SCHURSWEEP_CLI_GROUP_TABLE_H

#include "report/report.h"

#include <stdio.h>

/* Aligned, at the main alpha. */
void group_table_print(const struct report *report, FILE *stream);

/* Every group, alpha and ablation set: an array of objects with the columns of groups.csv, null
 * where a value is missing; beside it the states of the jobs. */
MUST_CHECK enum status group_table_print_json(const struct report *report, FILE *stream,
                                              struct error *error);

#endif
