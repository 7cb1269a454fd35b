#include "report/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status cannot_write(const struct text_file *file, struct error *error)
{
    return error_set(error, STATUS_IO, "%s: cannot write: %s", file->path, strerror(errno));
}

enum status text_file_begin(struct text_file *file, const char *folder, const char *name,
                            const char *ending, struct error *error)
{
    *file = (struct text_file){0};
    if (snprintf(file->path, sizeof file->path, "%s/%s%s", folder, name, ending) >=
            (int)sizeof file->path ||
        snprintf(file->temporary, sizeof file->temporary, "%s.tmp.XXXXXX", file->path) >=
            (int)sizeof file->temporary) {
        return error_set(error, STATUS_IO, "path too long: %.100s", folder);
    }
    /* A new file under a name that nobody can foresee, and then as readable as any other. */
    const int descriptor = mkostemp(file->temporary, O_CLOEXEC);
    const mode_t mask = umask(0);
    (void)umask(mask);
    if (descriptor >= 0 && fchmod(descriptor, 0666 & ~mask) == 0) {
        file->stream = fdopen(descriptor, "w");
    }
    if (file->stream == NULL && descriptor >= 0) {
        (void)close(descriptor);
        (void)unlink(file->temporary);
    }
    return file->stream != NULL ? STATUS_OK : cannot_write(file, error);
}

enum status text_file_end(struct text_file *file, enum status status, struct error *error)
{
    const bool lost = ferror(file->stream) != 0;
    const bool closed = fclose(file->stream) == 0;
    file->stream = NULL;
    if (status == STATUS_OK && (lost || !closed || rename(file->temporary, file->path) != 0)) {
        status = cannot_write(file, error);
    }
    if (status != STATUS_OK) {
        (void)unlink(file->temporary);
    }
    return status;
}
