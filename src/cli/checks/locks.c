/* Is a lock of one process seen by all others, on all nodes? */
#include "cli/checks/check.h"
#include "store/lock.h"

static struct finding run(const struct check_site *site)
{
    struct error error;
    struct lock lock = LOCK_NONE;
    int status = STATUS_OK;
    if (site->rank == 0) {
        status = (int)lock_take_driver(&lock, site->scratch, NULL, &error);
    }
    (void)MPI_Bcast(&status, 1, MPI_INT, 0, site->comm);
    /* The process that holds it would not be hindered by it. */
    const bool is_seen = status != STATUS_OK || lock_is_held(site->scratch);
    (void)MPI_Barrier(site->comm);
    lock_discard(&lock, site->scratch);
    if (status != STATUS_OK) {
        return site->rank == 0 ? check_found(VERDICT_FAULT, "%s", error.text) : NOTHING_FOUND;
    }
    return is_seen
               ? check_found(VERDICT_GOOD, "work in %s", site->folder)
               : check_found(VERDICT_FAULT,
                             "not seen by this rank in %s: two runs could write one file; use a "
                             "file system with locks across nodes",
                             site->folder);
}

const struct check CHECK_LOCKS = {"locks", run};
