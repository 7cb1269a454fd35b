/* One thread per process from the beginning: what OpenBLAS reads from the environment when it is
 * loaded, before main. Its threads would be started then, one for every core in every rank, and
 * where address space or processes are limited it waits for them for ever.
 *
 * Nothing can be added to the environment that the system has laid out, and libc takes it over as
 * it is, before the other libraries begin. So the variable first stands in the place of one that
 * shells set for themselves and no library looks at while it begins; when all have begun that one
 * is put back, and ours added as usual. Where there is none such, the program is begun again with
 * the variable, which costs as much once more as all its libraries. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static char one_thread[] = "OPENBLAS_NUM_THREADS=1";
static char *replaced; /* what stood in its place, or NULL */

static bool is_of(const char *entry, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool can_wait(const char *entry)
{
    static const char *const NAMES[] = {"_", "OLDPWD", "SHLVL", "PWD", "LOGNAME", "MAIL"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (is_of(entry, NAMES[i])) {
            return true;
        }
    }
    return false;
}

static void begin_again(char **argv, char **environment, size_t n)
{
    char *more[n + 2];
    memcpy(more, environment, n * sizeof *more);
    more[n] = one_thread;
    more[n + 1] = NULL;
    if (getauxval(AT_BASE) != 0) { /* 0: the loader itself is the program */
        (void)execve("/proc/self/exe", argv, more);
    }
}

/* Called by the loader before any library begins: nothing is set up, the environment least of all.
 */
static void begin_with_one_thread(int argc, char **argv, char **environment)
{
    size_t n = 0;
    char **place = NULL;
    (void)argc;
    for (; environment[n] != NULL; n++) {
        if (is_of(environment[n], "OPENBLAS_NUM_THREADS")) {
            return;
        }
        place = can_wait(environment[n]) ? &environment[n] : place;
    }
    if (place == NULL) {
        begin_again(argv, environment, n);
        return;
    }
    replaced = *place;
    *place = one_thread;
}

__attribute__((section(".preinit_array"),
               used)) static void (*const begin)(int, char **, char **) = begin_with_one_thread;

/* Called when all libraries have begun: one of them may have laid out the environment anew. */
__attribute__((constructor)) static void put_back(void)
{
    for (char **entry = environ; replaced != NULL && *entry != NULL; entry++) {
        if (*entry == one_thread) {
            *entry = replaced;
            replaced = NULL;
        }
    }
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 0);
}
