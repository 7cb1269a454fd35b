#include "worker/unit_results.h"

#include <math.h>

static bool is_wanted(const struct work_unit *unit, const struct ablation_plan *plan, int variant,
                      int job)
{
    return plan->variant_of_job[job] == variant && work_unit_wants(unit, job);
}

bool unit_wants_variant(const struct work_unit *unit, const struct ablation_plan *plan, int variant)
{
    for (int job = 0; job < plan->n_rows * plan->n_sets; job++) {
        if (is_wanted(unit, plan, variant, job)) {
            return true;
        }
    }
    return false;
}

enum status unit_share_result(const struct work_unit *unit, const struct ablation_plan *plan,
                              int variant, struct job_result result, struct result_buffer *buffer,
                              struct error *error)
{
    for (int job = 0; job < plan->n_rows * plan->n_sets; job++) {
        if (is_wanted(unit, plan, variant, job)) {
            TRY(result_buffer_add(buffer, job, &result, error));
            result.seconds = isnan(result.seconds) ? result.seconds : 0.0;
        }
    }
    return STATUS_OK;
}

enum status unit_fail_removals(const struct work_unit *unit, const struct ablation_plan *plan,
                               int n_removals, enum status reason, struct result_buffer *buffer,
                               struct error *error)
{
    const struct job_result failed = job_result_failed(reason);
    const struct job_result absent = job_result_absent();
    for (int job = 0; job < n_removals; job++) {
        if (work_unit_wants(unit, job)) {
            const bool is_absent = plan != NULL && plan->variant_of_job[job] == VARIANT_ABSENT;
            TRY(result_buffer_add(buffer, job, is_absent ? &absent : &failed, error));
        }
    }
    return STATUS_OK;
}
