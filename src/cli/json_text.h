/* Names in JSON: they come from files and need not be UTF-8. */
#pragma once

#include <jansson.h>

/* New string value; null when the text is not UTF-8. */
static inline json_t *json_text_or_null(const char *text)
{
    json_t *const value = json_string(text);
    return value != NULL ? value : json_null();
}
