#include "core/status.h"

#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
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

bool status_from_number(int32_t number, enum status *status)
{
    switch (number) {
#define STATUS_NUMBER(name, value, text) case value:
        STATUS_LIST(STATUS_NUMBER)
#undef STATUS_NUMBER
        *status = (enum status)number;
        return true;
    default:
        return false;
    }
}

/* Of a message that is too long, mostly for a path in it, begin and end say most. */
enum status error_set_list(struct error *error, enum status status, const char *format,
                           va_list arguments)
{
    static const char gap[] = " ... ";
    enum { HEAD = sizeof error->text / 2, TAIL = sizeof error->text - HEAD - sizeof gap };
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(error->text, sizeof error->text, format, arguments);
    char *const whole = length >= (int)sizeof error->text ? malloc((size_t)length + 1) : NULL;
    if (whole != NULL) {
        (void)vsnprintf(whole, (size_t)length + 1, format, again);
        (void)snprintf(error->text + HEAD, sizeof error->text - HEAD, "%s%s", gap,
                       whole + length - TAIL);
        free(whole);
    }
    va_end(again);
    text_clean(error->text); /* one line whatever a file name or a setting contains */
    return status;
}

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)error_set_list(error, status, format, arguments);
    va_end(arguments);
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
    text_clean(error->text); /* one line whatever a file name or a setting contains */
    return status;
}
