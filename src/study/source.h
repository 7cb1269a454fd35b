/* The text of a study file with every @include replaced by what it names, and where each line of it
 * was written. */
#pragma once

#include "core/status.h"

#include <stddef.h>

/* Lines first_line, first_line + 1, ... of the text are lines line, line + 1, ... of the file. */
struct source_part {
    int first_line;
    int line;
    char *file; /* as in messages */
};

struct study_text {
    char *text; /* NUL-terminated; NULL while it is empty */
    size_t size;
    size_t capacity;
    int n_lines; /* that end */
    struct source_part *parts;
    size_t n_parts;
    size_t part_capacity;
};

/* What is appended from here on begins in that line of that file. The text must be empty or end a
 * line. */
MUST_CHECK enum status source_begin_part(struct study_text *source, const char *file, int line,
                                         struct error *error);

MUST_CHECK enum status source_append(struct study_text *source, const char *text, size_t size,
                                     struct error *error);

/* Where a line of the whole text was written: the name of the file, or NULL when there is no such
 * line, and the line in it. */
const char *source_place(const struct study_text *source, int line, int *line_in_file);

/* NULL-safe on a struct of zeros. */
void source_release(struct study_text *source);
