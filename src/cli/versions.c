#include "cli/versions.h"

#include "cli/build_info.h"
#include "cli/git_revision.h"
#include "kernel/blas.h"
#include "store/library.h"

#include <mpi.h>
#include <stdio.h>
#include <string.h>

const char *version_program(void)
{
    return "schursweep " BUILD_VERSION;
}

const char *version_git_revision(void)
{
    return BUILD_GIT_REVISION;
}

void version_list(char *text, size_t size)
{
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    char hdf5[32];
    store_library_version(hdf5, sizeof hdf5);
    (void)MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",\n")] = '\0'; /* the first part is name and number */
    (void)snprintf(text, size,
                   "%s\ncompiler  %s\nMPI       %s\nHDF5      %s\nBLAS      %s, core %s\n",
                   version_program(), BUILD_COMPILER, mpi, hdf5, blas_configuration(), blas_core());
}
