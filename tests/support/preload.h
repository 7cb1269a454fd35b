/* What the preloaded libraries share; they are linked with nothing of the project. */
#pragma once

#include <dlfcn.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* The function that the preloaded one of that name stands before. */
#define PRELOAD_NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The whole path of an open file matches the glob; nothing matches NULL. */
static inline bool preload_matches(int descriptor, const char *glob)
{
    char link[64];
    char path[4096];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return glob != NULL && fnmatch(glob, path, 0) == 0;
}
