/* schursweep: argv -> command. The only place that knows MPI_COMM_WORLD and ends the process. */
#include "cli/commands/command.h"
#include "cli/screen.h"
#include "cli/slurm.h"
#include "cli/stop_signals.h"
#include "cli/surroundings.h"
#include "cli/versions.h"
#include "kernel/blas.h"
#include "store/library.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUIET_RANK = -1 }; /* its message has been printed */

static void print_help(void)
{
    const struct screen screen = screen_of(stdout);
    (void)printf(
        "Usage: schursweep COMMAND [options] FILE\n\n"
        "Sensitivity sweeps of trained recurrent networks in ordered Schur coordinates.\n\n"
        "Commands:\n");
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        screen_say(&screen, 21, "  %-7s %-10s %s", COMMANDS[i]->name, COMMANDS[i]->arguments,
                   COMMANDS[i]->summary);
    }
    (void)printf(
        "\nschursweep help COMMAND tells the options of a command. Each may be given by the "
        "environment too,\n"
        "--time-limit as SCHURSWEEP_TIME_LIMIT, a flag as 1.\n"
        "schursweep --version tells the versions of the program and its libraries.\n\n"
        "Exit codes: 0 complete, 1 internal error, 2 wrong command line, 3 study, model or "
        "trials bad,\n4 output in use or something else, 5 results of another study, 6 "
        "results damaged,\n7 input/output error, 8 complete with failed jobs, 75 stopped "
        "early: run it again.\n");
}

static void print_command_help(const struct command *command)
{
    (void)printf("Usage: schursweep %s [options] %s\n\n%s\n\nOptions:\n", command->name,
                 command->arguments, command->summary);
    options_print_help(stdout, command->options);
}

static void print_version(void)
{
    char text[2048];
    version_list(text, sizeof text);
    (void)fputs(text, stdout);
    if (version_git_revision()[0] != '\0') {
        (void)printf("revision  %s\n", version_git_revision());
    }
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static void print_error(const struct error *error)
{
    screen_note("schursweep: %s", error->text);
}

static void abandon(const struct error *error, enum status status)
{
    print_error(error);
    (void)MPI_Abort(MPI_COMM_WORLD, (int)status);
}

static const char *look_up(const char *name)
{
    return getenv(name);
}

static enum status run_with_mpi(const struct command *command, struct command_context *context,
                                int argc, char **argv, struct error *error)
{
    int n_ranks = 1;
    (void)signal(SIGPIPE, SIG_IGN); /* a closed terminal must not end a sweep */
    stop_signals_install();
    surroundings_prepare();
    TRY(surroundings_check(error));
    TRY(blas_begin(error)); /* while there is memory */
    const char *const task = getenv("SLURM_PROCID");
    if (task != NULL && strcmp(task, "0") != 0) {
        context->rank = QUIET_RANK; /* the first task speaks for all that do not meet */
    }
#ifdef OPEN_MPI /* would end the process in MPI_Init; others meet without the variables */
    TRY(slurm_check_step(look_up, error));
#endif
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS) {
        return error_set(error, STATUS_INTERNAL, "MPI_Init failed");
    }
    (void)MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    context->comm = MPI_COMM_WORLD;
    context->abandon = abandon;
    (void)MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
    enum status status = slurm_check_ranks(look_up, n_ranks, error);
    if (status == STATUS_OK) {
        (void)MPI_Comm_rank(MPI_COMM_WORLD, &context->rank);
        if (context->rank == 0) {
            options_print_notes(stderr, argc, argv, command->options);
        }
        status = command->run(context, argc, argv, error);
    }
    if (status != STATUS_OK && (context->rank == 0 || status == STATUS_INTERNAL)) {
        print_error(error); /* before the end: mpirun drops what comes late */
    }
    if (status == STATUS_INTERNAL) {
        /* Ranks may no longer agree on where they are: end them all. */
        (void)MPI_Abort(MPI_COMM_WORLD, (int)status);
    }
    stop_signals_leave((int)status);
    (void)MPI_Finalize();
    context->rank = QUIET_RANK;
    return status;
}

static enum status dispatch(struct command_context *context, int argc, char **argv,
                            struct error *error)
{
    const char *const word = argc > 1 ? argv[1] : NULL;
    if (word == NULL) {
        return error_set(error, STATUS_USAGE, "no command given, see schursweep --help");
    }
    const bool is_help =
        strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
    const bool is_about = strcmp(word, "help") == 0 && argc > 2; /* help COMMAND */
    if (!is_about && (is_help || strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)) {
        (is_help ? print_help : print_version)();
        return STATUS_OK;
    }
    const char *const name = is_about ? argv[2] : word;
    const struct command *const command = command_find(name);
    if (command == NULL) {
        return command_unknown(name, error);
    }
    if (is_about || asks_for_help(argc - 1, argv + 1)) {
        print_command_help(command);
        return STATUS_OK;
    }
    if (!command->uses_mpi) {
        options_print_notes(stderr, argc - 1, argv + 1, command->options);
    }
    return command->uses_mpi ? run_with_mpi(command, context, argc - 1, argv + 1, error)
                             : command->run(context, argc - 1, argv + 1, error);
}

int main(int argc, char **argv)
{
    struct error error = {""};
    /* A command without MPI is a program of its own on each process that it is started on. */
    struct command_context context = {.comm = MPI_COMM_NULL, .program = argv[0]};
    (void)signal(SIGXFSZ, SIG_IGN); /* a full disk is an error code, not the end of the process */
    (void)setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0); /* the lock beside the output is ours */
    store_begin();
    enum status status = dispatch(&context, argc, argv, &error);
    /* What a command has printed is its result: lost, it has failed. */
    if (status == STATUS_OK && (fflush(stdout) != 0 || ferror(stdout) != 0)) {
        status = error_set(&error, STATUS_IO, "cannot write to standard output");
    }
    if (status != STATUS_OK && context.rank == 0) {
        print_error(&error);
    }
    return (int)status;
}
