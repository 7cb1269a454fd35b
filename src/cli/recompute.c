#include "cli/recompute.h"

#include "cases/cases.h"
#include "core/bits.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "report/stored_case.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One case, opened again. */
struct recomputation {
    const struct study_data *data;
    const struct stored_job *jobs; /* [n] all of this case */
    size_t n;
    struct sweep sweep;
    struct experiment *experiment;
    bool by_team; /* the stored values are a team's */
    struct recompute_outcome *outcome;
};

/* ---- judging ---- */

/* A team's matrices differ from those of one rank by rounding, and so does all that follows; an
 * accuracy may differ by single outputs next to zero. */
static const double TEAM_TOLERANCE = 1e-9;
/* Where a weight's last bits decide to which float it is rounded. */
static const double TEAM_TOLERANCE_FLOAT32 = 1e-5;
static const double TEAM_ACCURACY_TOLERANCE = 1e-3;

static bool is_near(double a, double b, double tolerance)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * fmax(fabs(a), 1.0);
}

static double stored_value(const struct recomputation *again, int job, int measure)
{
    return study_measure(again->data, again->jobs[0].case_index, job / again->data->n_sets,
                         job % again->data->n_sets, measure);
}

/* Of a case that a team has computed: to rounding, FVU relative to itself. What is divided by a
 * small mass tells nothing beyond its parts. */
static bool is_near_job(const struct recomputation *again, int job, const struct job_result *result)
{
    const double tolerance =
        again->sweep.precision == PRECISION_FLOAT32 ? TEAM_TOLERANCE_FLOAT32 : TEAM_TOLERANCE;
    for (int i = 0; MEASURES[i] != NULL; i++) {
        const double stored = stored_value(again, job, i);
        const bool near = !study_has(again->data, MEASURES[i]->variable.name) ? true
                          : MEASURES[i] == &MEASURE_FVU
                              ? fabs(stored - result->values[i]) <= tolerance * fabs(stored)
                          : MEASURES[i] == &MEASURE_ACCURACY
                              ? is_near(stored, result->values[i], TEAM_ACCURACY_TOLERANCE)
                          : MEASURES[i] == &MEASURE_SENSITIVITY
                              ? true
                              : is_near(stored, result->values[i], tolerance);
        if (!near) {
            return false;
        }
    }
    return true;
}

static bool is_same_job(const struct recomputation *again, int job, const struct job_result *result)
{
    for (int i = 0; MEASURES[i] != NULL; i++) {
        if (study_has(again->data, MEASURES[i]->variable.name) &&
            !same_bits(stored_value(again, job, i), result->values[i])) {
            return false;
        }
    }
    return true;
}

static void note_difference(const struct recomputation *again, const struct stored_job *job,
                            double difference)
{
    struct recompute_outcome *const outcome = again->outcome;
    if (outcome->n_different++ == 0) {
        outcome->first_different = *job;
    }
    outcome->largest_difference =
        isnan(difference) ? INFINITY : fmax(outcome->largest_difference, difference);
}

static void judge(const struct recomputation *again, const struct stored_job *job,
                  const struct job_result *result)
{
    const int fvu = measure_number("fvu");
    const double stored = stored_value(again, job->job, fvu);
    if (again->by_team && is_near_job(again, job->job, result)) {
        again->outcome->n_near++;
    } else if (!again->by_team && is_same_job(again, job->job, result)) {
        again->outcome->n_equal++;
    } else {
        note_difference(again, job,
                        fabs(stored - result->values[fvu]) / fmax(fabs(stored), 1e-300));
    }
}

/* ---- removals ---- */

static enum status recompute_removals(const struct recomputation *again, struct error *error)
{
    const struct ablation_plan *const plan = again->experiment->plan;
    const int n_removals = sweep_removals_per_case(&again->sweep);
    for (int variant = VARIANT_ABSENT; variant < plan->n_variants; variant++) {
        struct job_result result = job_result_absent();
        for (size_t i = 0; i < again->n; i++) {
            const int job = again->jobs[i].job;
            if (job >= n_removals || plan->variant_of_job[job] != variant) {
                continue;
            }
            if (variant == 0) {
                result = experiment_full_result(again->experiment);
            } else if (result.state == JOB_PENDING && variant > 0) {
                TRY(experiment_measure(again->experiment, &plan->variants[variant], 1, &result,
                                       error));
            }
            judge(again, &again->jobs[i], &result);
        }
    }
    return STATUS_OK;
}

/* ---- diagnostics ---- */

