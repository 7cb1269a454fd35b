/* Ranks that share cases: a sub-communicator and a process grid, made once. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"
#include "team/process_grid.h"

#include <mpi.h>

struct team {
    MPI_Comm comm; /* own; MPI_COMM_NULL on a rank of no team */
    struct process_grid grid;
};

/* Teams of spec->n_ranks neighbouring workers, from rank 1 of `all` on, as struct queue_input says;
 * rank 0 and the workers after the last whole team are in none. Released by team_destroy.
 * STATUS_INTERNAL when MPI fails or memory lacks. Collective over `all`. */
MUST_CHECK enum status team_create(struct team *team, MPI_Comm all, const struct team_spec *spec,
                                   struct error *error);

/* Collective over the team. Accepts a team of none. */
void team_destroy(struct team *team);
