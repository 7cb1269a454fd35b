#include "import/input_file.h"

#include "core/foreign_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status input_file_open(struct input_file *file, const char *path, struct error *error)
{
    struct stat info;
    *file = (struct input_file){.descriptor = -1};
    const char *const advice = foreign_path_advice(path);
    if (advice != NULL) {
        return error_set(error, STATUS_INPUT, "%s: %s", path, advice);
    }
    if (stat(path, &info) != 0) {
        return error_set(error, STATUS_INPUT, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return error_set(error, STATUS_INPUT, "%s: not a regular file", path);
    }
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->descriptor < 0 || fstat(file->descriptor, &info) != 0) {
        const int reason = errno;
        input_file_close(file);
        return error_set(error, STATUS_INPUT, "%s: %s", path, strerror(reason));
    }
    if (!S_ISREG(info.st_mode)) { /* put in its place meanwhile */
        input_file_close(file);
        return error_set(error, STATUS_INPUT, "%s: not a regular file", path);
    }
    file->size = (uint64_t)info.st_size;
    return STATUS_OK;
}

void input_file_close(struct input_file *file)
{
    if (file->descriptor >= 0) {
        (void)close(file->descriptor);
    }
    *file = (struct input_file){.descriptor = -1};
}

bool input_file_read(const struct input_file *file, uint64_t offset, void *bytes, size_t size)
{
    if (offset > file->size || size > file->size - offset) {
        return false;
    }
    for (size_t done = 0; done < size;) {
        const ssize_t got =
            pread(file->descriptor, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (got > 0) {
            done += (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool input_cursor_read(void *cursor, void *bytes, size_t size)
{
    struct input_cursor *const place = cursor;
    if (!input_file_read(place->file, place->offset, bytes, size)) {
        return false;
    }
    place->offset += size;
    return true;
}
