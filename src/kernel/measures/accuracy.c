#include "kernel/measures/measure.h"

#include <math.h>

/* Share of sign(y) == sign(y*), where a zero is never right, or of argmax y == argmax y*, where a
 * tie is not. */
static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    (void)removed_mass;
    return baseline->metric != METRIC_FVU ? (double)score->n_right / (double)baseline->n_counted
                                          : NAN;
}

const struct measure_ops MEASURE_ACCURACY = {
    .variable = VARIABLE_REAL(
        "accuracy", "share of right signs or classes, NaN for tasks measured by fvu alone", NULL),
    .higher_is_better = true,
    .has_interval = true,
    .axis_title = "accuracy",
    .of = of,
};
