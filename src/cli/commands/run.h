/* A sweep into a results file, from its first job or from where it was left: the rest of `run` once
 * it is known what is swept. */
#pragma once

#include "cli/commands/command.h"
#include "cli/model_survey.h"
#include "cli/run_limits.h"
#include "cli/run_output.h"
#include "core/sweep.h"
#include "driver/progress.h"

struct run_request {
    /* The sweep, on rank 0; released by sweep_release, unless it fails. `survey` looks into model
     * files. */
    enum status (*load)(const void *source, struct model_survey *survey, struct sweep *sweep,
                        struct error *error);
    const void *source;
    struct run_output_options output;
    bool json; /* what was done, to stdout at the end */
    enum progress_style style;
    struct run_limits limits;
};

/* What every command that sweeps reads of its options, beside those that stand in the request:
 * style of progress and limits. STATUS_USAGE names what is wrong. Local. */
MUST_CHECK enum status run_request_complete(struct run_request *request, const char *command,
                                            const char *progress,
                                            const struct run_limit_options *limits,
                                            struct error *error);

/* Collective over context->comm; all ranks get the same status. */
MUST_CHECK enum status run_sweep(const struct command_context *context,
                                 const struct run_request *request, struct error *error);
