/* A worker: item in -> kernel -> cells written -> report out. */
#ifndef SCHURSWEEP_WORKER_WORKER_H
#define SCHURSWEEP_WORKER_WORKER_H

#include "comm/comm.h"
#include "comm/message.h"
#include "core/sweep.h"
#include "store/results_file.h"

struct worker;

/* Borrows sweep and results. Released by worker_destroy. Local. */
MUST_CHECK enum status worker_create(struct worker **out, const struct sweep *sweep,
                                     const struct results *results, struct error *error);
void worker_destroy(struct worker **worker);

/* Computes the wanted jobs of an item and writes them. A job that fails becomes a failed cell; any
 * other status means that the results file cannot be written. Local. */
MUST_CHECK enum status worker_run_item(struct worker *worker, const struct item *item,
                                       struct report *report, struct error *error);

/* Takes what has arrived at the endpoint, then works on one item if there is one; *worked tells
 * whether anything was done. After a stop message *stopped becomes true and waiting items are
 * dropped. An item that cannot be written is reported to the driver, which then stops everybody. */
MUST_CHECK enum status worker_step(struct worker *worker, struct comm *comm, bool *worked,
                                   bool *stopped, struct error *error);

/* worker_step until stopped, asleep while there is nothing to do. */
MUST_CHECK enum status worker_serve(struct worker *worker, struct comm *comm,
                                    struct error *error);

#endif
