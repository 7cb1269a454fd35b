/* Small helpers on names and paths. Local; STATUS_INTERNAL when memory is short. */
#pragma once

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

/* The word of words[count] nearest to `text` (Levenshtein distance, insertions, deletions and
 * changes cost 1, a swap of neighbours 1), or NULL when none is near enough to be meant. */
const char *text_nearest(const char *text, const char *const *words, size_t count);

/* Makes a name of any bytes one line of valid UTF-8 in place, which may become shorter: what is
 * none, and every character that commands a terminal (controls, marks of direction), becomes '?'.
 * NULL is left alone. */
void text_clean(char *text);

/* True for valid UTF-8. */
bool text_is_utf8(const char *text);

/* Columns of a terminal that a text takes; none has more than told here. */
int text_columns(const char *text);

/* Bytes of the longest begin of a text that fits into `width` columns, and its columns. */
size_t text_fit(const char *text, int width, int *columns);

/* Directory part of a path: "." when it has none. New string, owned by the caller. */
MUST_CHECK enum status path_directory(char **out, const char *path, struct error *error);

/* `path` itself when it is absolute, else directory/path ("." is left out). New string. */
MUST_CHECK enum status path_join(char **out, const char *directory, const char *path,
                                 struct error *error);

/* The same file by a shorter name: a leading "../" takes the last part off the directory, where
 * that is a real directory and no link. New string. */
MUST_CHECK enum status path_join_short(char **out, const char *directory, const char *path,
                                       struct error *error);

/* A pattern for glob(3) that matches the path itself and no other. New string. */
MUST_CHECK enum status path_literal_pattern(char **out, const char *path, struct error *error);

/* Makes a folder; one that exists already is as good. STATUS_IO names the path and what the system
 * says. */
MUST_CHECK enum status path_make_folder(const char *path, struct error *error);

/* Whether both paths lead to one file, by whatever names. */
bool path_same_file(const char *a, const char *b);

/* The file that a symbolic link leads to; `path` itself when it is no link or leads nowhere. New
 * string. */
MUST_CHECK enum status path_follow_link(char **out, const char *path, struct error *error);

/* True when the text begins, or ends, so. */
bool text_begins(const char *text, const char *start);
bool text_ends(const char *text, const char *end);

/* Length of a text without the suffix, of all of it when it does not end so or is nothing else. */
size_t text_stem_length(const char *text, const char *suffix);

/* True when the text ends, before *end, with the mark and digits; *end then is before the mark. */
bool text_take_number(const char *text, const char **end, char mark);
