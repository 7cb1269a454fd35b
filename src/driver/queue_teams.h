/* When teams of workers get shared cases. For the queue alone. */
#ifndef SCHURSWEEP_DRIVER_QUEUE_TEAMS_H
#define SCHURSWEEP_DRIVER_QUEUE_TEAMS_H

#include "driver/queue_state.h"

/* The entry of its team that a worker is to get now, or NOTHING; *is_reserved: and no other. */
int64_t queue_choose_shared(struct queue *queue, int worker, bool *is_reserved);

#endif
