/* schursweep train STUDY */
#include "cli/commands/command.h"
#include "cli/isa_choice.h"
#include "cli/launch.h"
#include "cli/options.h"
#include "cli/progress_option.h"
#include "cli/screen.h"
#include "cli/shard_option.h"
#include "cli/standing.h"
#include "cli/trained_models.h"
#include "cli/training_steps.h"
#include "comm/comm.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct train_options {
    const char *study;
    const char *progress;
    bool quiet;
    struct run_limit_options limits;
};

static const struct option_table OPTIONS = {
    .file = "study file",
    .options = {{"--quiet", 'q', NULL, "no progress", offsetof(struct train_options, quiet)},
                PROGRESS_OPTION(offsetof(struct train_options, progress)),
                RUN_LIMIT_OPTIONS(offsetof(struct train_options, limits))}};

/* One rank's view; all but the options are the driver's until the sweep is shared. */
struct training {
    const struct train_options *options;
    struct sweep sweep;
    struct model_survey survey;
    unsigned char *missing; /* models to train */
};

/* Rank 0: the study, and which of its models are missing. */
static enum status prepare(void *context, struct error *error)
{
    struct training *const training = context;
    const struct train_options *const options = training->options;
    struct sweep *const sweep = &training->sweep;
    TRY(shard_option_load(sweep, options->study, NULL, NULL, options->quiet ? NULL : stderr,
                          &training->survey, error));
    TRY(trained_models_find_missing(sweep, &training->survey, &training->missing, error));
    return trained_models_make_folders(sweep, training->missing, error);
}

static enum status train_study(struct launch_work *work, struct training *training,
                               struct error *error)
{
    const struct train_options *const options = training->options;
    struct sweep *const sweep = &training->sweep;
    MPI_Comm comm = work->context->comm;
    const bool is_driver = work->context->rank == COMM_DRIVER;
    const char *const study = options->study;
    struct queue_counts counts = {0};
    bool has_work = false;
    TRY(model_survey_share(&training->survey, comm, prepare, training, error));
    const unsigned char *const missing = training->missing;
    const bool is_missing =
        is_driver && missing != NULL && memchr(missing, 1, (size_t)sweep->n_models) != NULL;
    TRY(launch_share_sweep(work->context, is_missing, sweep, &has_work, error));
    work->missing = missing;
    enum status status = STATUS_OK;
    if (has_work) {
        TRY(comm_agree(comm, launch_run(work, &counts, error), error));
        if (is_driver && !options->quiet) {
            training_steps_tell(sweep, missing);
        }
    } else if (is_driver && !options->quiet) {
        screen_note("%s: nothing to do, all models exist", study);
    }
    if (is_driver && !options->quiet) {
        char next[PATH_MAX];
        shell_word(study, next, sizeof next);
        screen_note("next: schursweep run %s", next);
    }
    if (counts.n_diverged > 0) {
        status =
            error_set(error, STATUS_JOBS_FAILED, "%s: %lld of %lld models could not be trained",
                      study, (long long)counts.n_diverged, (long long)counts.n_models);
    }
    return comm_agree(comm, status, error);
}

static enum status command_train(const struct command_context *context, int argc, char **argv,
                                 struct error *error)
{
    struct train_options options = {0};
    struct training training = {.options = &options};
    struct launch_work work = {.context = context, .sweep = &training.sweep};
    TRY(options_parse(argc, argv, &OPTIONS, &options, &options.study, error));
    TRY(run_limits_read(&work.limits, &options.limits, error));
    work.stop = work.limits.stop;
    TRY(progress_option("train", options.progress, options.quiet, &work.style, error));
    TRY(isa_choice_agree_on_kernels(context->comm, error));
    const enum status status = train_study(&work, &training, error);
    free(training.missing);
    model_survey_release(&training.survey);
    sweep_release(&training.sweep);
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
