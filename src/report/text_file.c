#include "report/text_file.h"

#include <errno.h>
#include <string.h>
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
        snprintf(file->temporary, sizeof file->temporary, "%s.tmp.%ld", file->path,
                 (long)getpid()) >= (int)sizeof file->temporary) {
        return error_set(error, STATUS_IO, "path too long: %.100s", folder);
    }
    file->stream = fopen(file->temporary, "we");
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
