/* What can stand in a results file: the measures of its jobs and the lists of variables that its
 * diagnostics fill. Whoever opens or creates one hands this over, so that the store knows none of
 * them by name. */
#pragma once

#include "core/param.h"
#include "core/variable.h"

enum { SCHEMA_MEASURES_MAX = 24, SCHEMA_TABLES_MAX = 24 };

/* The variables of one diagnostic, beside which the file has <name>_state, <name>_error and
 * <name>_checksum. */
struct table {
    const char *name;
    const struct variable *variables;
    const struct param_spec *params; /* [n_params]; their values are attributes of <name>_state */
    int n_params;
    bool of_pairs; /* of a comparison: only in files of pairs */
};

struct schema {
    bool of_pairs;                                        /* its cases are pairs of networks */
    const struct variable *measures[SCHEMA_MEASURES_MAX]; /* all VALUE_F64 without axes: the jobs
                                                              have them */
    int places[SCHEMA_MEASURES_MAX]; /* of each in job_result.values: a file may lack some */
    int n_measures;
    struct table tables[SCHEMA_TABLES_MAX]; /* in the order of the sweep's diagnostics */
    int n_tables;
};

/* The table of that name, or -1. */
int schema_find(const struct schema *schema, const char *name);
