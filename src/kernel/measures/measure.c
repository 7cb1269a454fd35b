#include "kernel/measures/measure.h"

#include <math.h>
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
    return metric != METRIC_FVU ? &MEASURE_ACCURACY : &MEASURE_FVU;
}

enum status baseline_begin(struct baseline *baseline, const struct trials *trials,
                           struct error *error)
{
    const size_t places = (size_t)trials->n_steps * (size_t)trials->n_trials;
    *baseline = (struct baseline){.metric = trials->metric, .n_steps = trials->n_steps};
    for (size_t i = 0; i < places; i++) {
        baseline->n_counted +=
            trials->mask[i] != 0 ? metric_kind_answers(trials->metric, trials->n_out) : 0;
    }
    return trials_variation(trials, trials->targets, &baseline->target_variation, error);
}

bool baseline_is_poor(double fvu, double accuracy)
{
    return fvu > BASELINE_POOR_FVU && !(accuracy >= BASELINE_GOOD_ACCURACY);
}

enum status baseline_add_full(struct baseline *baseline, const struct trials *trials,
                              const struct trial_score *full, const double *outputs,
                              struct error *error)
{
    baseline->full = *full;
    TRY(trial_score_check(full, trials->n_steps, error));
    TRY(trials_variation(trials, outputs, &baseline->full_variation, error));
    return isfinite(MEASURE_FVU.of(full, baseline, 0.0))
               ? STATUS_OK
               : error_set(error, STATUS_JOB_ROLLOUT_NONFINITE,
                           "squared error of the full model overflowed");
}
