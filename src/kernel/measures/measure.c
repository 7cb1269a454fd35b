#include "kernel/measures/measure.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int measure_number(const char *name)
{
    for (int i = 0; MEASURES[i] != NULL; i++) {
        if (strcmp(MEASURES[i]->variable.name, name) == 0) {
            return i;
        }
    }
    return -1;
}

const struct measure_ops *measure_of_metric(enum metric_kind metric)
{
    return metric == METRIC_ACCURACY ? &MEASURE_ACCURACY : &MEASURE_FVU;
}

/* sum (v - mean v)^2 over the counted steps, about the means of the channels. */
static enum status find_variation(const struct trials *trials, const double *values,
                                  double *variation, struct error *error)
{
    double *mean = NULL;
    TRY(memory_array(&mean, (size_t)trials->n_out, sizeof *mean, error));
    trials_channel_mean(trials, values, mean);
    *variation = trials_total_variation(trials, values, mean);
    free(mean);
    return STATUS_OK;
}

static int64_t count_mask(const struct trials *trials)
{
    const size_t places = (size_t)trials->n_steps * (size_t)trials->n_trials;
    int64_t counted = 0;
    for (size_t i = 0; i < places; i++) {
        counted += trials->mask[i] != 0;
    }
    return counted;
}

enum status baseline_begin(struct baseline *baseline, const struct trials *trials,
                           struct error *error)
{
    *baseline = (struct baseline){.metric = trials->metric,
                                  .n_steps = trials->n_steps,
                                  .n_counted = count_mask(trials) * trials->n_out};
    return find_variation(trials, trials->targets, &baseline->target_variation, error);
}

enum status baseline_add_full(struct baseline *baseline, const struct trials *trials,
                              const struct trial_score *full, const double *outputs,
                              struct error *error)
{
    baseline->full = *full;
    TRY(trial_score_check(full, trials->n_steps, error));
    TRY(find_variation(trials, outputs, &baseline->full_variation, error));
    return isfinite(MEASURE_FVU.of(full, baseline, 0.0))
               ? STATUS_OK
               : error_set(error, STATUS_JOB_ROLLOUT_NONFINITE,
                           "squared error of the full model overflowed");
}
