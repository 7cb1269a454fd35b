#include "kernel/measures/measure.h"

#include <math.h>

static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    return removed_mass > 0.0 ? MEASURE_DELTA_FVU.of(score, baseline, removed_mass) / removed_mass
                              : NAN;
}

const struct measure_ops MEASURE_SENSITIVITY = {
    .variable = VARIABLE_REAL("sensitivity", "delta_fvu over removed_mass, NaN at zero mass", NULL),
    .axis_title = "sensitivity",
    .of = of,
};
