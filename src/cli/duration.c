#include "cli/duration.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 3 };

static const double DAY = 86400.0;

/* Digits, and with `fraction` a decimal point, at *text. */
static bool take_number(const char **text, bool fraction, double *value)
{
    char *end = NULL;
    const size_t length = strspn(*text, fraction ? "0123456789." : "0123456789");
    if (length == 0 || length > 9) {
        return false;
    }
    *value = strtod(*text, &end);
    const bool whole = end == *text + length;
    *text = end;
    return whole;
}

static bool parse_with_unit(const char *text, double *seconds)
{
    static const struct {
        char letter;
        double seconds;
    } units[] = {{'s', 1.0}, {'m', 60.0}, {'h', 3600.0}, {'d', 86400.0}};
    if (!take_number(&text, true, seconds) || strlen(text) != 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (tolower((unsigned char)text[0]) == units[i].letter) {
            *seconds *= units[i].seconds;
            return true;
        }
    }
    return false;
}

/* [days-]hours:minutes:seconds, or minutes[:seconds] */
static bool parse_slurm(const char *text, double *seconds)
{
    static const double units[] = {3600.0, 60.0, 1.0};
    double fields[MAX_FIELDS] = {0};
    double days = 0.0;
    const char *const dash = strchr(text, '-');
    const char *cursor = text;
    if (dash != NULL && (!take_number(&cursor, false, &days) || cursor != dash)) {
        return false;
    }
    int count = 0;
    cursor = dash != NULL ? dash + 1 : text;
    do { /* a[:b[:c]] */
        if (count == MAX_FIELDS || !take_number(&cursor, false, &fields[count++])) {
            return false;
        }
    } while (*cursor++ == ':');
    if (cursor[-1] != '\0') {
        return false;
    }
    const int first = dash != NULL || count == MAX_FIELDS ? 0 : 1; /* unit of the first field */
    *seconds = days * DAY;
    for (int i = 0; i < count; i++) {
        *seconds += fields[i] * units[first + i];
    }
    return true;
}

enum status duration_parse(const char *option, const char *text, double *seconds,
                           struct error *error)
{
    const bool is_unlimited = strcasecmp(text, "UNLIMITED") == 0 || strcmp(text, "INVALID") == 0 ||
                              strcmp(text, "NOT_SET") == 0;
    *seconds = INFINITY;
    if (is_unlimited || parse_with_unit(text, seconds) || parse_slurm(text, seconds)) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE,
                     "%s: '%s' is no duration, expected for example 90s, 30m, 2h, minutes, "
                     "hh:mm:ss or days-hh:mm:ss",
                     option, text);
}
