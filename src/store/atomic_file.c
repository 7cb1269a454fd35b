#include "store/atomic_file.h"

#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What makes a temporary name one of this program. */
static const char MARK[] = ".tmp.schursweep.";
enum { HOST_SIZE = 64 };

static void find_host(char host[HOST_SIZE])
{
    (void)snprintf(host, HOST_SIZE, "host");
    (void)gethostname(host, HOST_SIZE - 1);
}

/* "-<job>-<process>.lock", by which Open MPI locks the shared pointer of a file. */
static bool take_lock(const char *path, const char **end)
{
    const char *before = path + text_stem_length(path, ".lock");
    const bool is_lock = *before != '\0' && text_take_number(path, &before, '-') &&
                         text_take_number(path, &before, '-');
    *end = is_lock ? before : *end;
    return is_lock;
}

/* What is known of a file by its content. */
struct content {
    struct stat info;
    unsigned char head[8]; /* zeros behind the end of a shorter file */
};

/* Of a regular file of ours; nothing else is opened. */
static bool read_content(int folder, const char *name, struct content *content)
{
    *content = (struct content){.head = {0}};
    if (fstatat(folder, name, &content->info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(content->info.st_mode)) {
        return false;
    }
    const int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool is_ours = fstat(descriptor, &content->info) == 0 && S_ISREG(content->info.st_mode) &&
                         content->info.st_uid == geteuid() &&
                         read(descriptor, content->head, sizeof content->head) >= 0;
    (void)close(descriptor);
    return is_ours;
}

/* Whether it begins as HDF5, or with the zeros of a file that was never flushed. */
static bool has_head(const struct content *content, bool may_be_hdf5)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    static const unsigned char zeros[8] = {0};
    return memcmp(content->head, zeros, sizeof zeros) == 0 ||
           (may_be_hdf5 && memcmp(content->head, signature, sizeof signature) == 0);
}

/* "<name>.tmp.schursweep.<host>.<process>", with what was written into it before its writer died,
 * or Open MPI's lock of it. */
static bool is_temporary(const char *name, const struct content *content)
{
    const char *end = name + strlen(name);
    const char *const mark = strstr(name, MARK);
    const bool is_lock = take_lock(name, &end);
    return mark != NULL && text_take_number(name, &end, '.') && end >= mark + sizeof MARK &&
           has_head(content, !is_lock);
}

/* One whose writer ran on this host and is gone. A process that is hidden in a container of the
 * same host name is not seen, but what it writes is young. */
static bool is_of_dead(const char *name, const struct content *content)
{
    enum { YOUNG = 60 };
    char host[HOST_SIZE];
    char ours[sizeof MARK + HOST_SIZE];
    const char *end = name + strlen(name);
    find_host(host);
    const size_t length = (size_t)snprintf(ours, sizeof ours, "%s%s", MARK, host);
    if (!is_temporary(name, content) || !text_take_number(name, &end, '.') ||
        (size_t)(end - name) < length || memcmp(end - length, ours, length) != 0) {
        return false;
    }
    const long process = strtol(end + 1, NULL, 10);
    return process > 0 && process <= INT_MAX && kill((pid_t)process, 0) != 0 && errno == ESRCH &&
           time(NULL) - content->info.st_mtime > YOUNG;
}

/* Open MPI's own, in which it keeps a pointer that nobody has moved. */
static bool is_lock(const char *name, const struct content *content)
{
    const char *end = NULL;
    return take_lock(name, &end) && content->info.st_size == (off_t)sizeof(int64_t) &&
           has_head(content, false);
}

/* "<name>.data.<rank>" and "<name>.metadata.<rank>" of Open MPI, for writes by the pointer of a
 * rank, of which there are none. */
static bool is_pointer(const char *name, const struct content *content)
{
    const char *end = name + strlen(name);
    return text_take_number(name, &end, '.') && content->info.st_size == 0;
}

typedef bool leftover_test(const char *name, const struct content *content);

/* What is removed is what was looked at, in the folder that was opened. Between the last look and
 * the removal nobody can put anything else in its place who could not remove that himself. */
static void remove_leftover(int folder, const char *name, leftover_test *is_ours)
{
    struct content content;
    struct stat now;
    if (read_content(folder, name, &content) && is_ours(name, &content) &&
        fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
        now.st_dev == content.info.st_dev && now.st_ino == content.info.st_ino) {
        (void)unlinkat(folder, name, 0);
    }
}

static const char *last_part(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* paths[n] lie in one folder. */
static enum status remove_leftovers(char *const *paths, size_t n, leftover_test *is_ours,
                                    struct error *error)
{
    char *directory = NULL;
    if (n == 0) {
        return STATUS_OK;
    }
    TRY(path_directory(&directory, paths[0], error));
    const int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; folder >= 0 && i < n; i++) {
        remove_leftover(folder, last_part(paths[i]), is_ours);
    }
    if (folder >= 0) {
        (void)close(folder);
    }
    free(directory);
    return STATUS_OK;
}

/* `inside` is empty for the path itself, or a pattern for what lies in it. */
static enum status clear(const char *path, const char *inside, const char *suffix,
                         leftover_test *is_ours, struct error *error)
{
    glob_t leftovers = {0};
    char *literal = NULL;
    char *pattern = NULL;
    TRY(path_literal_pattern(&literal, path, error));
    const size_t size = strlen(literal) + strlen(inside) + strlen(suffix) + 1;
    enum status status = memory_array(&pattern, size, 1, error);
    if (status == STATUS_OK) {
        (void)snprintf(pattern, size, "%s%s%s", literal, inside, suffix);
        (void)glob(pattern, GLOB_NOSORT, NULL, &leftovers);
        status = remove_leftovers(leftovers.gl_pathv, leftovers.gl_pathc, is_ours, error);
        globfree(&leftovers);
    }
    free(literal);
    free(pattern);
    return status;
}

static const char TEMPORARIES[] = ".tmp.schursweep.*.*";

static enum status clear_all(const char *path, const char *inside, struct error *error)
{
    TRY(clear(path, inside, TEMPORARIES, is_temporary, error));
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

enum status atomic_file_clear_dead(const char *folder, struct error *error)
{
    return clear(folder, "/*", TEMPORARIES, is_of_dead, error);
}

enum status atomic_file_begin(char **temporary, const char *path, struct error *error)
{
    char host[HOST_SIZE];
    find_host(host);
    const size_t size = strlen(path) + sizeof host + sizeof MARK + 32;
    TRY(memory_array(temporary, size, 1, error));
    (void)snprintf(*temporary, size, "%s%s%s.%ld", path, MARK, host, (long)getpid());
    return remove_leftovers(temporary, 1, is_temporary,
                            error); /* of a dead process of that number */
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
