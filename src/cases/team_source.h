/* A shared case in the memory of every rank of its team: what linear algebra on whole matrices
 * needs, beside the shared parts. For this folder alone. */
#pragma once

#include "core/network.h"
#include "core/trials.h"
#include "kernel/experiment.h"
#include "kernel/spectral/schur.h"

struct team_case;

/* Zeros until team_source_get has collected it. */
struct team_source {
    struct network network; /* that of the case, with weight_hh; all else is borrowed */
    int n_forms;
    struct schur forms[CELL_MAX_GATES]; /* those of its matrices, likewise with T and Q */
    struct schur joint;                 /* of all, where there are several */
    struct trials trials; /* this rank's part, borrowed; none where another rank has the same */
};

/* experiment_ops.source: matrices are collected once for a model. Collective over the team. */
MUST_CHECK enum status team_source_get(struct team_case *team_case,
                                       struct gauss_newton_source *source, struct error *error);
void team_source_release(struct team_source *source);
