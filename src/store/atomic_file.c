#include "store/atomic_file.h"

#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the digits that a text ends with begin, before `end`. */
static const char *before_digits(const char *text, const char *end)
{
    while (end > text && end[-1] >= '0' && end[-1] <= '9') {
        end--;
    }
    return end;
}

/* True when the text ends, before *end, with the mark and digits; *end then is before the mark. */
static bool take_number(const char *text, const char **end, char mark)
{
    const char *const digits = before_digits(text, *end);
    if (digits == *end || digits == text || digits[-1] != mark) {
        return false;
    }
    *end = digits - 1;
    return true;
}

/* "-<job>-<process>.lock", by which Open MPI locks the shared pointer of a file. */
static bool take_lock(const char *path, const char **end)
{
    const char *before = path + text_stem_length(path, ".lock");
    const bool is_lock =
        *before != '\0' && take_number(path, &before, '-') && take_number(path, &before, '-');
    *end = is_lock ? before : *end;
    return is_lock;
}

static bool is_temporary(const char *path)
{
    const char *end = path + strlen(path);
    (void)take_lock(path, &end);
    return take_number(path, &end, '.');
}

static bool is_lock(const char *path)
{
    const char *end = NULL;
    return take_lock(path, &end);
}

static enum status clear(const char *paths, const char *suffix, bool (*is_ours)(const char *path),
                         struct error *error)
{
    glob_t leftovers;
    char *pattern = NULL;
    const size_t size = strlen(paths) + strlen(suffix) + 1;
    TRY(memory_array(&pattern, size, 1, error));
    (void)snprintf(pattern, size, "%s%s", paths, suffix);
    if (glob(pattern, GLOB_NOSORT, NULL, &leftovers) == 0) {
        for (size_t i = 0; i < leftovers.gl_pathc; i++) {
            if (is_ours(leftovers.gl_pathv[i])) {
                (void)unlink(leftovers.gl_pathv[i]);
            }
        }
        globfree(&leftovers);
    }
    free(pattern);
    return STATUS_OK;
}

enum status atomic_file_clear(const char *paths, struct error *error)
{
    TRY(clear(paths, ".tmp.*.*", is_temporary, error));
    return clear(paths, "-*-*.lock", is_lock, error);
}

enum status atomic_file_begin(char **temporary, const char *path, struct error *error)
{
    char host[64] = "host";
    (void)gethostname(host, sizeof host - 1);
    const size_t size = strlen(path) + sizeof host + 32;
    TRY(memory_array(temporary, size, 1, error));
    (void)snprintf(*temporary, size, "%s.tmp.%s.%ld", path, host, (long)getpid());
    (void)unlink(*temporary); /* left by a dead process of the same number */
    return STATUS_OK;
}

static bool sync_path(const char *path)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool good = fsync(descriptor) == 0;
    (void)close(descriptor);
    return good;
}

/* link(2) never replaces; where the file system has no hard links, a rename that must not replace.
 */
static enum status give_name(const char *temporary, const char *path, struct error *error)
{
    if (link(temporary, path) == 0) {
        return STATUS_OK;
    }
    if (errno != EEXIST && renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        return STATUS_OK;
    }
    return error_set(error, errno == EEXIST ? STATUS_OUTPUT_TAKEN : STATUS_IO,
                     "%s: cannot create: %s", path, strerror(errno));
}

static enum status publish(const char *temporary, const char *path, struct error *error)
{
    char *directory = NULL;
    if (!sync_path(temporary)) {
        return error_set(error, STATUS_IO, "%s: cannot sync: %s", temporary, strerror(errno));
    }
    TRY(give_name(temporary, path, error));
    TRY(path_directory(&directory, path, error));
    const bool synced = sync_path(directory);
    free(directory);
    return synced ? STATUS_OK : error_set(error, STATUS_IO, "%s: cannot sync its directory", path);
}

enum status atomic_file_finish(const char *temporary, const char *path, struct error *error)
{
    const enum status status = publish(temporary, path, error);
    (void)unlink(temporary);
    return status;
}
