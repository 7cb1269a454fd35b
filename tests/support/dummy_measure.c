/* A measure that no study needs: what one file and one line in measures.def add. */
#include "kernel/measures/measure.h"

/* Squared change of the outputs, of a step, trial and output. */
static double of(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass)
{
    (void)removed_mass;
    return score->squared_change / (double)baseline->n_counted;
}

const struct measure_ops MEASURE_DUMMY = {
    .variable =
        {"dummy_change", "1", "mean squared change of the outputs", VALUE_F64, FILL_NAN, {NULL}},
    .has_interval = true,
    .axis_title = "mean squared change",
    .of = of,
};
