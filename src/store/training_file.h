/* Checkpoints of trainings: a training in the middle, kept in a file until its model is complete.
 */
#pragma once

#include "core/status.h"
#include "core/training_state.h"

/* Puts a state into the place of an older one. `origin` is what the bits depend on: the model's
 * identity, programs and processor. Local. */
MUST_CHECK enum status training_file_write(const char *path, const char *origin,
                                           const struct training_state *state, struct error *error);

/* Fills in a state of which n_steps and n_values are set. False, and the
 * state as it was, when there is no file, one of another origin or shape, or a damaged one: then
 * the training has to begin anew. Local. */
bool training_file_read(const char *path, const char *origin, struct training_state *state);
