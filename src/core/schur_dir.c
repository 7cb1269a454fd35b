#include "core/schur_dir.h"

#include "core/text.h"

#include <stdio.h>
#include <string.h>

static const char SUFFIX[] = ".schur";

enum { LONGEST_LABEL = 150 }; /* a name has 255 bytes, and one on its way has a host in it */

enum status schur_dir_folder(const char *output, char folder[SCHUR_DIR_PATH], struct error *error)
{
    const int stem = (int)text_stem_length(output, ".h5");
    return snprintf(folder, SCHUR_DIR_PATH, "%.*s%s", stem, output, SUFFIX) < SCHUR_DIR_PATH
               ? STATUS_OK
               : error_set(error, STATUS_IO, "path too long: %.100s", output);
}

enum status schur_dir_file(const char *folder, const char *label, const char *identity,
                           char path[SCHUR_DIR_PATH], struct error *error)
{
    const size_t length = strlen(label);
    const char *const end = length > LONGEST_LABEL ? label + length - LONGEST_LABEL : label;
    if (snprintf(path, SCHUR_DIR_PATH, "%s/%s-%s.h5", folder, end, identity) >= SCHUR_DIR_PATH) {
        return error_set(error, STATUS_IO, "path too long: %.100s", folder);
    }
    char *const name = path + strlen(folder) + 1;
    for (char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '_';
    }
    return STATUS_OK;
}

bool schur_dir_contains(const char *path)
{
    const size_t length = sizeof SUFFIX - 1;
    const char *const slash = strrchr(path, '/');
    if (slash == NULL) {
        return false;
    }
    const char *end = slash;
    (void)text_take_number(path, &end, '.');
    return (size_t)(end - path) > length && end[-(ptrdiff_t)length - 1] != '/' &&
           memcmp(end - length, SUFFIX, length) == 0;
}
