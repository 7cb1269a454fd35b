/* Values of diagnostics for every removal at the thresholds of a study. */
#pragma once

#include "core/record.h"
#include "kernel/experiment.h"

/* Fills what a record has at a job, the removal plan->variants[plan->variant_of_job[job]]. */
typedef enum status (*threshold_filler)(struct experiment *experiment, const double *params,
                                        int job, struct record *record, struct error *error);

/* Calls `fill` once for every matrix that the thresholds leave, and gives what it has filled in to
 * the other jobs that leave the same: all variables over alpha and ablation, and what axes they
 * have more. Collective like the filler. */
MUST_CHECK enum status thresholds_fill(struct experiment *experiment, const double *params,
                                       struct record *record, threshold_filler fill,
                                       struct error *error);
