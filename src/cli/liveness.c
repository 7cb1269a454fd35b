#include "cli/liveness.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_SIZE = 256 };

struct rank_process {
    char host[HOST_SIZE];
    long id;
};

enum status liveness_begin(struct liveness *liveness, MPI_Comm comm, struct error *error)
{
    struct rank_process mine = {.id = (long)getpid()};
    int rank = 0;
    *liveness = (struct liveness){0};
    (void)gethostname(mine.host, sizeof mine.host - 1);
    (void)MPI_Comm_rank(comm, &rank);
    (void)MPI_Comm_size(comm, &liveness->size);
    if (rank == 0) {
        TRY(memory_array(&liveness->processes, (size_t)liveness->size, sizeof mine, error));
    }
    return MPI_Gather(&mine, (int)sizeof mine, MPI_BYTE, liveness->processes, (int)sizeof mine,
                      MPI_BYTE, 0, comm) == MPI_SUCCESS
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL, "MPI_Gather failed");
}

void liveness_release(struct liveness *liveness)
{
    free(liveness->processes);
    *liveness = (struct liveness){0};
}

bool liveness_is_alive(void *context, int rank)
{
    const struct rank_process *const processes = ((const struct liveness *)context)->processes;
    char path[64];
    char line[512] = "";
    if (strcmp(processes[rank].host, processes[0].host) != 0) {
        return false;
    }
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", processes[rank].id);
    FILE *const file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    line[fread(line, 1, sizeof line - 1, file)] = '\0';
    (void)fclose(file);
    const char *const name_end = strrchr(line, ')'); /* before " ", the state and the rest */
    return name_end != NULL && name_end[1] == ' ' && strchr("ZX", name_end[2]) == NULL;
}
