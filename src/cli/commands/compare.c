/* schursweep compare RESULTS... */
#include "cli/commands/run.h"

#include "cli/network_pairs.h"
#include "cli/options.h"
#include "cli/progress_option.h"
#include "core/memory.h"

#include <stdlib.h>

struct compare_options {
    struct pairs_source source;
    const char *progress;
    struct run_limit_options limits;
    struct run_request request;
};

static const struct option_table OPTIONS = {
    .file = "results file",
    .options = {{"--output", 'o', "PAIRS", "results file of the pairs; RESULTS.pairs.h5 by default",
                 offsetof(struct compare_options, source.output)},
                {"--models", '\0', "DIR",
                 "where weights and trials are, if no longer where the study had them nor beside "
                 "the results file",
                 offsetof(struct compare_options, source.models)},
                {"--quiet", 'q', NULL, "no progress",
                 offsetof(struct compare_options, request.output.quiet)},
                PROGRESS_OPTION(offsetof(struct compare_options, progress)),
                {"--fresh", '\0', NULL, "move an existing file of pairs aside, start anew",
                 offsetof(struct compare_options, request.output.fresh)},
                {"--extend", '\0', NULL,
                 "keep what an existing file has of these pairs, such as of a study that has grown",
                 offsetof(struct compare_options, request.output.extend)},
                {"--retry-failed", '\0', NULL, "run failed comparisons again",
                 offsetof(struct compare_options, request.output.retry_failed)},
                {"--json", '\0', NULL, "what was done, for programs, when the run ends",
                 offsetof(struct compare_options, request.json)},
                RUN_LIMIT_OPTIONS(offsetof(struct compare_options, limits))},
    .more = "Resumes by itself. Under mpirun rank 0 drives and needs no core of its own:\n"
            "  mpirun -q --oversubscribe -n $(($(nproc) + 1)) schursweep compare RESULTS\n"
            "  schursweep report RESULTS PAIRS\n"};

static enum status load(const void *source, struct model_survey *survey, struct sweep *sweep,
                        struct error *error)
{
    (void)survey;
    return network_pairs_load(source, sweep, error);
}

static enum status command_compare(const struct command_context *context, int argc, char **argv,
                                   struct error *error)
{
    struct compare_options options = {.request = {.load = load, .source = &options.source}};
    struct pairs_source *const source = &options.source;
    char **files = NULL;
    TRY(memory_array(&files, (size_t)argc + 1, sizeof *files, error));
    enum status status =
        options_parse_files(argc, argv, &OPTIONS, &options, files, &source->n_files, error);
    source->files = (const char *const *)files;
    THEN(status, options_check_folder("compare", "--models", source->models, error));
    THEN(status, run_request_complete(&options.request, "compare", options.progress,
                                      &options.limits, error));
    THEN(status, run_sweep(context, &options.request, error));
    free(files);
    return status;
}

const struct command COMMAND_COMPARE = {
    .name = "compare",
    .arguments = "RESULTS...",
    .summary = "every two networks that differ by their seed: profiles, weights, dynamics; resumes",
    .options = &OPTIONS,
    .uses_mpi = true,
    .run = command_compare,
};
