#include "store/lock.h"

#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum {
    LOCKED_BYTES = 2, /* the driver's, then the ranks' */
    HOLDER_SIZE = 256,
    STRAGGLER_WAIT_MS = 10000,
    POLL_MS = 50
};

/* Where the first of the two lies. */
static const off_t LOCK_FILE_BYTES = 0;
static const off_t OUTPUT_BYTES = (off_t)1 << 62; /* no data, and no lock of MPI-IO, lies there */

/* An output by several names has one lock. */
static enum status lock_path(char **path, const char *output, struct error *error)
{
    char *file = NULL;
    TRY(path_follow_link(&file, output, error));
    const size_t size = strlen(file) + sizeof ".lock";
    const enum status status = memory_array(path, size, 1, error);
    if (status == STATUS_OK) {
        (void)snprintf(*path, size, "%s.lock", file);
    }
    free(file);
    return status;
}

/* 0, or why not. */
static int set_byte(int descriptor, off_t byte, short type)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(descriptor, F_OFD_SETLK, &range) == 0 ? 0 : errno;
}

static bool is_held(int descriptor, off_t byte)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

/* Only these two say that somebody else has it. */
static bool is_busy(int code)
{
    return code == EAGAIN || code == EACCES;
}

/* Nothing, or two bytes of zero and then the name of a holder. An empty file that has another name
 * too is not ours: the holder's name would stand in it under that one. */
static bool is_lock_file(int descriptor)
{
    struct stat info;
    char text[LOCKED_BYTES + HOLDER_SIZE + 1] = "";
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        return false;
    }
    const ssize_t got = pread(descriptor, text, sizeof text - 1, 0);
    if (got <= 0) {
        return got == 0 && info.st_nlink <= 1;
    }
    const char *const holder = text + LOCKED_BYTES;
    return info.st_size < (off_t)sizeof text && memcmp(text, "\0", LOCKED_BYTES) == 0 &&
           (holder[0] == '\0' || strstr(holder, "process ") != NULL);
}

static enum status open_lock(struct lock *lock, const char *output, struct error *error)
{
    char *path = NULL;
    enum status status = STATUS_OK;
    *lock = LOCK_NONE;
    TRY(lock_path(&path, output, error));
    lock->descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    if (lock->descriptor < 0 && errno == ELOOP) {
        status = error_set(error, STATUS_OUTPUT_TAKEN,
                           "%s: a symbolic link, expected no file or a lock of this program", path);
    } else if (lock->descriptor < 0) {
        status = error_set(error, STATUS_IO, "%s: cannot create: %s", path, strerror(errno));
    } else if (!is_lock_file(lock->descriptor)) {
        lock_release(lock);
        status = error_set(error, STATUS_OUTPUT_TAKEN,
                           "%s: another file, expected no file or a lock of this program", path);
    }
    free(path);
    return status;
}

static enum status no_locks(const char *path, int code, struct error *error)
{
    const bool is_unknown =
        code == ENOLCK || code == EOPNOTSUPP || code == EINVAL || code == ENOSYS;
    return error_set(error, STATUS_IO, "%s: %s: %s", path,
                     is_unknown ? "this file system has no locks" : "cannot lock", strerror(code));
}

/* Why a byte of the lock file, or of the output, could not be had. */
static enum status refuse(const struct lock *lock, const char *output, int descriptor, int code,
                          struct error *error)
{
    char holder[HOLDER_SIZE] = "";
    char path[PATH_MAX + 8];
    if (!is_busy(code)) {
        (void)snprintf(path, sizeof path, "%s%s", output,
                       descriptor == lock->descriptor ? ".lock" : "");
        return no_locks(path, code, error);
    }
    if (descriptor != lock->descriptor) {
        return error_set(error, STATUS_OUTPUT_TAKEN,
                         "%s: in use, under another name or by a run whose lock file was removed",
                         output);
    }
    const ssize_t got = pread(lock->descriptor, holder, sizeof holder - 1, LOCKED_BYTES);
    holder[got > 0 ? got : 0] = '\0';
    text_clean(holder);
    return error_set(error, STATUS_OUTPUT_TAKEN, "%s: in use%s%s", output,
                     holder[0] != '\0' ? " by " : "", holder);
}

