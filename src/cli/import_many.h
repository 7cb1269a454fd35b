/* Many files of weights in one command. */
#pragma once

#include "cli/import_model.h"

struct import_many {
    const struct import_settings *settings;
    const char *const
        *patterns; /* [n_patterns] names of files, or patterns of them as of a shell */
    int n_patterns;
    const char *folder; /* made when it is not there */
    const char
        *seed_from; /* an extended regular expression with a group of digits; NULL for none */
    int64_t seed;   /* without it */
};

/* Imports every file into folder/NAME.h5, in the order of their names: NAME is the path from the
 * folder that all patterns have in common on, its '/' as '-', without its last ending. Prints a
 * line for each, on stderr those that failed once more at the end, and gives STATUS_JOBS_FAILED
 * when any did. A model that is there already and is the same stays, so that the command may be
 * repeated. STATUS_USAGE for a bad expression and for two files of one name, STATUS_INPUT when no
 * file is meant. Local. */
MUST_CHECK enum status import_many(const struct import_many *many, struct error *error);
