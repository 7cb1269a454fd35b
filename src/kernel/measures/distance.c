#include "kernel/measures/measure.h"

#include <math.h>

/* d = sqrt(sum |y - y_full|^2 / variation of y_full); 0 when the outputs are equal, Inf when only
 * the full network's are constant. */
static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    (void)removed_mass;
    return score->squared_change == 0.0 ? 0.0
                                        : sqrt(score->squared_change / baseline->full_variation);
}

const struct measure_ops MEASURE_DISTANCE = {
    .variable =
        VARIABLE_REAL("distance", "distance of the outputs from those of the full model", NULL),
    .has_interval = true,
    .axis_title = "distance of outputs",
    .of = of,
};
