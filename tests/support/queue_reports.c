#include "support/queue_reports.h"

#include "support/check.h"

#include <stdio.h>

static int below(struct rng *rng, int64_t bound)
{
    return (int)rng_below(rng, (uint64_t)bound);
}

void report_any_jobs(struct work_report *report, struct rng *rng, int n_jobs)
{
    report->n_failed = below(rng, n_jobs + 1);
    report->n_absent = below(rng, n_jobs - report->n_failed + 1);
    report->n_done = n_jobs - report->n_failed - report->n_absent;
}

void report_any_training(struct work_report *report, struct rng *rng, int model)
{
    report->failure = below(rng, 3) == 0 ? STATUS_JOB_TRAINING_DIVERGED : STATUS_OK;
    (void)snprintf(report->message, sizeof report->message, "model %d", model);
}

void count_report(struct queue_counts *counts, const struct work_report *report,
                  enum work_kind kind)
{
    counts->n_done += report->n_done;
    counts->n_failed += report->n_failed;
    counts->n_jobs -= report->n_absent;
    if (kind == WORK_TRAIN) {
        counts->n_trained += report->failure == STATUS_OK;
        counts->n_diverged += report->failure != STATUS_OK;
    }
}

void check_queue_counts(const struct queue *queue, const struct queue_counts *expected)
{
    const struct queue_counts counts = queue_counts(queue);
    assert_int_equal(counts.n_jobs, expected->n_jobs);
    assert_int_equal(counts.n_done, expected->n_done);
    assert_int_equal(counts.n_failed, expected->n_failed);
    assert_int_equal(counts.n_models, expected->n_models);
    assert_int_equal(counts.n_trained, expected->n_trained);
    assert_int_equal(counts.n_diverged, expected->n_diverged);
    assert_int_equal(counts.n_units, expected->n_units);
    assert_int_equal(counts.n_handed, expected->n_handed);
    assert_int_equal(counts.n_finished, expected->n_finished);
    assert_int_equal(counts.n_busy, expected->n_busy);
    assert_int_equal(queue_is_finished(queue), counts.n_finished == counts.n_units);
}
