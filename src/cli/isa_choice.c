#include "cli/isa_choice.h"

#include "comm/comm.h"
#include "core/memory.h"
#include "kernel/blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char VARIABLE[] = "SCHURSWEEP_ISA";

enum status isa_choice_here(enum isa *path, struct error *error)
{
    const enum status status = isa_find(getenv(VARIABLE), path, error);
    return status == STATUS_OK ? STATUS_OK : error_prefix(error, status, "%s", VARIABLE);
}

struct kernels {
    char core[RESULTS_CORE_SIZE];
    char host[RESULTS_HOST_SIZE];
};

/* all[size]; the first that differs from those of rank 0. */
static enum status compare_kernels(const struct kernels *all, int size, struct error *error)
{
    for (int rank = 1; rank < size; rank++) {
        if (strcmp(all[rank].core, all[0].core) != 0) {
            return error_set(error, STATUS_MISMATCH,
                             "rank %d on %s has the BLAS kernels '%s', expected '%s' as rank 0 on "
                             "%s: they round differently; OPENBLAS_CORETYPE chooses some for all "
                             "ranks, as Haswell",
                             rank, all[rank].host, all[rank].core, all[0].core, all[0].host);
        }
    }
    return STATUS_OK;
}

enum status isa_choice_agree_on_kernels(MPI_Comm comm, struct error *error)
{
    struct kernels mine = {.core = "", .host = ""};
    struct kernels *all = NULL;
    int rank = 0;
    int size = 1;
    (void)MPI_Comm_rank(comm, &rank);
    (void)MPI_Comm_size(comm, &size);
    (void)snprintf(mine.core, sizeof mine.core, "%s", blas_core());
    (void)gethostname(mine.host, sizeof mine.host - 1);
    enum status status =
        rank == 0 ? memory_array(&all, (size_t)size, sizeof *all, error) : STATUS_OK;
    TRY(comm_agree(comm, status, error));
    if (MPI_Gather(&mine, (int)sizeof mine, MPI_BYTE, all, (int)sizeof mine, MPI_BYTE, 0, comm) !=
        MPI_SUCCESS) {
        status = error_set(error, STATUS_INTERNAL, "MPI_Gather failed");
    } else if (rank == 0) {
        status = compare_kernels(all, size, error);
    }
    free(all);
    return comm_agree(comm, status, error);
}

enum status isa_choice_agree(MPI_Comm comm, enum isa *path, struct error *error)
{
    int least = 0;
    TRY(comm_agree(comm, isa_choice_here(path, error), error));
    const enum status status = comm_min(comm, (int)*path, &least, error);
    *path = (enum isa)least;
    TRY(comm_agree(comm, status, error));
    return isa_choice_agree_on_kernels(comm, error);
}

enum status isa_choice_resume(const struct results *results, enum isa *path, struct error *error)
{
    const char *const file = results_path(results);
    const enum isa agreed = *path;
    char *recorded = NULL;
    struct error ignored;
    enum status status = STATUS_OK;
    TRY(results_read_attribute(results, "isa", &recorded, error));
    if (strcmp(recorded, isa_name(agreed)) != 0 && getenv(VARIABLE) != NULL) {
        status = error_set(error, STATUS_MISMATCH,
                           "%s: computed with isa '%s', %s asks for '%s' (--fresh starts anew)",
                           file, recorded, VARIABLE, isa_name(agreed));
    } else if (strcmp(recorded, isa_name(agreed)) != 0 && /* unknown ones are beyond the best */
               (isa_find(recorded, path, &ignored) != STATUS_OK || *path > agreed)) {
        status = error_set(error, STATUS_MISMATCH,
                           "%s: computed with isa '%s', the processors of this run have at most "
                           "'%s' (--fresh starts anew)",
                           file, recorded, isa_name(agreed));
    }
    free(recorded);
    return status;
}
