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

double effect_rounding(const struct study_data *data, int case_index, double fvu)
{
    return (study_input(data, case_index)->sweep.precision == PRECISION_FLOAT32
                ? ROUNDING_CHANGE_FLOAT32
                : ROUNDING_CHANGE_FLOAT64) *
           (fvu > 1.0 && isfinite(fvu) ? fvu : 1.0);
}

double effect_value(const struct study_data *data, int case_index, int row, int set, int measure)
{
    const struct measure_ops *const ops = MEASURES[measure];
    const double value = study_measure(data, case_index, row, set, measure);
    double size = value;
    if (isnan(value) || effect_is_empty(data, case_index, row, set)) {
        return NAN;
    }
    if (ops == &MEASURE_SENSITIVITY) { /* it has the rounding of its numerator */
        size *= study_measure(data, case_index, row, set,
                              measure_number(MEASURE_REMOVED_MASS.variable.name));
    } else if (ops != &MEASURE_DELTA_FVU && ops != &MEASURE_DISTANCE) {
        return value;
    }
    const int fvu = measure_number(MEASURE_FVU.variable.name);
    return fabs(size) <
                   effect_rounding(data, case_index, study_measure(data, case_index, row, set, fvu))
               ? 0.0
               : value;
}

ablation_set effect_couplings(const struct study_data *data, int case_index, int alpha)
{
    ablation_set there = ABLATION_NONE;
    for (int k = 0; k < COUPLING_COUNT; k++) {
        const double mass = study_real(data, "coupling_mass", case_index,
                                       (size_t)alpha * COUPLING_COUNT + (size_t)k);
        there |= mass < ROUNDING_MASS ? 0u : 1u << k;
    }
    return there;
}
