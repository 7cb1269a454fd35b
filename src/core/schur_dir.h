/* Where the Schur forms that a study keeps have their files. */
#pragma once

#include "core/status.h"

#include <stdbool.h>

/* Longest path of a folder or file, with its end. */
enum { SCHUR_DIR_PATH = 4096 };

/* <output without .h5>.schur. STATUS_IO when that is too long. */
MUST_CHECK enum status schur_dir_folder(const char *output, char folder[SCHUR_DIR_PATH],
                                        struct error *error);

/* <folder>/<label>-<identity>.h5; "/" in a label becomes "_", and of a very long one the end
 * counts. STATUS_IO when that is too long. */
MUST_CHECK enum status schur_dir_file(const char *folder, const char *label, const char *identity,
                                      char path[SCHUR_DIR_PATH], struct error *error);

/* Whether a file lies in such a folder, or in one that was moved aside: <...>.schur.<number>. */
bool schur_dir_contains(const char *path);
