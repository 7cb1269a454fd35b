#include "worker/pair_compare.h"

/* One comparison; its record is left missing where it fails. */
static enum status compare(struct pair_cases *pairs, const struct comparison_ops *ops,
                           int case_index, struct heartbeat *heartbeat, struct record *record,
                           struct error *error)
{
    struct network_pair pair = {.go_on = heartbeat_go_on, .go_on_context = heartbeat};
    TRY(heartbeat_go_on(heartbeat, error));
    TRY(pair_cases_open(pairs, case_index, ops->needs, &pair, error));
    return ops->run(&pair, record, error);
}

static enum status run(struct pair_cases *pairs, const struct sweep *sweep,
                       const struct work_unit *unit, int table, struct heartbeat *heartbeat,
                       struct result_buffer *buffer, struct error *error)
{
    const struct comparison_ops *const ops = comparison_find(sweep->diagnostics[table].name);
    struct record *record = NULL;
    enum status status = unit->failure;
    if (status == STATUS_OK) {
        TRY(record_create(&record, ops->variables, sweep, error));
        status = compare(pairs, ops, unit->index, heartbeat, record, error);
    } else {
        (void)error_set(error, status, "%s", unit->message != NULL ? unit->message : "");
    }
    if (status == STATUS_OK) {
        status = result_buffer_record(buffer, table, record, STATUS_OK, error);
    } else if (status_is_job_failure(status)) {
        const enum status failure = status;
        const struct error reason = *error;
        status = results_write_message(buffer->results, unit->index, reason.text, error);
        THEN(status, result_buffer_fail_record(buffer, table, sweep, failure, error));
    }
    record_destroy(&record);
    return status;
}

enum status pair_compare(struct pair_cases *pairs, const struct sweep *sweep,
                         const struct work_unit *unit, struct heartbeat *heartbeat,
                         struct result_buffer *buffer, struct error *error)
{
    TRY(results_write_message(buffer->results, unit->index, "", error)); /* of an earlier run */
    for (int table = 0; table < sweep->n_diagnostics; table++) {
        if (work_unit_wants(unit, table)) {
            TRY(run(pairs, sweep, unit, table, heartbeat, buffer, error));
        }
    }
    return STATUS_OK;
}
