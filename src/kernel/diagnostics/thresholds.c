#include "kernel/diagnostics/thresholds.h"

#include "core/axes.h"

#include <string.h>

static void copy(struct record *record, size_t from, size_t to, size_t n_jobs)
{
    for (int i = 0; i < record_length(record) && from != to; i++) {
        const struct variable *const variable = record_variable(record, i);
        const size_t size = record_count(record, i) / n_jobs * value_size(variable->type);
        char *const values = record_values(record, i);
        if (variable->axes[0] == &AXIS_ALPHA && variable->axes[1] == &AXIS_ABLATION) {
            memcpy(values + to * size, values + from * size, size);
        }
    }
}

enum status thresholds_fill(struct experiment *experiment, const double *params,
                            struct record *record, threshold_filler fill, struct error *error)
{
    const struct ablation_plan *const plan = experiment->plan;
    const int n_jobs = plan->n_alphas * plan->n_sets;
    for (int job = 0; job < n_jobs; job++) {
        const int first = ablation_plan_job(plan, plan->variant_of_job[job]);
        if (first == job) {
            TRY(fill(experiment, params, job, record, error));
        }
        copy(record, (size_t)first, (size_t)job, (size_t)n_jobs);
    }
    return STATUS_OK;
}
