/* Can mpirun start here? It looks for ssh even on one node. */
#include "cli/checks/check.h"

#include <limits.h>
#include <stdlib.h>

static struct finding run(const struct check_site *site)
{
    char path[PATH_MAX];
    if (site->rank != 0) {
        return NOTHING_FOUND;
    }
    if (!check_finds_program("mpirun", path, sizeof path)) {
        return check_found(VERDICT_NOTE, "not on PATH: srun starts ranks too, and one works alone");
    }
    const bool has_agent = getenv("OMPI_MCA_plm_rsh_agent") != NULL ||
                           check_finds_program("ssh", path, sizeof path) ||
                           check_finds_program("rsh", path, sizeof path);
    return has_agent || site->n_ranks > 1
               ? check_found(VERDICT_GOOD, "it finds what it needs to start")
               : check_found(VERDICT_NOTE, "Open MPI's needs ssh even on one node, and there is "
                                           "none: export OMPI_MCA_plm_rsh_agent=");
}

const struct check CHECK_MPIRUN = {"mpirun", run};
