/* Results of one case on their way to the results file: collected for a second, then written in
 * runs of neighbours, so that short jobs cost few writes and long ones are safe early. */
#pragma once

#include "core/job_result.h"
#include "store/results.h"

struct result_buffer {
    const struct results *results;
    int64_t case_index;
    int n_jobs;
    struct job_result *jobs; /* [n_jobs] */
    unsigned char *ready;    /* [n_jobs] 1: to be written */
    int n_ready;
    int64_t n_done; /* written */
    int64_t n_failed;
    int64_t n_absent;
    double last_flush; /* clock_seconds() then */
};

/* Borrows results. Released by result_buffer_release, which does not write. */
MUST_CHECK enum status result_buffer_create(struct result_buffer *buffer,
                                            const struct results *results, int64_t case_index,
                                            int n_jobs, struct error *error);
void result_buffer_release(struct result_buffer *buffer);

/* Adds a job; writes all when the last write was a second ago. */
MUST_CHECK enum status result_buffer_add(struct result_buffer *buffer, int job,
                                         const struct job_result *result, struct error *error);

/* Writes the record of a table of the case at once, done or with a job failure, and counts it. */
MUST_CHECK enum status result_buffer_record(struct result_buffer *buffer, int table,
                                            const struct record *record, enum status failure,
                                            struct error *error);

/* The same with all values missing. */
MUST_CHECK enum status result_buffer_fail_record(struct result_buffer *buffer, int table,
                                                 const struct sweep *sweep, enum status reason,
                                                 struct error *error);

/* Writes what waits. */
MUST_CHECK enum status result_buffer_flush(struct result_buffer *buffer, struct error *error);
