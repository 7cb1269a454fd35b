/* Is every rank one thread? */
#include "cli/checks/check.h"

#include <stdlib.h>

static struct finding run(const struct check_site *site)
{
    static const char *const names[] = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS",
                                        "OMP_NUM_THREADS"};
    (void)site;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *const value = getenv(names[i]);
        if (value != NULL && strtol(value, NULL, 10) > 1) {
            return check_found(
                VERDICT_NOTE,
                "%s is %s, but every rank computes with one thread: start more ranks "
                "instead",
                names[i], value);
        }
    }
    return check_found(VERDICT_GOOD, "one in every rank");
}

const struct check CHECK_THREADS = {"threads", run};
