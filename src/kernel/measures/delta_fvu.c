#include "kernel/measures/measure.h"

static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    return MEASURE_FVU.of(score, baseline, removed_mass) -
           MEASURE_FVU.of(&baseline->full, baseline, 0.0);
}

const struct measure_ops MEASURE_DELTA_FVU = {
    .variable =
        {"delta_fvu", "1", "change of fvu against the full model", VALUE_F64, FILL_NAN, {NULL}},
    .has_interval = true,
    .axis_title = "change of FVU",
    .of = of,
};
