/* Texts and numbers in JSON. Names come from files and need not be UTF-8. */
#pragma once

#include <jansson.h>

/* Of real numbers: 0.65 is written as 0.65. What is measured needs no more, and every number that a
 * study was given in decimals reads back as it was. */
enum { JSON_DIGITS = 15 };

/* New string value; null when the text is not UTF-8. */
static inline json_t *json_text_or_null(const char *text)
{
    json_t *const value = json_string(text);
    return value != NULL ? value : json_null();
}
