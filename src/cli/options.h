/* Command-line options: one table per command, from which its line is parsed and its help printed.
 * Local. */
#pragma once

#include "core/status.h"

#include <stddef.h>
#include <stdio.h>

enum { OPTIONS_MAX = 32, OPTION_VARIABLE_SIZE = 64 };

/* A row of the table. */
struct option_spec {
    const char *name;     /* "--output" */
    char letter;          /* 'o' for -o, '\0' for none */
    const char *argument; /* its value's name in the help; NULL: a flag, without a value */
    const char *help;     /* what it does, wrapped by the printer */
    size_t member; /* offset in the command's struct: of the bool of a flag, the const char * of a
                      value */
};

struct option_table {
    const char *file; /* what the argument is: "study file" */
    bool file_is_optional;
    const char *more;                        /* lines of help after the options; NULL: none */
    struct option_spec options[OPTIONS_MAX]; /* up to a NULL name, or full: one more does not
                                                compile */
};

/* The variable of the environment that an option may be given by: "SCHURSWEEP_TIME_LIMIT". */
void options_variable(const struct option_spec *option, char name[OPTION_VARIABLE_SIZE]);

/* Parses argv[1..] into *values, the struct whose members the table names, after what the
 * environment says: the value of an option, or 1 or 0 for a flag; empty: nothing. Exactly one
 * argument that is no option goes to *file. STATUS_USAGE names the option or argument that does not
 * fit, and for a misspelt option the nearest valid one. The strings are those of argv. */
MUST_CHECK enum status options_parse(int argc, char **argv, const struct option_table *table,
                                     void *values, const char **file, struct error *error);

/* The same for one or more arguments: files[argc] receives them, *n_files how many. */
MUST_CHECK enum status options_parse_files(int argc, char **argv, const struct option_table *table,
                                           void *values, char **files, int *n_files,
                                           struct error *error);

/* STATUS_USAGE unless the value of an option is a folder, or NULL. */
MUST_CHECK enum status options_check_folder(const char *command, const char *option,
                                            const char *path, struct error *error);

/* A line for each option of the table, two where the help is long, and what the table has more. */
void options_print_help(FILE *stream, const struct option_table *table);

/* A line for every word of argv that is the former name of an option of the table. */
void options_print_notes(FILE *stream, int argc, char **argv, const struct option_table *table);
