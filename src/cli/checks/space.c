/* Is there room for results? */
#include "cli/checks/check.h"

#include <sys/statvfs.h>

static struct finding run(const struct check_site *site)
{
    static const double few = 256.0; /* MiB */
    struct statvfs info;
    if (site->rank != 0 || statvfs(site->folder, &info) != 0) {
        return NOTHING_FOUND;
    }
    const double left = (double)info.f_bavail * (double)info.f_frsize / 1048576.0;
    return left < few ? check_found(VERDICT_NOTE, "only %.0f MiB left in %s", left, site->folder)
                      : check_found(VERDICT_GOOD, "%.0f MiB left in %s", left, site->folder);
}

const struct check CHECK_SPACE = {"space", run};
