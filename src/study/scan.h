/* A first look at the text of a study file, for what libconfig 1.5 reads wrongly in silence. */
#pragma once

#include "study/source.h"

enum {
    SCAN_MAX_BYTES = 16 << 20,
    SCAN_MAX_INCLUDES = 10,
    SCAN_MAX_FILES = 1000,
    SCAN_MAX_NESTING = 64,
    SCAN_MAX_KEYS = 100
};

/* Reads a study file and every file it includes into one text, which ends with a line end, and
 * checks it: regular files of at most SCAN_MAX_BYTES, also together, no NUL byte and no byte order
 * mark, comments and strings that end in their file, brackets not nested too deep, at most
 * SCAN_MAX_KEYS keys in a group (libconfig compares each with all others), integers that
 * fit their type (without the suffix L: 32 bit), no leading zeros, no float that overflows,
 * `@include "file"` at the start of a line, to a depth of 10. Paths of includes are relative to
 * `directory` or absolute. The text has no @include any more, so whoever parses it opens no other
 * file than those that were checked. STATUS_INPUT names file and line. On success released by
 * source_release. */
MUST_CHECK enum status scan_study(const char *path, const char *directory,
                                  struct study_text *source, struct error *error);

/* The same for text in memory (`path` is only named in messages). */
MUST_CHECK enum status scan_text(const char *path, const char *directory, const char *text,
                                 size_t size, struct study_text *source, struct error *error);
