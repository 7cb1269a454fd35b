/* Matrices whose couplings are no property of the network but of the signs in which it is written
 * (kernel/gauge.h): what taking them apart shows is told by the median and the range over all
 * choices of signs. */
#pragma once

#include "report/study_data.h"

/* One matrix of one network on one task. */
struct ensemble {
    int *cases; /* [n_cases] in the order of the study; the first names it */
    int n_cases;
};

struct ensembles {
    struct ensemble *list; /* [n] in the order of their first cases */
    int n;
};

struct ensemble_range {
    int n; /* choices of signs in which the job is done and has removed something */
    double median;
    double low;
    double high;
};

/* Whether a case is of such a matrix. */
bool ensemble_has(const struct study_data *data, int case_index);

/* On failure too released by ensembles_release. Local. */
MUST_CHECK enum status ensembles_create(struct ensembles *ensembles, const struct study_data *data,
                                        struct error *error);
void ensembles_release(struct ensembles *ensembles);

/* Of a measure, by its place in MEASURES, of a job. NaN where none is done. */
struct ensemble_range ensemble_range(const struct ensemble *ensemble, const struct study_data *data,
                                     int row, int set, int measure);
