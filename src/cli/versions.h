/* What the program was built from and runs with. Local. */
#pragma once

#include <stddef.h>

/* "schursweep 0.2.0" */
const char *version_program(void);

/* Revision of the source, '' when it was not built from a checkout. */
const char *version_git_revision(void);

/* One line per library (program, compiler, MPI, HDF5, BLAS) into text; what does not fit into
 * size bytes is cut off. */
void version_list(char *text, size_t size);
