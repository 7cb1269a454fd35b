#include "cli/vector_choice.h"

#include "comm/comm.h"

#include <stdlib.h>
#include <string.h>

static const char VARIABLE[] = "SCHURSWEEP_VECTOR";

enum status vector_choice_here(enum vector_path *path, struct error *error)
{
    const enum status status = vector_path_find(getenv(VARIABLE), path, error);
    return status == STATUS_OK ? STATUS_OK : error_prefix(error, status, "%s", VARIABLE);
}

enum status vector_choice_agree(MPI_Comm comm, enum vector_path *path, struct error *error)
{
    int least = 0;
    enum status status = vector_choice_here(path, error);
    TRY(comm_agree(comm, status, error));
    status = comm_least(comm, (int)*path, &least, error);
    *path = (enum vector_path)least;
    return comm_agree(comm, status, error);
}

/* The path of the file; one that this build does not know counts as beyond the best. */
static enum status check_recorded(const char *file, const char *recorded, enum vector_path *path,
                                  struct error *error)
{
    const enum vector_path agreed = *path;
    if (strcmp(recorded, vector_path_name(agreed)) == 0) {
        return STATUS_OK;
    }
    if (getenv(VARIABLE) != NULL) {
        return error_set(error, STATUS_MISMATCH,
                         "%s: computed on vector path '%s', %s asks for '%s' (--fresh starts anew)",
                         file, recorded, VARIABLE, vector_path_name(agreed));
    }
    struct error ignored;
    if (vector_path_find(recorded, path, &ignored) != STATUS_OK || *path > agreed) {
        return error_set(error, STATUS_MISMATCH,
                         "%s: computed on vector path '%s', the processors of this run have at "
                         "most '%s' (--fresh starts anew)",
                         file, recorded, vector_path_name(agreed));
    }
    return STATUS_OK;
}

enum status vector_choice_resume(const struct results *results, enum vector_path *path,
                                 struct error *error)
{
    char *recorded = NULL;
    TRY(results_read_attribute(results, "vector_path", &recorded, error));
    const enum status status = check_recorded(results->path, recorded, path, error);
    free(recorded);
    return status;
}
