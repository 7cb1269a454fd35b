/* A worker: work unit in -> kernel -> jobs written -> report out. */
#pragma once

#include "comm/comm.h"
#include "comm/message.h"
#include "core/sweep.h"
#include "store/results.h"
#include "team/team.h"
#include "worker/model_training.h"

struct worker;

/* Borrows sweep, results (NULL when only models are trained) and versions, the provenance of the
 * models it trains. `stop` may be NULL. Released by worker_destroy. Local. */
MUST_CHECK enum status worker_create(struct worker **out, const struct sweep *sweep,
                                     const struct results *results, const char *versions,
                                     const struct stop_source *stop, struct error *error);
void worker_destroy(struct worker **worker);

/* From now on the worker takes its part of shared cases too; borrows the team. Local. */
MUST_CHECK enum status worker_join_team(struct worker *worker, const struct team *team,
                                        struct error *error);

/* For a worker that no driver watches: its process ends with STATUS_STOPPED when a work unit gives
 * no heartbeat for so many seconds; INFINITY for never. One value for all its work units: what the
 * widest of its models needs. */
void worker_watch_itself(struct worker *worker, double stall_timeout);

/* Computes the wanted jobs of a work unit and writes them, or trains a model and keeps it. A job
 * that fails becomes a failed job, a model that cannot be trained the report's failure;
 * STATUS_STOPPED when the watcher's stop is urgent: what was computed is written. Any other status
 * means that a file cannot be written. `watcher` may be NULL. Local. */
MUST_CHECK enum status worker_run_unit(struct worker *worker, const struct work_unit *unit,
                                       const struct work_watcher *watcher,
                                       struct work_report *report, struct error *error);

/* Takes what has arrived at the endpoint, then works on one work unit if there is one; *worked
 * tells whether anything was done. After a stop message waiting work units are dropped, a goodbye
 * is sent and *stopped becomes true; only a work unit that the worker shares with its team is still
 * worked on. A work unit that cannot be written, or that an urgent stop has interrupted, is
 * reported to the driver, which then stops everybody. */
MUST_CHECK enum status worker_step(struct worker *worker, struct comm *comm, bool *worked,
                                   bool *stopped, struct error *error);

/* worker_step until stopped, asleep while there is nothing to do. The driver hears of a failure. */
MUST_CHECK enum status worker_serve(struct worker *worker, struct comm *comm, struct error *error);
