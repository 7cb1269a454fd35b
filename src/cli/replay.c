#include "cli/replay.h"

#include "cli/isa_choice.h"
#include "core/memory.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/measures/measure.h"

#include <math.h>
#include <stdlib.h>

static enum status measure(struct rollout *rollout, const struct trials *trials,
                           struct replay *replay, struct error *error)
{
    struct baseline baseline;
    struct trial_score *scores = NULL;
    double *outputs = NULL;
    enum status status = baseline_begin(&baseline, trials, error);
    THEN(status, memory_array(&scores, (size_t)trials->n_trials, sizeof *scores, error));
    THEN(status, memory_array2(&outputs, (size_t)trials->n_steps * (size_t)trials->n_trials,
                               (size_t)trials->n_out, sizeof *outputs, error));
    THEN(status, rollout_keep_reference(rollout, scores, error));
    if (status == STATUS_OK) {
        const struct trial_score sum = trial_scores_sum(scores, trials->n_trials);
        replay->fvu = sum.n_finite == trials->n_steps ? MEASURE_FVU.of(&sum, &baseline, 0.0)
                                                      : (double)INFINITY;
        replay->accuracy = MEASURE_ACCURACY.of(&sum, &baseline, 0.0);
        rollout_reference(rollout, outputs);
    }
    if (status == STATUS_OK && trials->outputs != NULL) {
        status = trials_compare_outputs(trials, outputs, &replay->mismatch, error);
    }
    free(outputs);
    free(scores);
    return status;
}

enum status replay_run(const struct network *network, const struct trials *trials,
                       struct replay *replay, struct error *error)
{
    struct packed_trials packed;
    struct rollout *rollout = NULL;
    enum isa isa = ISA_PORTABLE;
    *replay = (struct replay){.fvu = INFINITY, .accuracy = NAN, .mismatch = NAN};
    TRY(isa_choice_here(&isa, error));
    TRY(packed_trials_create(&packed, trials, PRECISION_FLOAT64, error));
    enum status status = rollout_create(&rollout, network, &packed, isa, error);
    THEN(status, measure(rollout, trials, replay, error));
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    return status;
}
