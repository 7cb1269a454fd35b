/* One thread per process from the beginning: what OpenBLAS reads from the environment when it is
 * loaded, before main. Its threads would be started then, one for every core in every rank, and
 * where address space or processes are limited it waits for them for ever. */
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static char one_thread[] = "OPENBLAS_NUM_THREADS=1";

/* Called by the loader before any library begins: nothing is set up, the environment least of all.
 * Where the variable is missing the program is begun again with it. */
static void begin_with_one_thread(int argc, char **argv, char **environment)
{
    static const size_t name = sizeof "OPENBLAS_NUM_THREADS=" - 1;
    size_t n = 0;
    (void)argc;
    for (; environment[n] != NULL; n++) {
        if (strncmp(environment[n], one_thread, name) == 0) {
            return;
        }
    }
    char *more[n + 2];
    memcpy(more, environment, n * sizeof *more);
    more[n] = one_thread;
    more[n + 1] = NULL;
    if (getauxval(AT_BASE) != 0) { /* 0: the loader itself is the program */
        (void)execve("/proc/self/exe", argv, more);
    }
}

__attribute__((section(".preinit_array"),
               used)) static void (*const begin)(int, char **, char **) = begin_with_one_thread;
