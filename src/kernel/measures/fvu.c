#include "kernel/measures/measure.h"

static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    (void)removed_mass;
    return score->squared_error / baseline->target_variation;
}

const struct measure_ops MEASURE_FVU = {
    .variable = VARIABLE_REAL("fvu", "fraction of variance unexplained", NULL),
    .axis_title = "FVU",
    .of = of,
};
