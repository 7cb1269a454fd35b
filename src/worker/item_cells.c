#include "worker/item_cells.h"

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

enum status item_share_cell(const struct item *item, const struct ablation_plan *plan, int variant,
                            struct cell cell, struct cell_buffer *buffer, struct error *error)
{
    for (int job = 0; job < item->n_jobs; job++) {
        if (is_wanted(item, plan, variant, job)) {
            TRY(cell_buffer_add(buffer, job, &cell, error));
            cell.seconds = 0.0;
        }
    }
    return STATUS_OK;
}

enum status item_clear_absent(const struct item *item, const struct ablation_plan *plan,
                              struct cell_buffer *buffer, struct error *error)
{
    const struct cell absent = cell_absent();
    for (int job = 0; job < item->n_jobs; job++) {
        if (is_wanted(item, plan, VARIANT_ABSENT, job)) {
            TRY(cell_buffer_add(buffer, job, &absent, error));
        }
    }
    return STATUS_OK;
}

enum status item_fail(const struct item *item, enum status reason, const char *message,
                      struct cell_buffer *buffer, struct error *error)
{
    const struct cell cell = cell_failed(reason);
    TRY(results_write_failed_case(buffer->results, item->index, message, error));
    for (int job = 0; job < item->n_jobs; job++) {
        if (item_wants(item, job)) {
            TRY(cell_buffer_add(buffer, job, &cell, error));
        }
    }
    return STATUS_OK;
}
