/* Which unit is next. For the queue alone. */
#pragma once

#include "driver/queue_state.h"

/* Such a work unit has been in flight when several runs died: it runs alone, so that it is known.
 */
bool queue_is_suspect(const struct queue_unit *unit);

/* The next unit for a worker without its team, or NOTHING. */
int64_t queue_choose_own(const struct queue *queue, int worker);

/* The unit of its team that a worker is to get now, or NOTHING; *is_reserved: and no other. */
int64_t queue_choose_for_team(struct queue *queue, int worker, bool *is_reserved);

/* Moves the beginning of the list past what has been handed out. */
void queue_pass_over(const struct queue *queue, struct ready_list *list);
