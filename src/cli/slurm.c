#include "cli/slurm.h"

#include <stddef.h>
#include <stdlib.h>

/* How MPI libraries are told of their ranks: PMIx, PMI-1 and PMI-2, Cray, mpirun inside a step. */
static const char *const RANK_VARIABLES[] = {
    "PMIX_RANK", "PMI_RANK", "PMI_FD", "PALS_RANKID", "OMPI_COMM_WORLD_RANK", NULL};

/* Tasks of the step this process is a task of, 1 outside of steps. A batch script is no step, and
 * what runs in a shell of `srun --pty` was started by hand, alone on purpose. */
static long step_tasks(environment_lookup lookup)
{
    const char *const tasks = lookup("SLURM_STEP_NUM_TASKS");
    const bool is_task = lookup("SLURM_STEP_ID") != NULL && lookup("SLURM_PROCID") != NULL &&
                         lookup("SLURM_PTY_PORT") == NULL;
    return is_task && tasks != NULL ? strtol(tasks, NULL, 10) : 1;
}

static enum status refuse(long tasks, struct error *error)
{
    return error_set(error, STATUS_USAGE,
                     "the %ld tasks of this step do not know of each other: start them with "
                     "srun --mpi=pmix, or a single one with srun -n 1",
                     tasks);
}

enum status slurm_check_step(environment_lookup lookup, struct error *error)
{
    const long tasks = step_tasks(lookup);
    bool has_ranks = false;
    for (size_t i = 0; RANK_VARIABLES[i] != NULL; i++) {
        has_ranks = has_ranks || lookup(RANK_VARIABLES[i]) != NULL;
    }
    return tasks > 1 && !has_ranks ? refuse(tasks, error) : STATUS_OK;
}

enum status slurm_check_ranks(environment_lookup lookup, int n_ranks, struct error *error)
{
    const long tasks = step_tasks(lookup);
    return tasks > 1 && n_ranks == 1 && lookup("OMPI_COMM_WORLD_RANK") == NULL
               ? refuse(tasks, error)
               : STATUS_OK;
}
