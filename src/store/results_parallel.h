/* Opening a results file by all ranks of a run. */
#pragma once

#include "store/results.h"

#include <mpi.h>

/* results_open for writing through MPI-IO. Collective over comm. */
MUST_CHECK enum status results_open_parallel(struct results **out, const char *path, MPI_Comm comm,
                                             const struct schema *schema, struct error *error);
