#include "cli/checks/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct finding check_found(enum verdict verdict, const char *format, ...)
{
    struct finding finding = {.verdict = verdict};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(finding.text, sizeof finding.text, format, arguments);
    va_end(arguments);
    return finding;
}

bool check_finds_program(const char *name, char *path, size_t size)
{
    const char *folder = getenv("PATH");
    while (folder != NULL && *folder != '\0') {
        const int length = (int)strcspn(folder, ":");
        if (snprintf(path, size, "%.*s/%s", length, folder, name) < (int)size &&
            access(path, X_OK) == 0) {
            return true;
        }
        folder += length + (folder[length] == ':');
    }
    return false;
}
