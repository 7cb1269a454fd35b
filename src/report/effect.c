#include "report/effect.h"

#include "core/job_result.h"
#include "kernel/measures/measure.h"

#include <math.h>

bool effect_is_empty(const struct study_data *data, int case_index, int row, int set)
{
    const int mass = measure_number(MEASURE_REMOVED_MASS.variable.name);
    return data->sets[set] != ABLATION_NONE &&
           study_measure(data, case_index, row, set, mass) < ROUNDING_MASS;
}

int effect_verdict(const struct study_data *data, int case_index, int row, int set)
{
    const int distance = measure_number(MEASURE_DISTANCE.variable.name);
    const double value = study_measure(data, case_index, row, set, distance);
    return data->sets[set] == ABLATION_NONE || isnan(value) ||
                   effect_is_empty(data, case_index, row, set)
               ? -1
               : value <= data->epsilon;
}

/* The change below which there is none. */
static double rounding_of(const struct study_data *data, int case_index, int row, int set)
{
    const double fvu =
        study_measure(data, case_index, row, set, measure_number(MEASURE_FVU.variable.name));
    return (study_input(data, case_index)->sweep.precision == PRECISION_FLOAT32
                ? ROUNDING_CHANGE_FLOAT32
                : ROUNDING_CHANGE_FLOAT64) *
           (fvu > 1.0 && isfinite(fvu) ? fvu : 1.0);
}

double effect_value(const struct study_data *data, int case_index, int row, int set, int measure)
{
    const struct measure_ops *const ops = MEASURES[measure];
    double size = study_measure(data, case_index, row, set, measure);
    if (effect_is_empty(data, case_index, row, set)) {
        return NAN;
    }
    if (ops == &MEASURE_SENSITIVITY) { /* it has the rounding of its numerator */
        size *= study_measure(data, case_index, row, set,
                              measure_number(MEASURE_REMOVED_MASS.variable.name));
    } else if (ops != &MEASURE_DELTA_FVU && ops != &MEASURE_DISTANCE) {
        return size;
    }
    return fabs(size) < rounding_of(data, case_index, row, set)
               ? 0.0
               : study_measure(data, case_index, row, set, measure);
}

bool effect_differs(const struct study_data *data, int case_index, int alpha, int first, int second)
{
    const ablation_set differ = data->sets[first] ^ data->sets[second];
    for (int k = 0; k < COUPLING_COUNT; k++) {
        const double mass =
            study_real(data, "coupling_mass", case_index, (size_t)(alpha * COUPLING_COUNT + k));
        if (ablation_has(differ, (enum coupling)k) && !(mass < ROUNDING_MASS)) {
            return true;
        }
    }
    return false;
}

double effect_difference(const struct study_data *data, int case_index, int alpha, int first,
                         int second)
{
    const int fvu = measure_number(MEASURE_FVU.variable.name);
    const double a = study_measure(data, case_index, alpha, first, fvu);
    const double b = study_measure(data, case_index, alpha, second, fvu);
    if (isnan(a) || isnan(b) || !effect_differs(data, case_index, alpha, first, second)) {
        return NAN;
    }
    return a == b || fabs(b - a) < fmin(rounding_of(data, case_index, alpha, first),
                                        rounding_of(data, case_index, alpha, second))
               ? 0.0
               : b - a;
}
