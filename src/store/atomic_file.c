#include "store/atomic_file.h"

#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What makes a temporary name one of this program. */
static const char MARK[] = ".tmp.schursweep.";

/* "-<job>-<process>.lock", by which Open MPI locks the shared pointer of a file. */
static bool take_lock(const char *path, const char **end)
{
    const char *before = path + text_stem_length(path, ".lock");
    const bool is_lock = *before != '\0' && text_take_number(path, &before, '-') &&
                         text_take_number(path, &before, '-');
    *end = is_lock ? before : *end;
    return is_lock;
}

/* Bytes of a regular file of ours; -1 of anything else. */
static off_t own_size(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid()
               ? info.st_size
               : -1;
}

/* Whether it begins as HDF5, or with the zeros of a file that was never flushed. */
static bool has_head(const char *path, bool may_be_hdf5)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    static const unsigned char zeros[8] = {0};
    unsigned char head[8] = {0};
    const int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const ssize_t got = descriptor >= 0 ? read(descriptor, head, sizeof head) : -1;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return got >= 0 && (memcmp(head, zeros, sizeof head) == 0 ||
                        (may_be_hdf5 && memcmp(head, signature, sizeof head) == 0));
}

/* "<path>.tmp.schursweep.<host>.<process>", with what was written into it before its writer died,
 * or Open MPI's lock of it. */
static bool is_temporary(const char *path)
{
    const char *end = path + strlen(path);
    const char *const mark = strstr(path, MARK);
    const bool is_lock = take_lock(path, &end);
    return mark != NULL && text_take_number(path, &end, '.') && end >= mark + sizeof MARK &&
           own_size(path) >= 0 && has_head(path, !is_lock);
}

/* Open MPI's own, in which it keeps a pointer that nobody has moved. */
static bool is_lock(const char *path)
{
    const char *end = NULL;
    return take_lock(path, &end) && own_size(path) == (off_t)sizeof(int64_t) &&
           has_head(path, false);
}

/* "<path>.data.<rank>" and "<path>.metadata.<rank>" of Open MPI, for writes by the pointer of a
 * rank, of which there are none. */
static bool is_pointer(const char *path)
{
    const char *end = path + strlen(path);
    return text_take_number(path, &end, '.') && own_size(path) == 0;
}

/* `inside` is empty for the path itself, or a pattern for what lies in it. */
static enum status clear(const char *path, const char *inside, const char *suffix,
                         bool (*is_ours)(const char *path), struct error *error)
{
    glob_t leftovers = {0};
    char *literal = NULL;
    char *pattern = NULL;
    TRY(path_literal_pattern(&literal, path, error));
    const size_t size = strlen(literal) + strlen(inside) + strlen(suffix) + 1;
    const enum status status = memory_array(&pattern, size, 1, error);
    if (status == STATUS_OK) {
        (void)snprintf(pattern, size, "%s%s%s", literal, inside, suffix);
        (void)glob(pattern, GLOB_NOSORT, NULL, &leftovers);
        for (size_t i = 0; i < leftovers.gl_pathc; i++) {
            if (is_ours(leftovers.gl_pathv[i])) {
                (void)unlink(leftovers.gl_pathv[i]);
            }
        }
        globfree(&leftovers);
    }
    free(literal);
    free(pattern);
    return status;
}

static enum status clear_all(const char *path, const char *inside, struct error *error)
{
    TRY(clear(path, inside, ".tmp.schursweep.*.*", is_temporary, error));
    TRY(clear(path, inside, ".data.*", is_pointer, error));
    TRY(clear(path, inside, ".metadata.*", is_pointer, error));
    return clear(path, inside, "-*-*.lock", is_lock, error);
}

enum status atomic_file_clear(const char *path, struct error *error)
{
    return clear_all(path, "", error);
}

enum status atomic_file_clear_folder(const char *folder, struct error *error)
{
    return clear_all(folder, "/*", error);
}

enum status atomic_file_begin(char **temporary, const char *path, struct error *error)
{
    char host[64] = "host";
    (void)gethostname(host, sizeof host - 1);
    const size_t size = strlen(path) + sizeof host + sizeof MARK + 32;
    TRY(memory_array(temporary, size, 1, error));
    (void)snprintf(*temporary, size, "%s%s%s.%ld", path, MARK, host, (long)getpid());
    if (is_temporary(*temporary)) {
        (void)unlink(*temporary); /* left by a dead process of the same number */
    }
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
static enum status publish(const char *temporary, const char *path, struct error *error)
{
    char *directory = NULL;
    if (!sync_path(temporary)) {
        return error_set(error, STATUS_IO, "%s: cannot sync: %s", temporary, strerror(errno));
    }
    if (link(temporary, path) != 0 && (errno == EEXIST || renameat2(AT_FDCWD, temporary, AT_FDCWD,
                                                                    path, RENAME_NOREPLACE) != 0)) {
        return error_set(error, errno == EEXIST ? STATUS_OUTPUT_TAKEN : STATUS_IO,
                         "%s: cannot create: %s", path, strerror(errno));
    }
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

static enum status replace(const char *temporary, const char *path, struct error *error)
{
    return sync_path(temporary) && rename(temporary, path) == 0
               ? STATUS_OK
               : error_set(error, STATUS_IO, "%s: cannot replace: %s", path, strerror(errno));
}

static enum status
write_by(enum status (*give_name)(const char *temporary, const char *path, struct error *error),
         const char *path, file_writer *writer, void *context, struct error *error)
{
    char *temporary = NULL;
    TRY(atomic_file_begin(&temporary, path, error));
    enum status status = writer(temporary, context, error);
    THEN(status, give_name(temporary, path, error));
    if (status != STATUS_OK || give_name != replace) {
        (void)unlink(temporary);
    }
    free(temporary);
    return status;
}

enum status atomic_file_write(const char *path, file_writer *writer, void *context,
                              struct error *error)
{
    return write_by(publish, path, writer, context, error);
}

enum status atomic_file_replace(const char *path, file_writer *writer, void *context,
                                struct error *error)
{
    return write_by(replace, path, writer, context, error);
}

/* Killed between link and rename, the old file has both names. */
static enum status give_both_names(const char *temporary, const char *path, const char *aside,
                                   struct error *error)
{
    if (!sync_path(temporary)) {
        return error_set(error, STATUS_IO, "%s: cannot sync: %s", temporary, strerror(errno));
    }
    const bool is_linked = path_same_file(path, aside) || link(path, aside) == 0;
    if (!is_linked &&
        (errno == EEXIST || renameat2(AT_FDCWD, path, AT_FDCWD, aside, RENAME_NOREPLACE) != 0)) {
        return error_set(error, STATUS_IO, "%s: cannot move aside: %s", path, strerror(errno));
    }
    const enum status status = replace(temporary, path, error);
    if (status != STATUS_OK) { /* as it was */
        (void)(is_linked ? unlink(aside) : rename(aside, path));
    }
    return status;
}

enum status atomic_file_exchange(const char *path, const char *aside, file_writer *writer,
                                 void *context, struct error *error)
{
    char *temporary = NULL;
    TRY(atomic_file_begin(&temporary, path, error));
    enum status status = writer(temporary, context, error);
    THEN(status, give_both_names(temporary, path, aside, error));
    if (status != STATUS_OK) {
        (void)unlink(temporary);
    }
    free(temporary);
    return status;
}
