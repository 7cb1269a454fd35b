#include "kernel/measures/measure.h"

static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    (void)score;
    (void)baseline;
    return removed_mass;
}

const struct measure_ops MEASURE_REMOVED_MASS = {
    .variable = VARIABLE_REAL("removed_mass",
                              "Frobenius norm removed, relative to that of the Schur form", NULL),
    .axis_title = "removed mass",
    .of = of,
};
