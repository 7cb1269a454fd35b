/* The main function of a folder's test program.
 *
 *   test_<folder> [--list] [MODULE...]    all modules unless some are named
 *
 * A module is a file test_<module>.c with a function `int test_<module>(void)` that runs its tests
 * and returns how many failed; CMake lists them in modules.h. Several modules run in a process
 * each, so that none finds what another has left behind. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct module {
    const char *name;
    int (*run)(void);
};

#define MODULE(name) int test_##name(void);
#include "modules.h"
#undef MODULE

#define MODULE(name) {#name, test_##name},
static const struct module MODULES[] = {
#include "modules.h"
};
#undef MODULE

enum { MODULE_COUNT = sizeof MODULES / sizeof MODULES[0] };

static const struct module *find(const char *name)
{
    for (int i = 0; i < MODULE_COUNT; i++) {
        if (strcmp(MODULES[i].name, name) == 0) {
            return &MODULES[i];
        }
    }
    (void)fprintf(stderr, "no module '%s'; --list shows them\n", name);
    exit(2);
}

static bool passes_in_child(const struct module *module)
{
    int how = 0;
    (void)printf("[  MODULE  ] %s\n", module->name);
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        exit(module->run() != 0);
    }
    return child > 0 && waitpid(child, &how, 0) == child && how == 0;
}

int main(int argc, char **argv)
{
    int n_failed = 0;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (int i = 0; i < MODULE_COUNT; i++) {
            (void)puts(MODULES[i].name);
        }
        return 0;
    }
    if (argc == 2) {
        return find(argv[1])->run() != 0;
    }
    const int n_modules = argc > 1 ? argc - 1 : MODULE_COUNT;
    for (int i = 0; i < n_modules; i++) {
        const struct module *const module = argc > 1 ? find(argv[i + 1]) : &MODULES[i];
        if (!passes_in_child(module)) {
            (void)printf("[  FAILED  ] module %s\n", module->name);
            n_failed++;
        }
    }
    return n_failed > 0;
}
