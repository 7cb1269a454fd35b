#include "kernel/dynamics/metric.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum status metric_variation(const struct trials *trials, const double *values, double *variation,
                             struct error *error)
{
    double *mean = NULL;
    TRY(memory_array(&mean, (size_t)trials->n_out, sizeof *mean, error));
    trials_channel_mean(trials, values, mean);
    *variation = trials_total_variation(trials, values, mean);
    free(mean);
    return STATUS_OK;
}

double metric_fvu(const struct trial_score *sum, double variation)
{
    return sum->squared_error / variation;
}

double metric_accuracy(const struct trials *trials, const struct trial_score *sum)
{
    if (trials->metric != METRIC_ACCURACY) {
        return NAN;
    }
    const size_t places = (size_t)trials->n_steps * (size_t)trials->n_trials;
    int64_t counted = 0;
    for (size_t i = 0; i < places; i++) {
        counted += trials->mask[i] != 0;
    }
    return (double)sum->n_right / ((double)counted * trials->n_out);
}

double metric_distance(const struct trial_score *sum, double full_variation)
{
    return sum->squared_change == 0.0 ? 0.0 : sqrt(sum->squared_change / full_variation);
}
