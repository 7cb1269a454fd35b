/* Reports of random schedules, and what a queue must count after them. */
#pragma once

#include "core/rng.h"
#include "driver/queue.h"

/* So many jobs have been done, have failed or were absent. */
void report_any_jobs(struct work_report *report, struct rng *rng, int n_jobs);

/* The training of a model has ended, well or not. */
void report_any_training(struct work_report *report, struct rng *rng, int model);

/* What a report of that kind of work unit changes; whether the work unit is finished is the
 * caller's. */
void count_report(struct queue_counts *counts, const struct work_report *report,
                  enum work_kind kind);

/* The queue counts just that, and is finished when all its work units are. */
void check_queue_counts(const struct queue *queue, const struct queue_counts *expected);
