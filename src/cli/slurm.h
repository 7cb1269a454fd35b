/* Started by Slurm: do the tasks of a job step know of each other? */
#pragma once

#include "core/status.h"

/* Value of a variable of the environment, or NULL: getenv, or a table in tests. */
typedef const char *(*environment_lookup)(const char *name);

/* Before MPI_Init, where Open MPI would end the process: STATUS_USAGE in one of several tasks of a
 * step for which srun offers no way to meet the others. Local. */
MUST_CHECK enum status slurm_check_step(environment_lookup lookup, struct error *error);

/* After MPI_Init: STATUS_USAGE in one of several tasks of a step when MPI found itself alone. The
 * tasks would all run the same study. Local. */
MUST_CHECK enum status slurm_check_ranks(environment_lookup lookup, int n_ranks,
                                         struct error *error);
