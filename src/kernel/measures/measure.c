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
    return metric != METRIC_FVU ? &MEASURE_ACCURACY : &MEASURE_FVU;
}

/* variations[2] of values[n_steps, n_trials, n_out] on even and on odd trials. */
static enum status vary_halves(const struct trials *trials, const double *values,
                               double *variations, struct error *error)
{
    const size_t places = (size_t)trials->n_steps * (size_t)trials->n_trials;
    struct trials part = *trials;
    enum status status = memory_array(&part.mask, places, sizeof *part.mask, error);
    for (size_t half = 0; half < 2 && status == STATUS_OK; half++) {
        for (size_t i = 0; i < places; i++) {
            const bool is_in = i % (size_t)trials->n_trials % 2 == half;
            part.mask[i] = is_in ? trials->mask[i] : 0;
        }
        status = trials_variation(&part, values, &variations[half], error);
    }
    free(part.mask);
    return status;
}

enum status baseline_begin(struct baseline *baseline, const struct trials *trials,
                           struct error *error)
{
    const size_t places = (size_t)trials->n_steps * (size_t)trials->n_trials;
    double variations[2];
    *baseline = (struct baseline){
        .metric = trials->metric, .n_steps = trials->n_steps, .n_trials = trials->n_trials};
    for (size_t i = 0; i < places; i++) {
        const int answers =
            trials->mask[i] != 0 ? metric_kind_answers(trials->metric, trials->n_out) : 0;
        baseline->n_counted += answers;
        baseline->halves[i % (size_t)trials->n_trials % 2].n_counted += answers;
    }
    TRY(vary_halves(trials, trials->targets, variations, error));
    baseline->halves[0].target_variation = variations[0];
    baseline->halves[1].target_variation = variations[1];
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
    double variations[2];
    baseline->full = *full;
    TRY(trial_score_check(full, trials->n_steps, error));
    TRY(trials_variation(trials, outputs, &baseline->full_variation, error));
    TRY(vary_halves(trials, outputs, variations, error));
    baseline->halves[0].full_variation = variations[0];
    baseline->halves[1].full_variation = variations[1];
    return isfinite(MEASURE_FVU.of(full, baseline, 0.0))
               ? STATUS_OK
               : error_set(error, STATUS_JOB_ROLLOUT_NONFINITE,
                           "squared error of the full model overflowed");
}
