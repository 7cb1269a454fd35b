/* The processes of all ranks, so that rank 0 can see whether one on its own host still lives. */
#pragma once

#include "core/status.h"

#include <mpi.h>
#include <stdbool.h>

struct liveness {
    struct rank_process *processes; /* [size] on rank 0, NULL elsewhere */
    int size;
};

/* Collective over comm. STATUS_INTERNAL when memory is short or MPI fails. Released by
 * liveness_release. */
MUST_CHECK enum status liveness_begin(struct liveness *liveness, MPI_Comm comm,
                                      struct error *error);
void liveness_release(struct liveness *liveness);

/* True when a rank is on the host of rank 0 and its process is neither gone nor a zombie; false
 * when that is not known. `context` is a struct liveness. Rank 0. */
bool liveness_is_alive(void *context, int rank);
