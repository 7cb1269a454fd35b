#include "kernel/dynamics/metric.h"

#include <math.h>

/* Sum over the counted steps of (a - b)^2, one partial sum per step to keep rounding small. */
static double squared_difference(const struct trials *trials, const double *a, const double *b)
{
    const int n_out = trials->n_out;
    double total = 0.0;
    for (int t = 0; t < trials->n_steps; t++) {
        double step_sum = 0.0;
        for (int trial = 0; trial < trials->n_trials; trial++) {
            const size_t place = (size_t)t * (size_t)trials->n_trials + (size_t)trial;
            for (int k = 0; trials->mask[place] != 0 && k < n_out; k++) {
                const size_t i = place * (size_t)n_out + (size_t)k;
                step_sum += (a[i] - b[i]) * (a[i] - b[i]);
            }
        }
        total += step_sum;
    }
    return total;
}

double metric_fvu(const struct trials *trials, double variation, const double *outputs)
{
    return squared_difference(trials, outputs, trials->targets) / variation;
}

double metric_accuracy(const struct trials *trials, const double *outputs)
{
    if (trials->metric != METRIC_ACCURACY) {
        return NAN;
    }
    const size_t n_places = (size_t)trials->n_steps * (size_t)trials->n_trials;
    const size_t n_out = (size_t)trials->n_out;
    int64_t right = 0;
    int64_t counted = 0;
    for (size_t place = 0; place < n_places; place++) {
        if (trials->mask[place] == 0) {
            continue;
        }
        for (size_t i = place * n_out; i < (place + 1) * n_out; i++) {
            const double target = trials->targets[i];
            right += (outputs[i] > 0.0 && target > 0.0) || (outputs[i] < 0.0 && target < 0.0);
            counted++;
        }
    }
    return (double)right / (double)counted;
}

double metric_distance(const struct trials *trials, double full_variation,
                       const double *full_outputs, const double *outputs)
{
    const double change = squared_difference(trials, outputs, full_outputs);
    return change == 0.0 ? 0.0 : sqrt(change / full_variation);
}
