/* What a process that works under MPI wants from its surroundings. Local; before MPI_Init. */
#pragma once

#include "core/status.h"

/* Sets what Open MPI reads from the environment, where the user has not: then a program started by
 * hand, by mpirun or by srun behaves the same without a script around it. The reasons stand in
 * docs/known_problems.md. */
void surroundings_prepare(void);

/* Raises limits of the process that the libraries cannot live with as far as the system allows.
 * STATUS_IO names a limit that stays too low, where Open MPI would hang or end the process, and
 * what it should be. */
MUST_CHECK enum status surroundings_check(struct error *error);
