/* A first look at the text of a study file, for what libconfig 1.5 reads wrongly in silence. */
#ifndef SCHURSWEEP_STUDY_SCAN_H
#define SCHURSWEEP_STUDY_SCAN_H

#include "core/status.h"

#include <stddef.h>

enum { SCAN_MAX_BYTES = 16 << 20, SCAN_MAX_INCLUDES = 10, SCAN_MAX_NESTING = 64 };

/* Reads a study file and checks it and every file it includes: regular files of at most
 * SCAN_MAX_BYTES, no NUL byte and no byte order mark, comments and strings that end, brackets not
 * nested too deep, integers that fit their type (without the suffix L: 32 bit), no leading zeros,
 * no float that overflows, `@include` to a depth of 10. Paths of includes are relative to
 * `directory`. *text is the content of the top file, owned by the caller. STATUS_INPUT names file
 * and line. */
MUST_CHECK enum status scan_study(const char *path, const char *directory, char **text,
                                  struct error *error);

/* The same for text in memory (`path` is only named in messages). */
MUST_CHECK enum status scan_text(const char *path, const char *directory, const char *text,
                                 size_t size, struct error *error);

#endif
