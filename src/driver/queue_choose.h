/* Which unit is next. For the queue alone. */
#pragma once

#include "driver/queue_state.h"

/* Such a work unit has been in flight when several runs died: it runs alone, so that it is known.
 */
bool queue_is_suspect(const struct queue_unit *unit);

/* Whether nobody has it and it is not too expensive. */
bool queue_may_hand(const struct queue *queue, const struct queue_unit *unit);

/* Whether nobody has anything, and no team is about to: a suspect may run. */
bool queue_is_quiet(const struct queue *queue);

/* First unit that may be handed out and is suspect or not, or NOTHING. */
int64_t queue_find_ready(const struct queue *queue, const struct ready_list *list, bool suspect);
int64_t queue_find_training(const struct queue *queue, bool suspect);

/* Another case of a model (or of NOTHING), for a team or for one worker, that may be handed out and
 * never failed to end; or NOTHING. */
int64_t queue_find_related(const struct queue *queue, int model, bool for_team);

/* The next unit for a worker without its team, or NOTHING. */
int64_t queue_choose_own(const struct queue *queue, int worker);

/* The unit of its team that a worker is to get now, or NOTHING; *is_reserved: and no other. */
int64_t queue_choose_for_team(struct queue *queue, int worker, bool *is_reserved);

/* Moves the beginning of the list past what has been handed out. */
void queue_pass_over(const struct queue *queue, struct ready_list *list);
