#include "cli/isa_choice.h"

#include "comm/comm.h"

#include <stdlib.h>
#include <string.h>

static const char VARIABLE[] = "SCHURSWEEP_ISA";

enum status isa_choice_here(enum isa *path, struct error *error)
{
    const enum status status = isa_find(getenv(VARIABLE), path, error);
    return status == STATUS_OK ? STATUS_OK : error_prefix(error, status, "%s", VARIABLE);
}

enum status isa_choice_agree(MPI_Comm comm, enum isa *path, struct error *error)
{
    int least = 0;
    enum status status = isa_choice_here(path, error);
    TRY(comm_agree(comm, status, error));
    status = comm_min(comm, (int)*path, &least, error);
    *path = (enum isa)least;
    return comm_agree(comm, status, error);
}

/* The path of the file; one that this build does not know counts as beyond the best. */
static enum status check_recorded(const char *file, const char *recorded, enum isa *path,
                                  struct error *error)
{
    const enum isa agreed = *path;
    if (strcmp(recorded, isa_name(agreed)) == 0) {
        return STATUS_OK;
    }
    if (getenv(VARIABLE) != NULL) {
        return error_set(error, STATUS_MISMATCH,
                         "%s: computed with isa '%s', %s asks for '%s' (--fresh starts anew)", file,
                         recorded, VARIABLE, isa_name(agreed));
    }
    struct error ignored;
    if (isa_find(recorded, path, &ignored) != STATUS_OK || *path > agreed) {
        return error_set(error, STATUS_MISMATCH,
                         "%s: computed with isa '%s', the processors of this run have at "
                         "most '%s' (--fresh starts anew)",
                         file, recorded, isa_name(agreed));
    }
    return STATUS_OK;
}

enum status isa_choice_resume(const struct results *results, enum isa *path, struct error *error)
{
    char *recorded = NULL;
    TRY(results_read_attribute(results, "isa", &recorded, error));
    const enum status status = check_recorded(results_path(results), recorded, path, error);
    free(recorded);
    return status;
}
