/* Which vector instructions a run uses: the best that all its processors have, unless the
 * environment variable SCHURSWEEP_VECTOR names others; a results file keeps those it began with. */
#ifndef SCHURSWEEP_CLI_VECTOR_CHOICE_H
#define SCHURSWEEP_CLI_VECTOR_CHOICE_H

#include "core/vector_path.h"
#include "store/results_file.h"

#include <mpi.h>

/* Of this process. STATUS_USAGE when the environment asks for what is not there. Local. */
MUST_CHECK enum status vector_choice_here(enum vector_path *path, struct error *error);

/* The least of all ranks. Collective. */
MUST_CHECK enum status vector_choice_agree(MPI_Comm comm, enum vector_path *path,
                                           struct error *error);

/* On a resume: *path, the agreed one, becomes the one of the file. STATUS_MISMATCH when the ranks
 * do not have it, or when the environment asks for another. Local. */
MUST_CHECK enum status vector_choice_resume(const struct results *results, enum vector_path *path,
                                            struct error *error);

#endif
