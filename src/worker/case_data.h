/* What a worker holds while it works: the current model with its decomposition, the current trials.
 * Both stay while the next work unit needs them again. */
#ifndef SCHURSWEEP_WORKER_CASE_DATA_H
#define SCHURSWEEP_WORKER_CASE_DATA_H

#include "core/job_result.h"
#include "core/network.h"
#include "core/sweep.h"
#include "core/trials.h"
#include "kernel/analysis.h"

enum { NOTHING_LOADED = -1 };

struct case_data {
    const struct sweep *sweep;
    struct analysis_settings settings;
    int model; /* loaded model, or NOTHING_LOADED */
    struct network network;
    struct decomposition decomposition;
    uint64_t weights_hash;
    struct training_facts training;
    int trials_task;  /* task of the loaded trials; CASE_TASK_OWN with trials_model */
    int trials_model; /* model they came from, or NOTHING_LOADED for a task's */
    bool has_trials;
    struct trials trials;
    struct packed_trials packed; /* the same */
};

/* Nothing loaded; borrows the sweep. */
struct case_data case_data_begin(const struct sweep *sweep);
void case_data_release(struct case_data *data);

/* Makes network and decomposition those of the case's model. A job failure when the file is not
 * what the study saw, or when the Schur form cannot be had. Local. */
MUST_CHECK enum status case_data_load_model(struct case_data *data, int case_index,
                                            struct error *error);

/* Makes trials those of the case. Local. */
MUST_CHECK enum status case_data_load_trials(struct case_data *data, int case_index,
                                             struct error *error);

#endif
