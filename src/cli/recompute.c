#include "cli/recompute.h"

#include "core/bits.h"
#include "kernel/analysis.h"
#include "kernel/tasks/task.h"
#include "report/stored_case.h"
#include "store/model_file.h"
#include "store/results_jobs.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Everything that the jobs of one case need. */
struct stored_case {
    struct network network;
    struct trials trials;
    struct packed_trials packed;
    struct decomposition decomposition;
    struct analysis *analysis;
};

static enum status load_trials(const struct study_data *data, int case_index, char *path,
                               struct trials *trials, struct error *error)
{
    const struct task_ops *const task = task_find(study_text(data, "task", case_index));
    const struct results_input *const source = &data->inputs[data->cases[case_index].source];
    double params[TASK_PARAMS_MAX];
    struct rng_key key;
    uint64_t hash = 0;
    switch (stored_case_trials(data, case_index, params, path, &hash)) {
    case STORED_TRIALS_BUILT_IN:
        TRY(task_held_out_key(task, params, source->seed, &key, error));
        return task_generate(task, params, key, 0, (int)params[TASK_PARAM_TRIALS_INDEX], trials,
                             error);
    case STORED_TRIALS_OWN:
    case STORED_TRIALS_FILE:
        return trials_file_read(path, trials, error);
    case STORED_TRIALS_UNKNOWN:
        break;
    }
    return error_set(error, STATUS_INPUT, "the trials of task '%s' were not found",
                     study_text(data, "task", case_index));
}

/* Other vector instructions than the job's would round differently. */
static enum status find_isa(const struct study_data *data, int case_index, enum isa *path,
                            struct error *error)
{
    const char *const name = data->inputs[data->cases[case_index].source].isa;
    return isa_find(name, path, error) == STATUS_OK ? STATUS_OK : STATUS_INPUT;
}

static enum status load_case(const struct study_data *data, int case_index, const char *folder,
                             struct analysis_settings *settings, struct stored_case *stored,
                             struct error *error)
{
    char path[PATH_MAX];
    TRY(find_isa(data, case_index, &settings->isa, error));
    if (!stored_case_weights(data, case_index, folder, &stored->network, path)) {
        return error_set(error, STATUS_INPUT, "the weights of '%s' were not found",
                         study_text(data, "model", case_index));
    }
    TRY(load_trials(data, case_index, path, &stored->trials, error));
    if (stored->trials.n_in != stored->network.n_in ||
        stored->trials.n_out != stored->network.n_out) {
        return error_set(error, STATUS_INPUT, "the trials of '%s' do not fit",
                         study_text(data, "model", case_index));
    }
    TRY(decomposition_create(&stored->decomposition, &stored->network, settings, error));
    TRY(packed_trials_create(&stored->packed, &stored->trials, settings->precision, error));
    return analysis_create(&stored->analysis, &stored->network, &stored->decomposition,
                           &stored->packed, settings, error);
}

static void release_case(struct stored_case *stored)
{
    analysis_destroy(&stored->analysis);
    decomposition_release(&stored->decomposition);
    packed_trials_release(&stored->packed);
    trials_release(&stored->trials);
    network_release(&stored->network);
}

static double stored_real(const struct study_data *data, const struct job_place *job,
                          const struct job_field *field)
{
    const int partition = job->row - data->n_alphas;
    return partition < 0
               ? study_measure(data, job->case_index, job->row, job->set,
                               measure_number(field->ids[FAMILY_ALPHA]))
               : study_measure(data, job->case_index, study_row_of_partition(data, partition),
                               job->set, measure_number(field->ids[FAMILY_PARTITION]));
}

/* The values that a job is about, as stored. */
static struct job_result stored_job(const struct study_data *data, const struct job_place *job)
{
    struct job_result result = {.state = JOB_DONE};
    for (int i = 0; i < JOB_REAL_COUNT; i++) {
        const double value = stored_real(data, job, &JOB_FIELDS[i]);
        memcpy((char *)&result + JOB_FIELDS[i].offset, &value, sizeof value);
    }
    return result;
}

/* A team's matrices differ from those of one rank by rounding, and so does all that follows; an
 * accuracy may differ by single answers next to zero. */
static const double TEAM_TOLERANCE = 1e-9;
/* Where a weight's last bits decide to which float it is rounded. */
static const double TEAM_TOLERANCE_SINGLE = 1e-5;
static const double TEAM_ACCURACY_TOLERANCE = 1e-3;

static double team_tolerance(const struct study_data *data, int case_index)
{
    return stored_case_precision(data, case_index) == PRECISION_FLOAT32 ? TEAM_TOLERANCE_SINGLE
                                                                        : TEAM_TOLERANCE;
}

static bool is_near(double a, double b, double tolerance)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * fmax(fabs(a), 1.0);
}

