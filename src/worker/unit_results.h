/* The removals that a work unit asks for, on their way from the kernel into the buffer. */
#pragma once

#include "comm/message.h"
#include "kernel/spectral/ablation_plan.h"
#include "worker/result_buffer.h"

/* Whether the work unit wants a job that shares variants[variant] of the plan. */
bool unit_wants_variant(const struct work_unit *unit, const struct ablation_plan *plan,
                        int variant);

/* Gives the result to every wanted removal of the variant, or of VARIANT_ABSENT: jobs of partitions
 * that the model has not. The first carries the time; a missing one stays missing. */
MUST_CHECK enum status unit_share_result(const struct work_unit *unit,
                                         const struct ablation_plan *plan, int variant,
                                         struct job_result result, struct result_buffer *buffer,
                                         struct error *error);

/* Makes all wanted removals, the first n_removals jobs of a case, failed. A plan, which is NULL
 * when the model could not be opened, tells which of them there are: failed ones in partitions that
 * the case is known not to have would be wanted again by every next run. */
MUST_CHECK enum status unit_fail_removals(const struct work_unit *unit,
                                          const struct ablation_plan *plan, int n_removals,
                                          enum status reason, struct result_buffer *buffer,
                                          struct error *error);
