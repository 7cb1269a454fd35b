/* The processes of all ranks, so that rank 0 can see whether one on its own host still lives. */
#ifndef SCHURSWEEP_CLI_ROLL_CALL_H
#define SCHURSWEEP_CLI_ROLL_CALL_H

#include "core/status.h"

#include <mpi.h>
#include <stdbool.h>

struct roll_call {
    struct rank_process *processes; /* [size] on rank 0, NULL elsewhere */
    int size;
};

/* Collective over comm. Released by roll_call_release. */
MUST_CHECK enum status roll_call_begin(struct roll_call *call, MPI_Comm comm, struct error *error);
void roll_call_release(struct roll_call *call);

/* True when a rank is on the host of rank 0 and its process is neither gone nor a zombie; false
 * when that is not known. `context` is a struct roll_call. Rank 0. */
bool roll_call_is_alive(void *context, int rank);

#endif
