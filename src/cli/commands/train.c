/* schursweep train STUDY */
#include "cli/commands/command.h"
#include "cli/launch.h"
#include "cli/options.h"
#include "cli/progress_option.h"
#include "cli/shard_option.h"
#include "cli/trained_models.h"
#include "comm/comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct training_run {
    const struct command_context *context;
    const char *study;
    bool quiet;
    enum progress_style style;
    struct run_limits limits;
    struct sweep sweep;
    unsigned char *missing; /* on rank 0 */
    struct queue_counts counts;
};

struct train_options {
    const char *progress;
    bool quiet;
    struct run_limit_options limits;
};

static const struct option_table OPTIONS = {
    .file = "study file",
    .options = {{"--quiet", 'q', NULL, "no progress", offsetof(struct train_options, quiet)},
                PROGRESS_OPTION(offsetof(struct train_options, progress)),
                RUN_LIMIT_OPTIONS(offsetof(struct train_options, limits))}};

static enum status train_study(struct training_run *run, struct error *error)
{
    bool work = false;
    enum status status = STATUS_OK;
    if (run->context->rank == COMM_DRIVER) {
        status = shard_option_load(&run->sweep, run->study, NULL, NULL, run->quiet ? NULL : stderr,
                                   error);
        if (status == STATUS_OK) {
            status = trained_models_find_missing(&run->sweep, &run->missing, error);
        }
        if (status == STATUS_OK) {
            status = trained_models_make_folders(&run->sweep, run->missing, error);
        }
    }
    TRY(comm_agree(run->context->comm, status, error));
    const bool has_work = run->context->rank == COMM_DRIVER &&
                          memchr(run->missing, 1, (size_t)run->sweep.n_models) != NULL;
    TRY(launch_share_sweep(run->context, has_work, &run->sweep, &work, error));
    if (work) {
        const struct launch_work team = {.context = run->context,
                                         .sweep = &run->sweep,
                                         .limits = run->limits,
                                         .missing = run->missing,
                                         .style = run->style};
        status = launch_run(&team, &run->counts, error);
        TRY(comm_agree(run->context->comm, status, error));
    } else if (run->context->rank == COMM_DRIVER && !run->quiet) {
        (void)fprintf(stderr, "%s: nothing to do, all models exist\n", run->study);
    }
    if (run->context->rank == COMM_DRIVER && run->counts.n_diverged > 0) {
        status = error_set(error, STATUS_JOBS_FAILED,
                           "%s: %lld of %lld models could not be trained", run->study,
                           (long long)run->counts.n_diverged, (long long)run->counts.n_models);
    }
    return comm_agree(run->context->comm, status, error);
}

static enum status command_train(const struct command_context *context, int argc, char **argv,
                                 struct error *error)
{
    struct training_run run = {.context = context};
    struct train_options options = {0};
    TRY(options_parse(argc, argv, &OPTIONS, &options, &run.study, error));
    TRY(run_limits_read(&run.limits, &options.limits, error));
    TRY(progress_option("train", options.progress, options.quiet, &run.style, error));
    run.quiet = options.quiet;
    const enum status status = train_study(&run, error);
    free(run.missing);
    sweep_release(&run.sweep);
    return status;
}

const struct command COMMAND_TRAIN = {
    .name = "train",
    .arguments = "STUDY",
    .summary = "train the models of a study that are missing, and sweep nothing",
    .options = &OPTIONS,
    .uses_mpi = true,
    .run = command_train,
};
