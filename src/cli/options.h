/* Command-line options with messages of our own. */
#ifndef SCHURSWEEP_CLI_OPTIONS_H
#define SCHURSWEEP_CLI_OPTIONS_H

#include "core/status.h"

#include <stddef.h>

/* One option: a flag when `flag` is set, else it takes a value. */
struct option_spec {
    const char *name; /* "--output" */
    char letter;      /* 'o' for -o, '\0' for none */
    bool *flag;
    const char **value;
};

/* Parses argv[1..]; exactly one argument that is no option goes to *file. STATUS_USAGE names the
 * option or argument that does not fit, and for a misspelt option the nearest valid one. */
MUST_CHECK enum status options_parse(int argc, char **argv, const struct option_spec *options,
                                     size_t n_options, const char *file_meaning, const char **file,
                                     struct error *error);

/* The same for one or more arguments: files[argc] receives them, *n_files how many. */
MUST_CHECK enum status options_parse_files(int argc, char **argv, const struct option_spec *options,
                                           size_t n_options, const char *file_meaning, char **files,
                                           int *n_files, struct error *error);

#endif
