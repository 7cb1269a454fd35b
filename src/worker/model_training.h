/* Training of one model of a sweep into its file. */
#ifndef SCHURSWEEP_WORKER_MODEL_TRAINING_H
#define SCHURSWEEP_WORKER_MODEL_TRAINING_H

#include "core/status.h"
#include "core/sweep.h"

/* Told about once a second how far a training is. */
struct training_watcher {
    void (*tell)(void *context, int step, int steps, double loss);
    void *context;
};

/* Trains models[model] of the sweep and writes it to its path, with `versions` as provenance. A
 * file that is there already stays. Job failures as train_model; `watcher` may be NULL. Local. */
MUST_CHECK enum status train_into_file(const struct sweep *sweep, int model, const char *versions,
                                       const struct training_watcher *watcher, struct error *error);

#endif
