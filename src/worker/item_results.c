#include "worker/item_results.h"

static bool is_wanted(const struct item *item, const struct ablation_plan *plan, int variant,
                      int job)
{
    return plan->variant_of_job[job] == variant && item_wants(item, job);
}

enum status item_check(const struct item *item, struct error *error)
{
    return item->failure == STATUS_OK
               ? STATUS_OK
               : error_set(error, item->failure, "%s", item->message != NULL ? item->message : "");
}

bool item_wants_variant(const struct item *item, const struct ablation_plan *plan, int variant)
{
    for (int job = 0; job < item->n_jobs; job++) {
        if (is_wanted(item, plan, variant, job)) {
            return true;
        }
    }
    return false;
}

enum status item_share_result(const struct item *item, const struct ablation_plan *plan,
                              int variant, struct job_result result, struct result_buffer *buffer,
                              struct error *error)
{
    for (int job = 0; job < item->n_jobs; job++) {
        if (is_wanted(item, plan, variant, job)) {
            TRY(job_buffer_add(buffer, job, &result, error));
            result.seconds = 0.0;
        }
    }
    return STATUS_OK;
}

enum status item_clear_absent(const struct item *item, const struct ablation_plan *plan,
                              struct result_buffer *buffer, struct error *error)
{
    const struct job_result absent = job_result_absent();
    for (int job = 0; job < item->n_jobs; job++) {
        if (is_wanted(item, plan, VARIANT_ABSENT, job)) {
            TRY(job_buffer_add(buffer, job, &absent, error));
        }
    }
    return STATUS_OK;
}

enum status item_fail(const struct item *item, enum status reason, const char *message,
                      struct result_buffer *buffer, struct error *error)
{
    const struct job_result result = job_result_failed(reason);
    TRY(results_write_failed_case(buffer->results, item->index, message, error));
    for (int job = 0; job < item->n_jobs; job++) {
        if (item_wants(item, job)) {
            TRY(job_buffer_add(buffer, job, &result, error));
        }
    }
    return STATUS_OK;
}
