#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char LOG[] = "gnuplot.log";

/* Scripts in one process: a command line has a greatest length. */
enum { AT_ONCE = 256 };

/* 0 when gnuplot ran and was content; *found tells whether it could be started. */
static int run(const char *folder, char **arguments, bool *found)
{
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int outcome = 1;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addchdir_np(&actions, folder);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, LOG,
                                           O_WRONLY | O_CREAT | O_APPEND, 0666);
    (void)posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    const int failure = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    *found = failure == 0;
    if (failure == 0) {
        while (waitpid(child, &outcome, 0) < 0 && errno == EINTR) {
        }
    }
    return outcome;
}

bool gnuplot_run(const char *folder, char *const *names, int n)
{
    bool found = true;
    char log[PATH_MAX];
    struct stat info;
    (void)snprintf(log, sizeof log, "%s/%s", folder, LOG);
    (void)unlink(log); /* it tells of this run alone */
    for (int i = 0; found && i < n; i += AT_ONCE) {
        char program[] = "gnuplot";
        char no_start_file[] = "-d";
        char *arguments[AT_ONCE + 3] = {program, no_start_file};
        const int count = n - i < AT_ONCE ? n - i : AT_ONCE;
        memcpy(arguments + 2, names + i, (size_t)count * sizeof *arguments);
        if (run(folder, arguments, &found) != 0) {
            for (int k = i; found && k < i + count; k++) {
                char *single[] = {program, no_start_file, names[k], NULL};
                (void)run(folder, single, &found);
            }
        }
    }
    if (stat(log, &info) == 0 && info.st_size == 0) {
        (void)unlink(log); /* what has nothing to say is not left behind */
    }
    return found;
}
