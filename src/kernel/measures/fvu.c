#include "kernel/measures/measure.h"

static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    (void)removed_mass;
    return score->squared_error / baseline->target_variation;
}

const struct measure_ops MEASURE_FVU = {
    .variable = {"fvu", "1", "fraction of variance unexplained", VALUE_F64, FILL_NAN, {NULL}},
    .axis_title = "FVU",
    .of = of,
};
