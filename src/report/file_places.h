/* Where files that a study used may be now: where it had them, where the user says, and beside the
 * results file, with which they may have moved. Local. */
#pragma once

#include "report/results_input.h"

enum { FILE_PLACES_MAX = 9 };

struct file_places {
    char *folders[FILE_PLACES_MAX]; /* [n] in the order in which they are looked through */
    int n;
    int n_sure; /* the first of them are theirs: what is there instead of a file is told */
};

/* `folder` is the user's, or NULL; it comes first. On failure too released by
 * file_places_release. */
MUST_CHECK enum status file_places_create(struct file_places *places,
                                          const struct results_input *input, const char *folder,
                                          struct error *error);
void file_places_release(struct file_places *places);

/* The part of a path behind its last slash. */
const char *path_last_part(const char *path);
