/* Can srun start ranks that meet, and does it let them start together? */
#include "cli/checks/check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether srun has started this rank as one of several nodes, with a barrier between them that is
 * none: in Slurm's PMIx only the ring of nodes is one where nodes are fewer than TreeWidth. */
static bool starts_without_barrier(void)
{
    const char *const name = getenv("PMIX_NAMESPACE");
    const char *const n_nodes = getenv("SLURM_STEP_NUM_NODES");
    const char *const fence = getenv("SLURM_PMIX_FENCE");
    return name != NULL && strncmp(name, "slurm.pmix.", 11) == 0 && n_nodes != NULL &&
           strtol(n_nodes, NULL, 10) > 1 && (fence == NULL || strcmp(fence, "ring") != 0);
}

static struct finding run(const struct check_site *site)
{
    char text[4096] = "";
    char path[PATH_MAX];
    if (site->rank != 0) {
        return NOTHING_FOUND;
    }
    if (starts_without_barrier()) {
        return check_found(VERDICT_NOTE, "srun does not wait for the ranks of all nodes, and early "
                                         "messages can crash late ranks: "
                                         "export SLURM_PMIX_FENCE=ring");
    }
    if (!check_finds_program("srun", path, sizeof path)) {
        return check_found(VERDICT_GOOD, "not here");
    }
    FILE *const list = popen("srun --mpi=list 2>&1", "re"); /* constant words, no user's */
    if (list != NULL) {
        text[fread(text, 1, sizeof text - 1, list)] = '\0';
        (void)pclose(list);
    }
    if (strstr(text, "plugin") == NULL) {
        return check_found(VERDICT_GOOD, "srun is here but knows no cluster");
    }
    return strstr(text, "pmix") != NULL
               ? check_found(VERDICT_GOOD, "srun --mpi=pmix starts ranks that meet")
               : check_found(VERDICT_NOTE, "srun has no PMIx: start with mpirun inside the job "
                                           "(slurm/sweep-mpirun.sbatch)");
}

const struct check CHECK_SLURM = {"slurm", run};
