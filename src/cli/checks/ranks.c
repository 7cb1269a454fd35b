/* Do all processes of this launch know of each other? */
#include "cli/checks/check.h"

#include <stdlib.h>

/* As the launcher says, or 1. */
static long launched(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *const value = getenv(names[i]);
        if (value != NULL) {
            return strtol(value, NULL, 10);
        }
    }
    return 1;
}

static struct finding run(const struct check_site *site)
{
    MPI_Comm node = MPI_COMM_NULL;
    int node_rank = 0;
    int is_first = 0;
    int n_nodes = 0;
    (void)MPI_Comm_split_type(site->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    (void)MPI_Comm_rank(node, &node_rank);
    is_first = node_rank == 0;
    (void)MPI_Allreduce(&is_first, &n_nodes, 1, MPI_INT, MPI_SUM, site->comm);
    (void)MPI_Comm_free(&node);
    if (launched() > site->n_ranks) {
        return check_found(
            VERDICT_FAULT,
            "%ld processes were started and %d see each other: was this program built "
            "with the MPI of that launcher?",
            launched(), site->n_ranks);
    }
    return site->n_ranks == 1
               ? check_found(VERDICT_GOOD, "one, alone; under mpirun or srun --mpi=pmix more")
               : check_found(VERDICT_GOOD, "%d on %d node%s see each other", site->n_ranks, n_nodes,
                             n_nodes == 1 ? "" : "s");
}

const struct check CHECK_RANKS = {"ranks", run};
