#include "kernel/measures/measure.h"

#include "store/results_jobs.h"

#include <string.h>

const struct measure_ops MEASURE_FVU = {
    .variable = {.name = "fvu", .long_name = "fraction of variance unexplained"},
    .axis_title = "FVU"};
const struct measure_ops MEASURE_DELTA_FVU = {
    .variable = {.name = "delta_fvu", .long_name = "change of fvu against the full model"},
    .has_interval = true,
    .axis_title = "change of FVU"};
extern const struct measure_ops MEASURE_ACCURACY;
const struct measure_ops MEASURE_ACCURACY = {
    .variable = {.name = "accuracy",
                 .long_name = "share of right signs, NaN for tasks measured by fvu alone"},
    .higher_is_better = true,
    .has_interval = true,
    .axis_title = "accuracy"};
const struct measure_ops MEASURE_DISTANCE = {
    .variable = {.name = "distance",
                 .long_name = "distance of the outputs from those of the full model"},
    .has_interval = true,
    .axis_title = "distance of outputs"};
static const struct measure_ops MEASURE_REMOVED_MASS = {
    .variable = {.name = "removed_mass",
                 .long_name = "Frobenius norm removed, relative to that of the Schur form"},
    .axis_title = "removed mass"};
static const struct measure_ops MEASURE_SENSITIVITY = {
    .variable = {.name = "sensitivity",
                 .long_name = "delta_fvu over removed_mass, NaN at zero mass"},
    .axis_title = "sensitivity"};

const struct measure_ops *const MEASURES[] = {&MEASURE_FVU,
                                              &MEASURE_DELTA_FVU,
                                              &MEASURE_ACCURACY,
                                              &MEASURE_DISTANCE,
                                              &MEASURE_REMOVED_MASS,
                                              &MEASURE_SENSITIVITY,
                                              NULL};

int measure_number(const char *name)
{
    for (int i = 0; MEASURES[i] != NULL; i++) {
        if (strcmp(MEASURES[i]->variable.name, name) == 0) {
            return i;
        }
    }
    return -1;
}

double study_measure(const struct study_data *data, int case_index, int alpha, int set, int measure)
{
    return study_measure(data, case_index, alpha, set,
                         measure_number(JOB_FIELDS[measure].ids[FAMILY_ALPHA]));
}

double study_measure(const struct study_data *data, int case_index,
                     study_row_of_partition(const struct study_data *data, int partition), int set,
                     int measure)
{
    return study_measure(data, case_index, study_row_of_partition(data, partition), set,
                         measure_number(JOB_FIELDS[measure].ids[FAMILY_PARTITION]));
}
