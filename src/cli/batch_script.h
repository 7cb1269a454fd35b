/* A job script for Slurm, made of slurm/sweep.sbatch and of what a study will cost. */
#pragma once

#include "cli/estimate.h"
#include "core/status.h"
#include "core/sweep.h"

#include <stdio.h>

/* What a job asks Slurm for. */
struct batch_request {
    int n_tasks;         /* the driver and its workers */
    int minutes;         /* time limit */
    int memory;          /* MB of a task */
    const char *account; /* lines of their own; NULL: none */
    const char *partition;
    bool by_mpirun; /* for clusters whose srun cannot start ranks */
};

/* slurm/sweep.sbatch, put into the program when it is built. */
extern const char BATCH_TEMPLATE[];

/* n_tasks, or where that is 0 enough for about ten minutes, as long as every worker has a case;
 * the time and the memory with a margin. missing[n_models] as for estimate_create. */
struct batch_request batch_request(const struct sweep *sweep, const struct estimate *estimate,
                                   const unsigned char *missing, int n_tasks);

/* Writes the script. `study` is the path of the study file, `program` that of the program or NULL
 * for the one that the shell finds. STATUS_INTERNAL when the template is not as expected; whether
 * the stream took it is the caller's to check. Local. */
MUST_CHECK enum status batch_script_write(FILE *stream, const struct batch_request *request,
                                          const struct sweep *sweep, const char *study,
                                          const char *program, struct error *error);
