/* JSON, written as it comes: one value, indented, or one to a line. Local. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_REAL_SIZE = 32 };

/* Begin with {.stream = ...}; what opens first is the value. */
struct json {
    FILE *stream; /* borrowed */
    bool is_line; /* all on one line: of a stream of values */
    int depth;
    bool has_members; /* of what is open */
};

/* A member of what is open. The name is NULL in an array, and of the value itself, after whose end
 * the line ends, too. */
void json_object(struct json *json, const char *name);
void json_array(struct json *json, const char *name);
void json_end_object(struct json *json);
void json_end_array(struct json *json);

/* null for NULL, and for what is not UTF-8: names come from files. */
void json_text(struct json *json, const char *name, const char *text);

/* The shortest decimal that reads back as the same number; null for NaN and infinite ones. */
void json_real(struct json *json, const char *name, double value);
void json_integer(struct json *json, const char *name, int64_t value);
void json_truth(struct json *json, const char *name, bool value);
void json_null(struct json *json, const char *name);

/* Of a number, "nan" and "inf" included: the shortest decimal that reads back as the same. */
void real_text(double value, char text[JSON_REAL_SIZE]);
