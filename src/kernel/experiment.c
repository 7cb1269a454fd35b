#include "kernel/experiment.h"

#include <math.h>
#include <stdlib.h>

struct job_result experiment_result(const struct experiment *experiment,
                                    const struct trial_score *score, double removed_mass)
{
    const struct baseline *const baseline = &experiment->baseline;
    struct trial_score infinite = *score;
    if (score->n_finite != baseline->n_steps ||
        !isfinite(MEASURE_FVU.of(score, baseline, removed_mass))) {
        if (!cell_is_unbounded(&experiment->network->cell)) {
            return job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
        }
        infinite.squared_error = INFINITY; /* so far away that it left the numbers */
        infinite.squared_change = INFINITY;
        score = &infinite;
    }
    struct job_result result = job_result_absent();
    for (int i = 0; MEASURES[i] != NULL; i++) {
        result.values[i] = MEASURES[i]->of(score, baseline, removed_mass);
    }
    result.stabilizer =
        job_result_verdict(MEASURE_DISTANCE.of(score, baseline, removed_mass), experiment->epsilon);
    result.state = JOB_DONE;
    result.seconds = 0.0;
    return result;
}

struct job_result experiment_full_result(const struct experiment *experiment)
{
    return experiment_result(experiment, &experiment->baseline.full, 0.0);
}

/* Far beyond rounding in either precision. */
static const double FOREIGN_OUTPUTS = 1e-2;

/* Outputs that the network has given elsewhere say whether it is the one that was meant. */
static enum status check_outputs(const struct trials *trials, const double *outputs,
                                 struct error *error)
{
    double distance = 0.0;
    if (trials->outputs == NULL) {
        return STATUS_OK;
    }
    TRY(trials_compare_outputs(trials, outputs, &distance, error));
    return distance <= FOREIGN_OUTPUTS
               ? STATUS_OK
               : error_set(
                     error, STATUS_JOB_MODEL,
                     "outputs differ from /trials/outputs by %.3g standard deviations: another "
                     "network than theirs",
                     distance);
}

enum status experiment_set_baseline(struct experiment *experiment, const struct trials *trials,
                                    const struct trial_score *full, const double *outputs,
                                    struct error *error)
{
    experiment_forget(experiment);
    TRY(baseline_begin(&experiment->baseline, trials, error));
    TRY(baseline_add_full(&experiment->baseline, trials, full, outputs, error));
    return check_outputs(trials, outputs, error);
}

enum status experiment_measure(struct experiment *experiment, const struct removal *removals,
                               int count, struct job_result *results, struct error *error)
{
    return experiment->ops->measure(experiment, removals, count, results, error);
}

enum status experiment_share(const struct experiment *experiment, double *values, size_t count,
                             struct error *error)
{
    for (size_t i = 0; i < count && !experiment->is_root; i++) {
        values[i] = 0.0; /* a sum over all ranks brings the root's */
    }
    return experiment->ops->add_up(experiment, values, count, error);
}

enum status experiment_distance(struct experiment *experiment, const struct removal *removal,
                                double *distance, struct error *error)
{
    struct job_result result = job_result_absent();
    TRY(experiment_go_on(experiment, error));
    TRY(experiment_measure(experiment, removal, 1, &result, error));
    *distance = result.state == JOB_DONE ? result.values[measure_number("distance")] : INFINITY;
    return experiment_share(experiment, distance, 1, error);
}

enum status experiment_go_on(const struct experiment *experiment, struct error *error)
{
    const enum status mine =
        experiment->go_on != NULL ? experiment->go_on(experiment->go_on_context, error) : STATUS_OK;
    return experiment->ops->agree(experiment, mine, error);
}

void experiment_forget(struct experiment *experiment)
{
    free(experiment->tangents);
    experiment->tangents = NULL;
    if (experiment->gauss_newton != NULL) {
        gauss_newton_release(experiment->gauss_newton);
        free(experiment->gauss_newton);
        experiment->gauss_newton = NULL;
    }
}

void experiment_destroy(struct experiment *experiment)
{
    if (experiment != NULL) {
        experiment_forget(experiment);
        experiment->ops->destroy(experiment);
    }
}
