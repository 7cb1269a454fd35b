/* The jobs of one case, by all ranks of a team: ablated matrices are made by all of them together,
 * rollouts are dealt out over trials and, where there are few trials, over matrices. */
#ifndef SCHURSWEEP_WORKER_TEAM_SWEEP_H
#define SCHURSWEEP_WORKER_TEAM_SWEEP_H

#include "comm/message.h"
#include "worker/heartbeat.h"
#include "worker/result_buffer.h"
#include "worker/team_case.h"

/* As solo_sweep, but only the root of the team puts jobs into its buffer. Every rank gives the
 * same status. The same bits for the same grid and block. Collective over the team. */
MUST_CHECK enum status team_sweep(struct team_case *shared, const struct work_unit *unit,
                                  struct heartbeat *heartbeat, struct result_buffer *buffer,
                                  struct error *error);

#endif
