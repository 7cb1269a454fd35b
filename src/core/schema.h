/* What can stand in a results file: the measures of its jobs and the lists of variables that its
 * diagnostics fill. Whoever opens or creates one hands this over, so that the store knows none of
 * them by name. */
#pragma once

#include "core/param.h"
#include "core/status.h"
#include "core/variable.h"

struct task_spec;

enum { SCHEMA_MEASURES_MAX = 24, SCHEMA_TABLES_MAX = 24 };

/* The variables of one diagnostic, beside which the file has <name>_state, <name>_error and
 * <name>_checksum. */
struct table {
    const char *name;
    const struct variable *variables;
    const struct param_spec *params; /* [n_params]; their values are attributes of <name>_state */
    int n_params;
    bool of_pairs;           /* of a comparison: only in files of pairs */
    bool needs_gauss_newton; /* its values depend on the sweep's gauss_newton */
};

struct schema {
    bool of_pairs;                                        /* its cases are pairs of networks */
    const struct variable *measures[SCHEMA_MEASURES_MAX]; /* all VALUE_F64 without axes: the jobs
                                                              have them */
    int places[SCHEMA_MEASURES_MAX]; /* of each in job_result.values: a file may lack some */
    int n_measures;
    struct table tables[SCHEMA_TABLES_MAX]; /* in the order of the sweep's diagnostics */
    int n_tables;
    /* What determines the trials of a task in a study of that seed: equal identity, equal trials.
     */
    enum status (*identify_task)(const struct task_spec *task, int64_t seed, uint64_t *identity,
                                 struct error *error);
};

/* The table of that name, or -1. */
int schema_find(const struct schema *schema, const char *name);

/* The same tables with the measures of another one: a file goes on with those that it has. */
struct schema schema_with_measures(const struct schema *schema, const struct schema *of);
