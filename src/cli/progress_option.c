#include "cli/progress_option.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Under mpirun our stderr is a pipe; on one machine its other end is the terminal of our parent. */
static bool parent_has_terminal(void)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/fd/2", (long)getppid());
    const int descriptor = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool terminal = isatty(descriptor) != 0;
    (void)close(descriptor);
    return terminal;
}

enum status progress_option(const char *command, const char *word, bool quiet,
                            enum progress_style *style, struct error *error)
{
    static const char *const words[] = {[PROGRESS_NONE] = "none",
                                        [PROGRESS_LINES] = "lines",
                                        [PROGRESS_BAR] = "bar",
                                        [PROGRESS_JSON] = "json"};
    const bool under_launcher = getenv("OMPI_COMM_WORLD_RANK") != NULL;
    const bool has_terminal =
        isatty(STDERR_FILENO) != 0 || (under_launcher && parent_has_terminal());
    *style = quiet ? PROGRESS_NONE : has_terminal ? PROGRESS_BAR : PROGRESS_LINES;
    for (int i = PROGRESS_NONE; word != NULL && i <= PROGRESS_JSON; i++) {
        if (strcmp(word, words[i]) == 0) {
            *style = quiet ? PROGRESS_NONE : (enum progress_style)i;
            return STATUS_OK;
        }
    }
    return word == NULL ? STATUS_OK
                        : error_set(error, STATUS_USAGE,
                                    "%s: --progress is '%s', expected bar, lines, json or none",
                                    command, word);
}