/* 0, or why not; EAGAIN when they stay. */
static int wait_for_stragglers(int descriptor, off_t byte, const char *output, lock_notice notice)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    int code = EAGAIN;
    for (int waited = 0; is_busy(code) && waited <= STRAGGLER_WAIT_MS; waited += POLL_MS) {
        code = set_byte(descriptor, byte, F_WRLCK);
        if (is_busy(code)) {
            if (waited == 0 && notice != NULL) {
                notice(output);
            }
            (void)nanosleep(&pause, NULL);
        }
    }
    return code;
}

/* The two bytes of a driver. */
static enum status take_bytes(const struct lock *lock, const char *output, int descriptor,
                              off_t first, lock_notice notice, struct error *error)
{
    int code = set_byte(descriptor, first, F_WRLCK);
    if (code != 0) {
        return refuse(lock, output, descriptor, code, error);
    }
    code = wait_for_stragglers(descriptor, first + 1, output, notice);
    if (is_busy(code)) {
        return error_set(error, STATUS_OUTPUT_TAKEN, "%s: in use by ranks of a dead run", output);
    }
    if (code == 0) {
        code = set_byte(descriptor, first + 1, F_RDLCK);
    }
    return code == 0 ? STATUS_OK : refuse(lock, output, descriptor, code, error);
}

/* ---- the output itself ---- */

static bool can_lock_output(int descriptor)
{
    struct statfs info;
    return fstatfs(descriptor, &info) == 0 && info.f_type != NFS_SUPER_MAGIC;
}

/* One that is not there, or that may not be written, needs no lock. */
static bool open_output(struct lock *lock, const char *output)
{
    struct stat info;
    lock->output = open(output, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (lock->output < 0 || fstat(lock->output, &info) != 0 || !S_ISREG(info.st_mode)) {
        if (lock->output >= 0) {
            (void)close(lock->output);
        }
        lock->output = -1;
        return false;
    }
    lock->size = (int64_t)info.st_size;
    return true;
}

static enum status take_output(struct lock *lock, const char *output, lock_notice notice,
                               struct error *error)
{
    if (!open_output(lock, output)) {
        return STATUS_OK;
    }
    if (can_lock_output(lock->output)) {
        TRY(take_bytes(lock, output, lock->output, OUTPUT_BYTES, notice, error));
    }
    return lock_check(lock, output, error); /* of what was opened by this name, then */
}

enum status lock_take_output(struct lock *lock, const char *output, struct error *error)
{
    if (lock->output >= 0 && lock_check(lock, output, error) == STATUS_OK) {
        return STATUS_OK;
    }
    if (lock->output >= 0) {
        (void)close(lock->output);
    }
    return take_output(lock, output, NULL, error);
}

enum status lock_check(const struct lock *lock, const char *output, struct error *error)
{
    struct stat mine;
    struct stat there;
    if (lock->output < 0 || fstat(lock->output, &mine) != 0) {
        return STATUS_OK;
    }
    if (stat(output, &there) != 0) {
        return errno != ENOENT && errno != ENOTDIR
                   ? STATUS_OK /* one hitch of a network is no loss */
                   : error_set(error, STATUS_IO,
                               "%s: no longer there: removed or moved away while it was written",
                               output);
    }
    if (mine.st_dev != there.st_dev || mine.st_ino != there.st_ino) {
        return error_set(error, STATUS_IO,
                         "%s: another file than was written: put in its place meanwhile", output);
    }
    return (int64_t)mine.st_size >= lock->size
               ? STATUS_OK
               : error_set(error, STATUS_IO, "%s: cut to %lld of %lld bytes while it was written",
                           output, (long long)mine.st_size, (long long)lock->size);
}

/* ---- taking and leaving ---- */

/* Only a courtesy, after the two locked bytes. */
static void write_holder(int descriptor)
{
    char host[128] = "unknown host";
    char text[HOLDER_SIZE];
    const char *const job = getenv("SLURM_JOB_ID");
    (void)gethostname(host, sizeof host - 1);
    const int length =
        snprintf(text, sizeof text, "%s%s%sprocess %ld on %s", job != NULL ? "job " : "",
                 job != NULL ? job : "", job != NULL ? ", " : "", (long)getpid(), host);
    if (ftruncate(descriptor, LOCKED_BYTES) == 0 && length > 0) {
        (void)!pwrite(descriptor, text, strlen(text), LOCKED_BYTES);
    }
}

/* Whether the lock file was removed before it was locked: it keeps nobody out then. */
static bool is_removed(int descriptor)
{
    struct stat info;
    return fstat(descriptor, &info) == 0 && info.st_nlink == 0;
}

enum status lock_take_driver(struct lock *lock, const char *output, lock_notice notice,
                             struct error *error)
{
    enum { ATTEMPTS = 16 };
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < ATTEMPTS; i++) {
        TRY(open_lock(lock, output, error));
        status = take_bytes(lock, output, lock->descriptor, LOCK_FILE_BYTES, notice, error);
        if (status != STATUS_OK || !is_removed(lock->descriptor)) {
            break;
        }
        lock_release(lock);
    }
    if (status == STATUS_OK && lock->descriptor < 0) {
        return error_set(error, STATUS_OUTPUT_TAKEN, "%s.lock: is removed again and again", output);
    }
    THEN(status, take_output(lock, output, notice, error));
    if (status == STATUS_OK) {
        write_holder(lock->descriptor);
    } else {
        lock_release(lock);
    }
    return status;
}

