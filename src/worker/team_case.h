/* What one rank of a team holds while it works on shared cases: its parts of the Schur form of the
 * current model, and the trials. The form stays while the next work unit needs it again. */
#ifndef SCHURSWEEP_WORKER_TEAM_CASE_H
#define SCHURSWEEP_WORKER_TEAM_CASE_H

#include "core/job_result.h"
#include "core/network.h"
#include "core/sweep.h"
#include "team/team.h"
#include "team/team_ablation.h"

struct team_case {
    const struct sweep *sweep;
    const struct team *team;
    const char *versions; /* provenance of kept forms */
    struct ablation_grid grid;
    int model;                   /* whose form is here, or -1 */
    struct network network;      /* without weight_hh */
    struct block_cyclic weights; /* weight_hh */
    struct team_schur schur;
    struct team_ablation ablation;
    struct ablation_plan plan;
    double nonnormality;
    uint64_t weights_hash; /* on the root */
    struct training_facts training;
};

/* Nothing loaded; borrows sweep, team and versions. Released by team_case_destroy. Local. */
MUST_CHECK enum status team_case_create(struct team_case **out, const struct sweep *sweep,
                                        const struct team *team, const char *versions,
                                        struct error *error);
void team_case_destroy(struct team_case **shared);

/* Keeps the loaded form in a file of its own (schur_dir.h), when the sweep asks for it; a file
 * that is there already stays. STATUS_IO, the same on all ranks. Collective. */
MUST_CHECK enum status team_case_keep(const struct team_case *shared, struct error *error);

/* Makes the form that of the case's model, and network and weights the model itself. Statuses as
 * case_data_load_model, the same on all ranks. Collective over the team. */
MUST_CHECK enum status team_case_load_model(struct team_case *shared, int case_index,
                                            struct error *error);

#endif
