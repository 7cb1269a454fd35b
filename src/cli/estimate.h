/* What a study will cost: distinct rollouts, time and memory, from its own models on this machine.
 */
#pragma once

#include "cli/team_advice.h"
#include "core/status.h"
#include "core/sweep.h"

#include <stdint.h>

struct case_estimate {
    int n_rollouts; /* distinct ablated matrices, the full model among them */
    bool is_bound;  /* n_rollouts is an upper bound: the model is not there yet, or too wide */
    double seconds; /* of one core, or of all cores of a team together, to sweep it */
    double schur_seconds; /* part of it spent once per model */
    int64_t memory;       /* bytes of a worker that has it */
};

struct estimate {
    struct case_estimate *cases; /* [n_cases] */
    int64_t n_rollouts;
    bool has_bounds;                /* of some cases that is an upper bound */
    struct team_advice team;        /* of the widest model */
    double seconds;                 /* of one core, to sweep all cases */
    int n_missing;                  /* models to train */
    double training_seconds;        /* of one core, to train them */
    int n_stopping;                 /* of them may end at their target before their last step, */
    int n_full;                     /* of which so many count as if they took all steps */
    double *model_training_seconds; /* [n_models] 0 of those that are there */
    double slowdown; /* mean of equal measurements over the least of them, which is what counts */
    int64_t worker_memory; /* of the largest case, beside the libraries */
    int64_t file_bytes;    /* of the results file, about */
};

/* Factors every model that exists and times a few steps of every kind of rollout and of training.
 * A model that is missing[] or shared by a team counts as many rollouts as it can have, timed at a
 * smaller width if it is wider than 4096 units; one whose Schur form fails none. On failure too
 * released by estimate_release. Local. */
MUST_CHECK enum status estimate_create(struct estimate *estimate, const struct sweep *sweep,
                                       const unsigned char *missing, struct error *error);
void estimate_release(struct estimate *estimate);