/* Of a case that a team has computed: to rounding, FVU relative to itself. */
static bool is_near_job(const struct job_result *stored, const struct job_result *result,
                        double tolerance)
{
    return is_near(stored->accuracy, result->accuracy, TEAM_ACCURACY_TOLERANCE) &&
           is_near(stored->delta_fvu, result->delta_fvu, tolerance) &&
           is_near(stored->distance, result->distance, tolerance) &&
           is_near(stored->removed_mass, result->removed_mass, tolerance) &&
           fabs(stored->fvu - result->fvu) <= tolerance * fabs(stored->fvu);
}

static double job_real(const struct job_result *result, const struct job_field *field)
{
    double value = 0.0;
    memcpy(&value, (const char *)result + field->offset, sizeof value);
    return value;
}

static bool is_same_job(const struct job_result *stored, const struct job_result *result)
{
    for (int i = 0; i < JOB_REAL_COUNT; i++) {
        if (!same_bits(job_real(stored, &JOB_FIELDS[i]), job_real(result, &JOB_FIELDS[i]))) {
            return false;
        }
    }
    return true;
}

static void note_difference(const struct job_place *job, double stored_fvu, double fvu,
                            struct recompute_outcome *outcome)
{
    const double difference = fabs(stored_fvu - fvu) / fmax(fabs(stored_fvu), 1e-300);
    if (outcome->n_different++ == 0) {
        outcome->first_different = *job;
    }
    outcome->largest_difference =
        isnan(difference) ? INFINITY : fmax(outcome->largest_difference, difference);
}

static void judge(const struct study_data *data, const struct job_place *job,
                  const struct job_result *result, struct recompute_outcome *outcome)
{
    const bool by_team = stored_case_is_shared(data, job->case_index);
    const struct job_result stored = stored_job(data, job);
    if (by_team && is_near_job(&stored, result, team_tolerance(data, job->case_index))) {
        outcome->n_near++;
    } else if (!by_team && is_same_job(&stored, result)) {
        outcome->n_equal++;
    } else {
        note_difference(job, stored.fvu, result->fvu, outcome);
    }
}

static int variant_of(const struct study_data *data, const struct ablation_plan *plan,
                      const struct job_place *job)
{
    return plan->variant_of_job[job->row * data->n_sets + job->set];
}

static void recompute_case(const struct study_data *data, const struct job_place *jobs, size_t n,
                           struct stored_case *stored, struct recompute_outcome *outcome)
{
    const struct ablation_plan *const plan = &stored->decomposition.plan;
    for (int variant = 0; variant < plan->n_variants; variant++) {
        struct job_result result = {.state = JOB_PENDING};
        for (size_t i = 0; i < n; i++) {
            if (variant_of(data, plan, &jobs[i]) != variant) {
                continue;
            }
            if (result.state == JOB_PENDING) {
                result = analysis_run_variant(stored->analysis, variant);
            }
            judge(data, &jobs[i], &result, outcome);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (variant_of(data, plan, &jobs[i]) == VARIANT_ABSENT) {
            note_difference(&jobs[i], stored_job(data, &jobs[i]).fvu, NAN, outcome);
        }
    }
}

static void skip(struct recompute_outcome *outcome, size_t n, const struct error *reason)
{
    if (outcome->n_skipped == 0) {
        (void)snprintf(outcome->why_skipped, sizeof outcome->why_skipped, "%.250s", reason->text);
    }
    outcome->n_skipped += (int64_t)n;
}

enum status recompute_jobs(const struct study_data *data, const struct job_place *jobs, size_t n,
                           const char *folder, struct recompute_outcome *outcome,
                           struct error *error)
{
    *outcome = (struct recompute_outcome){0};
    for (size_t first = 0, end = 0; first < n; first = end) {
        const int case_index = jobs[first].case_index;
        const struct results_input *const source = &data->inputs[data->cases[case_index].source];
        struct analysis_settings settings = {.grid = {.alphas = data->alphas,
                                                      .n_alphas = data->n_alphas,
                                                      .n_partitions = source->table.n_partitions,
                                                      .sets = data->sets,
                                                      .n_sets = data->n_sets},
                                             .epsilon = data->epsilon,
                                             .precision = stored_case_precision(data, case_index)};
        struct stored_case stored = {0};
        while (end < n && jobs[end].case_index == case_index) {
            end++;
        }
        enum status status = load_case(data, case_index, folder, &settings, &stored, error);
        if (status == STATUS_OK) {
            recompute_case(data, jobs + first, end - first, &stored, outcome);
        } else if (status == STATUS_INPUT || status_is_job_failure(status)) {
            skip(outcome, end - first, error);
            status = STATUS_OK;
        }
        release_case(&stored);
        TRY(status);
    }
    return STATUS_OK;
}
