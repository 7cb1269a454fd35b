/* Training of one model of a sweep into its file. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"
#include "worker/heartbeat.h"

/* Trains models[model] of the sweep and writes it to its path, with `versions` as provenance. A
 * file that exists already stays. Job failures as train_model; STATUS_STOPPED when the watcher's
 * stop is urgent; `watcher` may be NULL. Local. */
MUST_CHECK enum status train_into_file(const struct sweep *sweep, int model, const char *versions,
                                       const struct work_watcher *watcher, struct error *error);
