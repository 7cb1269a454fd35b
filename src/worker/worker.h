/* A worker: item in -> kernel -> cells written -> report out. */
#ifndef SCHURSWEEP_WORKER_WORKER_H
#define SCHURSWEEP_WORKER_WORKER_H

#include "comm/comm.h"
#include "comm/message.h"
#include "core/sweep.h"
#include "store/results_file.h"
#include "worker/model_training.h"

struct worker;

/* Borrows sweep, results (NULL when only models are trained) and versions, the provenance of the
 * models it trains. Released by worker_destroy. Local. */
MUST_CHECK enum status worker_create(struct worker **out, const struct sweep *sweep,
                                     const struct results *results, const char *versions,
                                     struct error *error);
void worker_destroy(struct worker **worker);

/* Computes the wanted jobs of an item and writes them, or trains a model and keeps it. A job that
 * fails becomes a failed cell, a model that cannot be trained the report's failure; any other
 * status means that a file cannot be written. `watcher` may be NULL. Local. */
MUST_CHECK enum status worker_run_item(struct worker *worker, const struct item *item,
                                       const struct training_watcher *watcher,
                                       struct report *report, struct error *error);

/* Takes what has arrived at the endpoint, then works on one item if there is one; *worked tells
 * whether anything was done. After a stop message *stopped becomes true and waiting items are
 * dropped. An item that cannot be written is reported to the driver, which then stops everybody. */
MUST_CHECK enum status worker_step(struct worker *worker, struct comm *comm, bool *worked,
                                   bool *stopped, struct error *error);

/* worker_step until stopped, asleep while there is nothing to do. */
MUST_CHECK enum status worker_serve(struct worker *worker, struct comm *comm, struct error *error);

#endif
