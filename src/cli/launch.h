/* All ranks at work on one queue: the driver on rank 0, workers elsewhere, or both on one rank. */
#pragma once

#include "cli/commands/command.h"
#include "cli/inflight_journal.h"
#include "cli/run_limits.h"
#include "core/sweep.h"
#include "driver/progress.h"
#include "driver/queue.h"
#include "store/lock.h"
#include "store/results.h"
#include "store/results_scan.h"

struct launch_work {
    const struct command_context *context;
    const struct sweep *sweep;
    const struct results *results; /* NULL: models are trained and nothing is swept */
    struct run_limits limits;
    struct stop_source stop; /* what the limits ask for, and whatever else ends the run */
    /* On rank 0: */
    const struct results_scan *scan; /* NULL with results */
    const unsigned char *missing;    /* models to train */
    bool retry_failed;
    enum progress_style style;
    const struct lock *lock;                /* of the results; NULL without */
    const struct inflight_journal *journal; /* NULL without results */
};

/* Sends the sweep of rank 0 to all other ranks, where it replaces *sweep; without work nothing is
 * sent and *work is false everywhere. Collective over context->comm; all ranks get the same
 * status. */
MUST_CHECK enum status launch_share_sweep(const struct command_context *context, bool has_work,
                                          struct sweep *sweep, bool *work, struct error *error);

/* STATUS_USAGE when a case of the sweep needs a team and there are too few ranks for one. Rank 0.
 */
MUST_CHECK enum status launch_check_teams(const struct command_context *context,
                                          const struct sweep *sweep, struct error *error);

/* Runs the work to its end, or stops early with STATUS_STOPPED. *counts are those of the end, on
 * rank 0. The status is that of this rank: callers agree on it with comm_agree. Ends all ranks when
 * one of them no longer answers. Collective over work->context->comm. */
MUST_CHECK enum status launch_run(const struct launch_work *work, struct queue_counts *counts,
                                  struct error *error);
