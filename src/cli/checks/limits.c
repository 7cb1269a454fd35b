/* Limits of the process that a study may meet; those that nothing works with are refused earlier.
 */
#include "cli/checks/check.h"

#include <sys/resource.h>

static struct finding run(const struct check_site *site)
{
    static const struct {
        __rlimit_resource_t resource;
        rlim_t enough;
        const char *name;
        const char *advice;
    } limits[] = {
        {RLIMIT_AS, (rlim_t)4 << 30, "address space in bytes", "ulimit -v unlimited"},
        {RLIMIT_FSIZE, (rlim_t)16 << 30, "size of files in bytes", "ulimit -f unlimited"},
        {RLIMIT_CPU, (rlim_t)7 * 86400, "processor time in seconds", "use a job, not a login node"},
        {RLIMIT_NOFILE, 256, "open files", "ulimit -n 1024"},
    };
    (void)site;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) == 0 && limit.rlim_cur < limits[i].enough) {
            return check_found(VERDICT_NOTE, "%s: %llu, which a large study may meet: %s",
                               limits[i].name, (unsigned long long)limit.rlim_cur,
                               limits[i].advice);
        }
    }
    return check_found(VERDICT_GOOD, "none that a study would meet");
}

const struct check CHECK_LIMITS = {"limits", run};
