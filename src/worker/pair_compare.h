/* The jobs of one pair of networks. */
#pragma once

#include "cases/pair_case.h"
#include "comm/message.h"
#include "worker/heartbeat.h"
#include "worker/result_buffer.h"

/* Computes the comparisons that the work unit wants, each written at once. What cannot be had is
 * failed, with a message; STATUS_STOPPED when the stop is urgent. Local. */
MUST_CHECK enum status pair_compare(struct pair_cases *pairs, const struct sweep *sweep,
                                    const struct work_unit *unit, struct heartbeat *heartbeat,
                                    struct result_buffer *buffer, struct error *error);
