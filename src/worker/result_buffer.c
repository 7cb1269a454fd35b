#include "worker/result_buffer.h"

#include "core/clock.h"
#include "core/memory.h"

#include <stdlib.h>

static const double FLUSH_INTERVAL = 1.0;

enum status result_buffer_create(struct result_buffer *buffer, const struct results *results,
                                 int64_t case_index, int n_jobs, struct error *error)
{
    *buffer = (struct result_buffer){.results = results,
                                     .case_index = case_index,
                                     .n_jobs = n_jobs,
                                     .last_flush = clock_seconds()};
    enum status status = memory_array(&buffer->jobs, (size_t)n_jobs, sizeof *buffer->jobs, error);
    THEN(status, memory_array(&buffer->ready, (size_t)n_jobs, 1, error));
    if (status != STATUS_OK) {
        result_buffer_release(buffer);
    }
    return status;
}

void result_buffer_release(struct result_buffer *buffer)
{
    free(buffer->jobs);
    free(buffer->ready);
    *buffer = (struct result_buffer){0};
}

enum status result_buffer_add(struct result_buffer *buffer, int job,
                              const struct job_result *result, struct error *error)
{
    buffer->jobs[job] = *result;
    buffer->n_ready += buffer->ready[job] == 0;
    buffer->ready[job] = 1;
    return clock_seconds() - buffer->last_flush >= FLUSH_INTERVAL
               ? result_buffer_flush(buffer, error)
               : STATUS_OK;
}

enum status result_buffer_record(struct result_buffer *buffer, int table,
                                 const struct record *record, enum status failure,
                                 struct error *error)
{
    TRY(results_write_record(buffer->results, table, buffer->case_index, record, failure, error));
    buffer->n_done += failure == STATUS_OK;
    buffer->n_failed += failure != STATUS_OK;
    return STATUS_OK;
}

enum status result_buffer_fail_record(struct result_buffer *buffer, int table,
                                      const struct sweep *sweep, enum status reason,
                                      struct error *error)
{
    const struct table *const declared = &results_schema(buffer->results)->tables[table];
    struct record *record = NULL;
    TRY(record_create(&record, declared->variables, sweep, error));
    const enum status status = result_buffer_record(buffer, table, record, reason, error);
    record_destroy(&record);
    return status;
}

enum status result_buffer_flush(struct result_buffer *buffer, struct error *error)
{
    int end = 0;
    for (int first = 0; first < buffer->n_jobs && buffer->n_ready > 0; first = end + 1) {
        for (end = first; end < buffer->n_jobs && buffer->ready[end] != 0; end++) {
        }
        if (end > first) {
            TRY(results_write_jobs(buffer->results, buffer->case_index, first, buffer->jobs + first,
                                   end - first, error));
        }
        for (int job = first; job < end; job++) {
            buffer->n_done +=
                buffer->jobs[job].state == JOB_DONE || buffer->jobs[job].state == JOB_PREDICTED;
            buffer->n_failed += buffer->jobs[job].state == JOB_FAILED;
            buffer->n_absent += buffer->jobs[job].state == JOB_PENDING;
            buffer->ready[job] = 0;
            buffer->n_ready--;
        }
    }
    buffer->last_flush = clock_seconds();
    return STATUS_OK;
}
