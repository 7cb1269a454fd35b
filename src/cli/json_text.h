/* Names in JSON: they come from files and need not be UTF-8. */
#ifndef SCHURSWEEP_CLI_JSON_TEXT_H
#define SCHURSWEEP_CLI_JSON_TEXT_H

#include <jansson.h>

/* New string value; null when the text is not UTF-8. */
static inline json_t *json_text_or_null(const char *text)
{
    json_t *const value = json_string(text);
    return value != NULL ? value : json_null();
}

#endif
