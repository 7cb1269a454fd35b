/* Which vector instructions a run uses: the best that all its processors have, unless the
 * environment variable SCHURSWEEP_ISA names others; a results file keeps those it began with. */
#pragma once

#include "core/isa.h"
#include "store/results.h"

#include <mpi.h>

/* Of this process. STATUS_USAGE when the environment asks for what the processor lacks. Local. */
MUST_CHECK enum status isa_choice_here(enum isa *path, struct error *error);

/* The best that all ranks have. STATUS_MISMATCH when their BLAS kernels are not the same.
 * Collective over comm. */
MUST_CHECK enum status isa_choice_agree(MPI_Comm comm, enum isa *path, struct error *error);

/* STATUS_MISMATCH when not all ranks have the same BLAS kernels: one file has one kind of bits.
 * Collective over comm. */
MUST_CHECK enum status isa_choice_agree_on_kernels(MPI_Comm comm, struct error *error);

/* On a resume: *path, the agreed one, becomes the one of the file. STATUS_MISMATCH when the ranks
 * do not have it, or when the environment asks for another. Local. */
MUST_CHECK enum status isa_choice_resume(const struct results *results, enum isa *path,
                                         struct error *error);