enum status lock_take_worker(struct lock *lock, const char *output, struct error *error)
{
    TRY(open_lock(lock, output, error));
    int descriptor = lock->descriptor;
    int code = set_byte(descriptor, LOCK_FILE_BYTES + 1, F_RDLCK);
    if (code == 0 && open_output(lock, output) && can_lock_output(lock->output)) {
        descriptor = lock->output;
        code = set_byte(descriptor, OUTPUT_BYTES + 1, F_RDLCK);
    }
    const enum status status =
        code == 0 ? STATUS_OK : refuse(lock, output, descriptor, code, error);
    if (status != STATUS_OK) {
        lock_release(lock);
    }
    return status;
}

void lock_release(struct lock *lock)
{
    if (lock->descriptor >= 0) {
        (void)close(lock->descriptor);
    }
    if (lock->output >= 0) {
        (void)close(lock->output);
    }
    *lock = LOCK_NONE;
}

void lock_discard(struct lock *lock, const char *output)
{
    struct error ignored;
    char *path = NULL;
    struct stat mine;
    struct stat there;
    if (lock->descriptor >= 0 && lock_path(&path, output, &ignored) == STATUS_OK) {
        if (fstat(lock->descriptor, &mine) == 0 && lstat(path, &there) == 0 &&
            mine.st_dev == there.st_dev && mine.st_ino == there.st_ino) {
            (void)unlink(path);
        }
        free(path);
    }
    lock_release(lock);
}

static bool is_held_by_path(const char *path, int flags, off_t byte)
{
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags);
    if (descriptor < 0) {
        return false;
    }
    const bool held = is_held(descriptor, byte);
    (void)close(descriptor);
    return held;
}

bool lock_is_held(const char *output)
{
    struct error ignored;
    char *path = NULL;
    if (lock_path(&path, output, &ignored) != STATUS_OK) {
        return false;
    }
    const bool held = is_held_by_path(path, O_NOFOLLOW, LOCK_FILE_BYTES) ||
                      is_held_by_path(output, 0, OUTPUT_BYTES);
    free(path);
    return held;
}
