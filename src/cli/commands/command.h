/* Commands of the program: one const struct in one file each; command_list.c names them all. */
#pragma once

#include "cli/options.h"

#include <mpi.h>

/* What a command gets beside its arguments. */
struct command_context {
    MPI_Comm comm; /* all ranks; MPI_COMM_NULL for a command that does not use MPI */
    int rank;      /* of this process; 0 for a command that does not use MPI */
    const char *program;
    /* Prints the message and ends all ranks with the exit code of `status`, for when some of them
     * may never answer again. Does not return under MPI. */
    void (*abandon)(const struct error *error, enum status status);
};

struct command {
    const char *name;
    const char *arguments; /* for the synopsis, "STUDY" */
    const char *summary;   /* one line */
    const struct option_table *options;
    bool uses_mpi;
    /* argv[0] is the command's name. Returns the exit status; the message of a failure is printed
     * once by main. Collective over context->comm when it uses MPI. */
    enum status (*run)(const struct command_context *context, int argc, char **argv,
                       struct error *error);
};

/* All commands, NULL at the end. */
extern const struct command *const COMMANDS[];

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* STATUS_USAGE that names the nearest command. */
enum status command_unknown(const char *name, struct error *error);