static void fill_stored(const struct recomputation *again, struct record *record)
{
    const struct case_place place = again->data->cases[again->jobs[0].case_index];
    const struct results_input *const input = &again->data->inputs[place.input];
    for (int i = 0; i < record_length(record); i++) {
        const struct variable *const variable = record_variable(record, i);
        const size_t bytes = record_count(record, i) * value_size(variable->type);
        for (int c = 0; c < input->n_columns && bytes > 0; c++) {
            if (strcmp(input->columns[c].name, variable->name) == 0) {
                memcpy(record_values(record, i),
                       (const char *)input->columns[c].values + (size_t)place.row * bytes, bytes);
            }
        }
    }
}

/* Of a team only what one rank computes in the same way: its form differs by rounding. */
static void judge_record(const struct recomputation *again, const struct stored_job *job,
                         const struct record *stored, const struct record *made)
{
    const struct variable *different = NULL;
    if (record_same(stored, made, &different)) {
        again->outcome->n_equal++;
    } else if (again->by_team) {
        again->outcome->n_near++;
    } else {
        note_difference(again, job, 0.0);
    }
}

static enum status recompute_record(const struct recomputation *again, const struct stored_job *job,
                                    struct error *error)
{
    const struct diagnostic_spec *const spec =
        &again->sweep.diagnostics[job->job - sweep_removals_per_case(&again->sweep)];
    const struct diagnostic_ops *const ops = diagnostic_find(spec->name);
    struct record *stored = NULL;
    struct record *made = NULL;
    enum status status = record_create(&stored, ops->variables, &again->sweep, error);
    if (status == STATUS_OK) {
        status = record_create(&made, ops->variables, &again->sweep, error);
    }
    if (status == STATUS_OK) {
        fill_stored(again, stored);
        status = ops->run(again->experiment, spec->params, made, error);
    }
    if (status == STATUS_OK) {
        judge_record(again, job, stored, made);
    }
    record_destroy(&stored);
    record_destroy(&made);
    return status;
}

/* ---- cases ---- */

/* Other vector instructions than the job's would round differently. */
static enum status open_case(struct recomputation *again, int row, struct error *error)
{
    if (!isa_available(again->sweep.isa)) {
        return error_set(error, STATUS_INPUT,
                         "computed with isa '%s', which this processor has not",
                         isa_name(again->sweep.isa));
    }
    TRY(cases_alone(&again->experiment, &again->sweep, error));
    TRY(again->experiment->ops->open_model(again->experiment, row, error));
    return again->experiment->ops->open_trials(again->experiment, row, error);
}

static enum status recompute_opened(const struct recomputation *again, struct error *error)
{
    TRY(recompute_removals(again, error));
    for (size_t i = 0; i < again->n; i++) {
        if (again->jobs[i].job >= sweep_removals_per_case(&again->sweep)) {
            TRY(recompute_record(again, &again->jobs[i], error));
        }
    }
    return STATUS_OK;
}

static void skip(const struct recomputation *again, const struct error *reason)
{
    struct recompute_outcome *const outcome = again->outcome;
    if (outcome->n_skipped == 0) {
        (void)snprintf(outcome->why_skipped, sizeof outcome->why_skipped, "%.250s", reason->text);
    }
    outcome->n_skipped += (int64_t)again->n;
}

static enum status recompute_case(struct recomputation *again, const char *folder,
                                  struct error *error)
{
    const int case_index = again->jobs[0].case_index;
    enum status status = stored_case_find(again->data, case_index, folder, &again->sweep, error);
    if (status == STATUS_OK) {
        again->by_team = stored_case_is_by_team(again->data, case_index);
        status = open_case(again, again->data->cases[case_index].row, error);
        if (status == STATUS_OK) {
            status = recompute_opened(again, error);
        }
        experiment_destroy(again->experiment);
        sweep_release(&again->sweep);
    }
    if (status == STATUS_INPUT || status_is_job_failure(status)) {
        skip(again, error);
        return STATUS_OK;
    }
    return status;
}

enum status recompute_jobs(const struct study_data *data, const struct stored_job *jobs, size_t n,
                           const char *folder, struct recompute_outcome *outcome,
                           struct error *error)
{
    *outcome = (struct recompute_outcome){0};
    for (size_t first = 0, end = 0; first < n; first = end) {
        while (end < n && jobs[end].case_index == jobs[first].case_index) {
            end++;
        }
        struct recomputation again = {
            .data = data, .jobs = jobs + first, .n = end - first, .outcome = outcome};
        TRY(recompute_case(&again, folder, error));
    }
    return STATUS_OK;
}
