/* What draws the figures of reports. */
#include "cli/checks/check.h"

#include <limits.h>

static struct finding run(const struct check_site *site)
{
    char path[PATH_MAX];
    if (site->rank != 0) {
        return NOTHING_FOUND;
    }
    return check_finds_program("gnuplot", path, sizeof path)
               ? check_found(VERDICT_GOOD, "%s", path)
               : check_found(VERDICT_NOTE,
                             "not on PATH: reports come with tables and words, without "
                             "drawings; install gnuplot-nox, or load its module");
}

const struct check CHECK_GNUPLOT = {"gnuplot", run};
