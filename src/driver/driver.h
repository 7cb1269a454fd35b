/* The driver's loop: hand out, take reports, show progress, sleep in between. */
#ifndef SCHURSWEEP_DRIVER_DRIVER_H
#define SCHURSWEEP_DRIVER_DRIVER_H

#include "comm/comm.h"
#include "driver/progress.h"
#include "driver/queue.h"

/* Items a worker has at once: it computes one while the next is on its way. */
enum { DRIVER_DEPTH = 2 };

/* Runs the queue to its end over the workers of `comm`, then tells them to stop, whatever happened.
 * The status of a worker that could not go on is returned with its message. Rank 0. */
MUST_CHECK enum status driver_run(struct comm *comm, struct queue *queue, struct progress *progress,
                                  struct error *error);

/* Seconds of a clock that only runs forward. */
double driver_clock(void);

#endif
