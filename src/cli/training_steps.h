/* How many steps trainings that end at their target took, and what that tells of others. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"

#include <stdint.h>

struct training_steps {
    const struct sweep *sweep;
    int32_t *taken; /* [n_models] 0 of a model that takes all steps, or that is not there */
};

/* Reads what the models of a sweep that are there took, where they could end at their target. The
 * sweep is borrowed; released by training_steps_release. STATUS_INTERNAL without memory. Local. */
MUST_CHECK enum status training_steps_begin(struct training_steps *steps, const struct sweep *sweep,
                                            const unsigned char *missing, struct error *error);
void training_steps_release(struct training_steps *steps);

/* Mean share of their steps that models like this one took, of the same width and construction or
 * else of any; NaN where there is none. */
double training_steps_share(const struct training_steps *steps, int model);

/* One line of what the models that were missing, and are not now, did not take. */
void training_steps_tell(const struct sweep *sweep, const unsigned char *missing);
