/* The Schur form that a team has computed, into a file of its own. */
#ifndef SCHURSWEEP_WORKER_KEEP_SCHUR_H
#define SCHURSWEEP_WORKER_KEEP_SCHUR_H

#include "core/status.h"
#include "distributed/distributed_schur.h"

/* Longest path of a folder or file, with its end. */
enum { KEEP_SCHUR_PATH = 4096 };

/* Where the forms of a results file are: <output without .h5>.schur. STATUS_IO when that is too
 * long. Local. */
MUST_CHECK enum status keep_schur_folder(const char *output, char folder[KEEP_SCHUR_PATH],
                                         struct error *error);

/* Writes schur_file.h's arrays, every rank its own rows. The file is there complete or not at all;
 * what killed writers of it have left is removed: nobody else may be writing it.
 * STATUS_OUTPUT_TAKEN when there is a file of that name, which stays; STATUS_IO otherwise; the same
 * on all ranks. Collective. */
MUST_CHECK enum status keep_schur(const char *path, const struct distributed_schur *schur,
                                  const char *model, const char *versions, struct error *error);

#endif
