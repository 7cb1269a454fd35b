/* Can srun start ranks that meet? */
#include "cli/checks/check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct finding run(const struct check_site *site)
{
    char text[4096] = "";
    char path[PATH_MAX];
    if (site->rank != 0) {
        return NOTHING_FOUND;
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
