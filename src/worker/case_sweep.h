/* The jobs of one case, by one worker or by all ranks of a team. */
#pragma once

#include "comm/message.h"
#include "core/sweep.h"
#include "kernel/experiment.h"
#include "worker/heartbeat.h"
#include "worker/result_buffer.h"

/* Opens the case and computes what the work unit wants of it: diagnostics are written at once, the
 * results of removals go into the buffer, on the root of a team alone. What cannot be had is
 * failed, with a message; STATUS_STOPPED when the stop is urgent. What was computed is left in the
 * buffer. Collective over the ranks that share the experiment, with the same status and the same
 * bits on any number of them that have the same grid and block. */
MUST_CHECK enum status case_sweep(struct experiment *experiment, const struct sweep *sweep,
                                  const struct work_unit *unit, struct heartbeat *heartbeat,
                                  struct result_buffer *buffer, struct error *error);
