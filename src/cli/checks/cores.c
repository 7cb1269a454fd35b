/* Has every working rank of a node a core? */
#include "cli/checks/check.h"

#include <sched.h>
#include <stdlib.h>

static struct finding judge(int n_working, int n_cores)
{
    return n_working > n_cores
               ? check_found(VERDICT_NOTE,
                             "%d working ranks share %d core%s of their node: start fewer, or let "
                             "them spread (mpirun --bind-to none, srun --cpus-per-task=1)",
                             n_working, n_cores, n_cores == 1 ? "" : "s")
               : check_found(VERDICT_GOOD, "%d for %d working rank%s of this node", n_cores,
                             n_working, n_working == 1 ? "" : "s");
}

static struct finding run(const struct check_site *site)
{
    MPI_Comm node = MPI_COMM_NULL;
    cpu_set_t mine;
    cpu_set_t all;
    const int works = site->rank > 0 || site->n_ranks == 1; /* rank 0 sleeps */
    int n_working = 0;
    CPU_ZERO(&mine);
    (void)sched_getaffinity(0, sizeof mine, &mine);
    (void)MPI_Comm_split_type(site->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    (void)MPI_Allreduce(&mine, &all, (int)sizeof mine, MPI_BYTE, MPI_BOR, node);
    (void)MPI_Allreduce(&works, &n_working, 1, MPI_INT, MPI_SUM, node);
    (void)MPI_Comm_free(&node);
    return judge(n_working, CPU_COUNT(&all));
}

const struct check CHECK_CORES = {"cores", run};
