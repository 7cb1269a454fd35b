/* When teams of workers get their cases. For the queue alone. */
#ifndef SCHURSWEEP_DRIVER_QUEUE_TEAMS_H
#define SCHURSWEEP_DRIVER_QUEUE_TEAMS_H

#include "driver/queue_state.h"

/* The unit of its team that a worker is to get now, or NOTHING; *is_reserved: and no other. */
int64_t queue_choose_for_team(struct queue *queue, int worker, bool *is_reserved);

#endif
