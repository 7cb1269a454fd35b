/* A text file of a report: written beside its name and renamed when it is whole. */
#pragma once

#include "core/status.h"

#include <limits.h>
#include <stdio.h>

struct text_file {
    FILE *stream;
    char path[PATH_MAX];
    char temporary[PATH_MAX];
};

/* Opens folder/name+ending. STATUS_IO names the file. Ended by text_file_end. */
MUST_CHECK enum status text_file_begin(struct text_file *file, const char *folder, const char *name,
                                       const char *ending, struct error *error);

/* Closes it; with `status` OK and nothing lost it gets its name, else it is removed. Returns that
 * status, or STATUS_IO. */
MUST_CHECK enum status text_file_end(struct text_file *file, enum status status,
                                     struct error *error);
