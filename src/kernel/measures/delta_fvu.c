#include "kernel/measures/measure.h"

static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    return MEASURE_FVU.of(score, baseline, removed_mass) -
           MEASURE_FVU.of(&baseline->full, baseline, 0.0);
}

const struct measure_ops MEASURE_DELTA_FVU = {
    .variable = VARIABLE_REAL("delta_fvu", "change of fvu against the full model", NULL),
    .has_interval = true,
    .axis_title = "change of FVU",
    .of = of,
};
