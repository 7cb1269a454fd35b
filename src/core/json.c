#include "core/json.h"

#include "core/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Down to the smallest number 15 digits give back what was written in as many; others need up to
 * 17. */
void real_text(double value, char text[JSON_REAL_SIZE])
{
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, JSON_REAL_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            return;
        }
    }
}

static void new_line(const struct json *json)
{
    if (!json->is_line) {
        (void)fprintf(json->stream, "\n%*s", 2 * json->depth, "");
    }
}

static void write_text(FILE *stream, const char *text)
{
    (void)fputc('"', stream);
    for (; *text != '\0'; text++) {
        const unsigned char letter = (unsigned char)*text;
        if (letter == '"' || letter == '\\') {
            (void)fprintf(stream, "\\%c", letter);
        } else if (letter < 0x20 || letter == 0x7f) {
            (void)fprintf(stream, "\\u%04x", letter);
        } else {
            (void)fputc(letter, stream);
        }
    }
    (void)fputc('"', stream);
}

/* What stands before a value. */
static void begin(struct json *json, const char *name)
{
    if (json->depth > 0) {
        (void)fputs(json->has_members ? json->is_line ? ", " : "," : "", json->stream);
        new_line(json);
    }
    if (name != NULL) {
        write_text(json->stream, name);
        (void)fputs(": ", json->stream);
    }
    json->has_members = true;
}

static void open_with(struct json *json, const char *name, char bracket)
{
    begin(json, name);
    (void)fputc(bracket, json->stream);
    json->depth++;
    json->has_members = false;
}

static void close_with(struct json *json, char bracket)
{
    json->depth--;
    if (json->has_members) {
        new_line(json);
    }
    (void)fputc(bracket, json->stream);
    (void)fputs(json->depth == 0 ? "\n" : "", json->stream);
    json->has_members = true;
}

void json_object(struct json *json, const char *name)
{
    open_with(json, name, '{');
}

void json_array(struct json *json, const char *name)
{
    open_with(json, name, '[');
}

void json_end_object(struct json *json)
{
    close_with(json, '}');
}

void json_end_array(struct json *json)
{
    close_with(json, ']');
}

void json_text(struct json *json, const char *name, const char *text)
{
    if (text == NULL || !text_is_utf8(text)) {
        json_null(json, name);
        return;
    }
    begin(json, name);
    write_text(json->stream, text);
}

void json_real(struct json *json, const char *name, double value)
{
    char text[JSON_REAL_SIZE];
    if (!isfinite(value)) {
        json_null(json, name);
        return;
    }
    begin(json, name);
    real_text(value, text);
    (void)fputs(text, json->stream);
}

void json_integer(struct json *json, const char *name, int64_t value)
{
    begin(json, name);
    (void)fprintf(json->stream, "%" PRId64, value);
}

void json_truth(struct json *json, const char *name, bool value)
{
    begin(json, name);
    (void)fputs(value ? "true" : "false", json->stream);
}

void json_null(struct json *json, const char *name)
{
    begin(json, name);
    (void)fputs("null", json->stream);
}
