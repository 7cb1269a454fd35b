#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *status_text(enum status status)
{
    switch (status) {
#define STATUS_CASE(name, value, text)                                                             \
    case name:                                                                                     \
        return text;
        STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
    }
    return "unknown status";
}

bool status_is_job_failure(enum status status)
{
    return (int)status >= 100;
}

/* A message is one line whatever a file name or a setting contains. */
static void replace_control_characters(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    replace_control_characters(error->text);
    return status;
}

enum status error_prefix(struct error *error, enum status status, const char *format, ...)
{
    char old_text[ERROR_TEXT_SIZE];
    memcpy(old_text, error->text, sizeof old_text);
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof error->text) {
        (void)snprintf(error->text + length, sizeof error->text - (size_t)length, ": %.*s",
                       (int)(sizeof error->text - (size_t)length - 3), old_text);
    }
    replace_control_characters(error->text);
    return status;
}
