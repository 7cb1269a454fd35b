/* Do the clocks of all nodes tell the same time? */
#include "cli/checks/check.h"

#include <time.h>

static struct finding run(const struct check_site *site)
{
    static const long long sane = 1577836800; /* 2020 */
    static const long long apart = 5;         /* seconds */
    (void)MPI_Barrier(site->comm);
    const long long now = (long long)time(NULL);
    long long first = now;
    (void)MPI_Bcast(&first, 1, MPI_LONG_LONG, 0, site->comm);
    const long long difference = now - first;
    if (now < sane) {
        return check_found(VERDICT_FAULT, "is %lld seconds after 1970: set it", now);
    }
    return difference > apart || difference < -apart
               ? check_found(
                     VERDICT_NOTE,
                     "differs by %lld s from that of rank 0: rates and times of status will "
                     "be wrong",
                     difference)
               : check_found(VERDICT_GOOD, "the same on all ranks");
}

const struct check CHECK_CLOCK = {"clock", run};
