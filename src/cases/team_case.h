/* What one rank of a team holds while it works on cases that are shared: its parts of the Schur
 * form of the current model, and its part of the trials. The form stays while the next case needs
 * it again. For this folder alone. */
#pragma once

#include "cases/cases.h"
#include "cases/team_rollout.h"
#include "cases/team_source.h"
#include "team/team.h"
#include "team/team_ablation.h"

struct team_case {
    struct experiment base; /* comes first */
    const struct sweep *sweep;
    const struct team *team;
    const char *versions; /* provenance of kept Schur forms */
    struct ablation_grid grid;
    int opened;             /* the case whose form is here, or -1 */
    struct network network; /* without weight_hh */
    /* The matrices that are taken apart, [n_matrices]; the first is weight_hh. */
    int n_matrices;
    int gates[CELL_MAX_GATES]; /* whose they are */
    struct block_cyclic weights[CELL_MAX_GATES];
    struct team_schur schur[CELL_MAX_GATES];
    struct team_ablation ablation;
    struct ablation_plan plan;
    struct team_rollout part; /* zeros without trials */
    struct team_source whole;
};
