/* The jobs of one case, by one worker. */
#ifndef SCHURSWEEP_WORKER_SOLO_SWEEP_H
#define SCHURSWEEP_WORKER_SOLO_SWEEP_H

#include "comm/message.h"
#include "worker/case_data.h"
#include "worker/heartbeat.h"
#include "worker/result_buffer.h"

/* Loads the case into *data, writes its values, and puts the jobs of all wanted jobs into the
 * buffer, failed ones when the case cannot be had. STATUS_STOPPED when the stop is urgent. What was
 * computed is left in the buffer. Local. */
MUST_CHECK enum status solo_sweep(struct case_data *data, const struct work_unit *unit,
                                  struct heartbeat *heartbeat, struct result_buffer *buffer,
                                  struct error *error);

#endif
