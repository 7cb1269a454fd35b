#include "store/lock.h"

#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    DRIVER_BYTE = 0,
    RANK_BYTE = 1,
    LOCKED_BYTES = 2,
    HOLDER_SIZE = 256,
    STRAGGLER_WAIT_MS = 10000,
    POLL_MS = 50
};

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

static bool set_byte(int descriptor, int byte, short type)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(descriptor, F_OFD_SETLK, &range) == 0;
}

/* Nothing, or two bytes of zero and then the name of a holder. */
static bool is_lock_file(int descriptor)
{
    struct stat info;
    char text[LOCKED_BYTES + HOLDER_SIZE + 1] = "";
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        return false;
    }
    const ssize_t got = pread(descriptor, text, sizeof text - 1, 0);
    if (got <= 0) {
        return got == 0;
    }
    const char *const holder = text + LOCKED_BYTES;
    return info.st_size < (off_t)sizeof text && memcmp(text, "\0", LOCKED_BYTES) == 0 &&
           (holder[0] == '\0' || strstr(holder, "process ") != NULL);
}

static enum status open_lock(struct lock *lock, const char *output, struct error *error)
{
    char *path = NULL;
    enum status status = STATUS_OK;
    lock->descriptor = -1;
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

static enum status refuse(struct lock *lock, const char *output, struct error *error)
{
    char holder[HOLDER_SIZE] = "";
    if (errno == ENOLCK || errno == EOPNOTSUPP || errno == EINVAL) {
        lock_release(lock);
        return error_set(error, STATUS_IO, "%s.lock: this file system has no locks: %s", output,
                         strerror(errno));
    }
    const ssize_t got = pread(lock->descriptor, holder, sizeof holder - 1, LOCKED_BYTES);
    holder[got > 0 ? got : 0] = '\0';
    text_clean(holder);
    lock_release(lock);
    return error_set(error, STATUS_OUTPUT_TAKEN, "%s: in use%s%s", output,
                     holder[0] != '\0' ? " by " : "", holder);
}

static bool wait_for_stragglers(const struct lock *lock, const char *output, lock_notice notice)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    for (int waited = 0; waited <= STRAGGLER_WAIT_MS; waited += POLL_MS) {
        if (set_byte(lock->descriptor, RANK_BYTE, F_WRLCK)) {
            return true;
        }
        if (waited == 0 && notice != NULL) {
            notice(output);
        }
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

enum status lock_take_driver(struct lock *lock, const char *output, lock_notice notice,
                             struct error *error)
{
    char host[128] = "unknown host";
    char text[HOLDER_SIZE];
    const char *const job = getenv("SLURM_JOB_ID");
    TRY(open_lock(lock, output, error));
    if (!set_byte(lock->descriptor, DRIVER_BYTE, F_WRLCK)) {
        return refuse(lock, output, error);
    }
    if (!wait_for_stragglers(lock, output, notice)) {
        lock_release(lock);
        return error_set(error, STATUS_OUTPUT_TAKEN, "%s: in use by ranks of a dead run", output);
    }
    if (!set_byte(lock->descriptor, RANK_BYTE, F_RDLCK)) {
        return refuse(lock, output, error);
    }
    (void)gethostname(host, sizeof host - 1);
    const int length =
        snprintf(text, sizeof text, "%s%s%sprocess %ld on %s", job != NULL ? "job " : "",
                 job != NULL ? job : "", job != NULL ? ", " : "", (long)getpid(), host);
    if (ftruncate(lock->descriptor, LOCKED_BYTES) == 0 && length > 0) {
        /* Only a courtesy, after the two locked bytes. */
        (void)!pwrite(lock->descriptor, text, strlen(text), LOCKED_BYTES);
    }
    return STATUS_OK;
}

enum status lock_take_worker(struct lock *lock, const char *output, struct error *error)
{
    TRY(open_lock(lock, output, error));
    return set_byte(lock->descriptor, RANK_BYTE, F_RDLCK) ? STATUS_OK : refuse(lock, output, error);
}

void lock_release(struct lock *lock)
{
    if (lock->descriptor >= 0) {
        (void)close(lock->descriptor);
    }
    lock->descriptor = -1;
}

void lock_discard(struct lock *lock, const char *output)
{
    struct error ignored;
    char *path = NULL;
    if (lock->descriptor >= 0 && lock_path(&path, output, &ignored) == STATUS_OK) {
        (void)unlink(path);
        free(path);
    }
    lock_release(lock);
}

bool lock_is_held(const char *output)
{
    struct error ignored;
    char *path = NULL;
    if (lock_path(&path, output, &ignored) != STATUS_OK) {
        return false;
    }
    const int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    free(path);
    if (descriptor < 0) {
        return false;
    }
    struct flock range = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = DRIVER_BYTE, .l_len = 1};
    const bool held = fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    (void)close(descriptor);
    return held;
}
