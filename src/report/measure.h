/* Measures: the values of a job, and what a report must know to summarise and draw them. */
#ifndef SCHURSWEEP_REPORT_MEASURE_H
#define SCHURSWEEP_REPORT_MEASURE_H

#include "report/study_data.h"

enum { MEASURES_MAX = 24 };

struct measure_ops {
    struct variable variable; /* its name is that in the results file */
    bool higher_is_better;
    bool has_interval;      /* the report gives confidence intervals of its mean */
    const char *axis_title; /* of a figure */
};

/* All measures in the order in which they are stored, NULL at the end; at most MEASURES_MAX. */
extern const struct measure_ops *const MEASURES[];

extern const struct measure_ops MEASURE_FVU;
extern const struct measure_ops MEASURE_DELTA_FVU;
extern const struct measure_ops MEASURE_DISTANCE;

/* Place in the list, or -1. */
int measure_number(const char *name);

/* Value of a measure in a job, and in one of a partition; NaN unless the job is done. `measure` is
 * a place in MEASURES. */
double study_measure(const struct study_data *data, int case_index, int alpha, int set,
                     int measure);
double study_measure(const struct study_data *data, int case_index,
                     study_row_of_partition(const struct study_data *data, int partition), int set,
                     int measure);

#endif
