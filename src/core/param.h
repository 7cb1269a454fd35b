/* A number that a study file may set: of a task, of a diagnostic. A list of up to n_values numbers
 * is as many of them in a row: the study sets them all by the name of the first, in ascending
 * order, and those that it does not need are 0. */
#pragma once

#include <stdbool.h>

enum { PARAMS_MAX = 8 };

struct param_spec {
    const char *name;
    bool is_integer;
    double default_value;
    double low; /* smallest and largest allowed value */
    double high;
    int n_values;  /* of the list that begins here; 0 of one number, and inside of a list */
    bool is_later; /* of a task, which was there before it: at its default it is left out of what
                    * identifies trials, models and studies, and files from before have 0 for it */
};

/* The first of values[count] that is outside of its parameter's limits or not whole where it must
 * be; -1 when there is none. Those of a study are allowed, a results file from elsewhere may have
 * any. Local. */
int params_refused(const struct param_spec *params, const double *values, int count);
