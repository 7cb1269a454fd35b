#include "cli/recompute.h"

#include "cases/cases.h"
#include "core/bits.h"
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

/* Whether a measure is what is stored: the same bits. A team's matrices differ from those of one
 * rank by rounding, and so does all that follows: FVU relative to itself, accuracy by single
 * outputs next to zero, and what is divided by a small mass tells nothing beyond its parts. */
static bool is_confirmed(const struct recomputation *again, const struct measure_ops *measure,
                         double stored, double made)
{
    static const double tolerances[PRECISION_COUNT] = {
        [PRECISION_FLOAT64] = 1e-9, [PRECISION_FLOAT32] = 1e-5 /* a weight's last bits decide to
                                                                  which float it is rounded */
    };
    const double tolerance =
        measure == &MEASURE_ACCURACY ? 1e-3 : tolerances[again->sweep.precision];
    const double scale = measure == &MEASURE_FVU ? fabs(stored) : fmax(fabs(stored), 1.0);
    if (!again->by_team) {
        return same_bits(stored, made);
    }
    return measure == &MEASURE_SENSITIVITY || (isnan(stored) && isnan(made)) ||
           fabs(stored - made) <= tolerance * scale;
}

static void judge(const struct recomputation *again, const struct stored_job *job, bool is_same,
                  double difference)
{
    struct recompute_outcome *const outcome = again->outcome;
    if (is_same) {
        ++*(again->by_team ? &outcome->n_near : &outcome->n_equal);
        return;
    }
    if (outcome->n_different++ == 0) {
        outcome->first_different = *job;
    }
    outcome->largest_difference =
        isnan(difference) ? INFINITY : fmax(outcome->largest_difference, difference);
}

static void judge_removal(const struct recomputation *again, const struct stored_job *job,
                          const struct job_result *result)
{
    const int row = job->job / again->data->n_sets;
    const int set = job->job % again->data->n_sets;
    const struct job_columns *const columns = study_input(again->data, job->case_index)->jobs;
    const int fvu = measure_number(MEASURE_FVU.variable.name);
    const double stored = study_measure(again->data, job->case_index, row, set, fvu);
    bool is_same = true;
    for (int i = 0; MEASURES[i] != NULL; i++) {
        const double value = study_measure(again->data, job->case_index, row, set, i);
        is_same = is_same && (columns->measures[i] == NULL || /* not in the file */
                              is_confirmed(again, MEASURES[i], value, result->values[i]));
    }
    judge(again, job, is_same, fabs(stored - result->values[fvu]) / fmax(fabs(stored), 1e-300));
}

/* ---- computing ---- */

/* Every distinct matrix once. */
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
            judge_removal(again, &again->jobs[i], &result);
        }
    }
    return STATUS_OK;
}

enum status recompute_compare(const struct study_data *data, int case_index,
                              const struct variable *variables, const struct sweep *sweep,
                              const struct record *made, bool *is_same, struct error *error)
{
    const struct variable *different = NULL;
    struct record *stored = NULL;
    TRY(record_create(&stored, variables, sweep, error));
    for (int i = 0; i < record_length(stored); i++) {
        const struct variable *const variable = record_variable(stored, i);
        const struct study_column *const column =
            results_input_column(study_input(data, case_index), variable->name);
        if (column != NULL && record_count(stored, i) > 0) {
            memcpy(record_values(stored, i),
                   study_column_at(column, data->cases[case_index].row, 0, 0),
                   record_count(stored, i) * value_size(variable->type));
        }
    }
    *is_same = record_same(stored, made, &different);
    record_destroy(&stored);
    return STATUS_OK;
}

/* Of a team only that it can be computed: its form differs by rounding. */
static enum status recompute_record(const struct recomputation *again, const struct stored_job *job,
                                    const struct diagnostic_spec *spec, struct error *error)
{
    const struct diagnostic_ops *const ops = diagnostic_find(spec->name);
    struct record *made = NULL;
    bool is_same = false;
    TRY(record_create(&made, ops->variables, &again->sweep, error));
    enum status status = ops->run(again->experiment, spec->params, made, error);
    THEN(status, recompute_compare(again->data, job->case_index, ops->variables, &again->sweep,
                                   made, &is_same, error));
    if (status == STATUS_OK) {
        judge(again, job, again->by_team || is_same, 0.0);
    }
    record_destroy(&made);
    return status;
}

/* Other vector instructions than the jobs' would round differently. */
static enum status recompute_opened(struct recomputation *again, int row, struct error *error)
{
    const int n_removals = sweep_removals_per_case(&again->sweep);
    again->by_team = sweep_needs_team(&again->sweep, row);
    if (!isa_available(again->sweep.isa)) {
        return error_set(error, STATUS_INPUT,
                         "computed with isa '%s', which this processor has not",
                         isa_name(again->sweep.isa));
    }
    TRY(cases_alone(&again->experiment, &again->sweep, error));
    TRY(again->experiment->ops->open_model(again->experiment, row, error));
    TRY(again->experiment->ops->open_trials(again->experiment, row, error));
    TRY(recompute_removals(again, error));
    for (size_t i = 0; i < again->n; i++) {
        if (again->jobs[i].job >= n_removals) {
            TRY(recompute_record(again, &again->jobs[i],
                                 &again->sweep.diagnostics[again->jobs[i].job - n_removals],
                                 error));
        }
    }
    return STATUS_OK;
}

void recompute_skip(struct recompute_outcome *outcome, size_t n, const struct error *why)
{
    if (outcome->n_skipped == 0) {
        (void)snprintf(outcome->why_skipped, sizeof outcome->why_skipped, "%.250s", why->text);
    }
    outcome->n_skipped += (int64_t)n;
}

enum status recompute_jobs(const struct study_data *data, const struct stored_job *jobs, size_t n,
                           const char *folder, struct recompute_outcome *outcome,
                           struct error *error)
{
    *outcome = (struct recompute_outcome){0};
    for (size_t first = 0, end = 0; first < n; first = end) {
        const int case_index = jobs[first].case_index;
        while (end < n && jobs[end].case_index == case_index) {
            end++;
        }
        struct recomputation again = {
            .data = data, .jobs = jobs + first, .n = end - first, .outcome = outcome};
        enum status status = stored_case_find(data, case_index, folder, &again.sweep, error);
        THEN(status, recompute_opened(&again, data->cases[case_index].row, error));
        experiment_destroy(again.experiment);
        stored_case_release(&again.sweep);
        if (status == STATUS_INPUT || status_is_job_failure(status)) {
            recompute_skip(outcome, again.n, error);
            status = STATUS_OK;
        }
        TRY(status);
    }
    return STATUS_OK;
}
