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
    TRY(comm_agree(comm, isa_choice_here(path, error), error));
    const enum status status = comm_min(comm, (int)*path, &least, error);
    *path = (enum isa)least;
    return comm_agree(comm, status, error);
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
