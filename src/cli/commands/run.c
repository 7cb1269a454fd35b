/* schursweep run STUDY */
#include "cli/commands/run.h"

#include "cli/isa_choice.h"
#include "cli/launch.h"
#include "cli/options.h"
#include "cli/output_watch.h"
#include "cli/progress_option.h"
#include "cli/run_output.h"
#include "cli/screen.h"
#include "cli/shard_option.h"
#include "cli/standing.h"
#include "cli/trained_models.h"
#include "cli/training_steps.h"
#include "comm/comm.h"
#include "core/json.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/measures/measure.h"
#include "store/crash_mark.h"
#include "store/results_parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct run_options {
    const char *study;
    const char *output;
    const char *progress;
    const char *shard; /* NULL: the whole study */
    struct run_limit_options limits;
    struct run_request request;
};

/* One rank's view of a run. The driver's part is used on rank 0 alone. */
struct run {
    const struct command_context *context;
    const struct run_request *request;
    enum isa isa; /* the best that all ranks have */
    struct sweep sweep;
    struct results *results;
    struct lock lock;
    struct model_survey survey;
    struct run_output output;
    struct output_watch watch;
    struct inflight_journal journal;
    unsigned char *missing;     /* models to train */
    struct queue_counts counts; /* at the end, on rank 0 */
};

static const struct option_table OPTIONS = {
    .file = "study file",
    .options = {{"--output", 'o', "FILE", "results file, instead of the study's own",
                 offsetof(struct run_options, output)},
                {"--shard", '\0', "K/N",
                 "every N-th case from the K-th on, into STUDY.shard-K-of-N.h5",
                 offsetof(struct run_options, shard)},
                {"--quiet", 'q', NULL, "no progress",
                 offsetof(struct run_options, request.output.quiet)},
                PROGRESS_OPTION(offsetof(struct run_options, progress)),
                {"--fresh", '\0', NULL,
                 "move an existing results file (and kept Schur forms) aside, start anew",
                 offsetof(struct run_options, request.output.fresh)},
                {"--extend", '\0', NULL,
                 "keep what an existing results file of another study, and those behind STUDY, "
                 "have of this one; the existing one goes aside",
                 offsetof(struct run_options, request.output.extend)},
                {"--retry-failed", '\0', NULL, "run failed jobs of an existing results file again",
                 offsetof(struct run_options, request.output.retry_failed)},
                {"--json", '\0', NULL, "what was done, for programs, when the run ends",
                 offsetof(struct run_options, request.json)},
                RUN_LIMIT_OPTIONS(offsetof(struct run_options, limits))},
    .more = "Under mpirun rank 0 drives and needs no core of its own:\n"
            "  mpirun -q --oversubscribe -n $(($(nproc) + 1)) schursweep run STUDY\n"};

/* One rank, one thread: more of them would fight for the same cores. */
static void warn_of_threads(void)
{
    static const char *const names[] = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS",
                                        "OMP_NUM_THREADS"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *const value = getenv(names[i]);
        if (value != NULL && strtol(value, NULL, 10) > 1) {
            screen_note("warning: %s is %s, but every rank computes with one thread: start more "
                        "ranks instead",
                        names[i], value);
        }
    }
}

/* Rank 0: study, models, lock, results file; tells what there is to do. */
static enum status prepare(void *context, struct error *error)
{
    struct run *const run = context;
    const struct run_request *const request = run->request;
    if (!request->output.quiet) {
        warn_of_threads();
    }
    TRY(request->load(request->source, &run->survey, &run->sweep, error));
    run->sweep.isa = run->isa;
    if (run->sweep.n_cases == 0) {
        return STATUS_OK; /* a surplus shard leaves no file */
    }
    if (request->output.fresh || request->output.extend || access(run->sweep.output, F_OK) != 0) {
        TRY(launch_check_teams(run->context, &run->sweep, error)); /* before there is a new file */
    }
    TRY(trained_models_find_missing(&run->sweep, &run->survey, &run->missing, error));
    TRY(run_output_prepare(&run->output, &run->lock, &run->sweep, &request->output, error));
    run->sweep.isa = run->output.isa;
    if (!results_scan_is_final(&run->output.scan)) {
        TRY(launch_check_teams(run->context, &run->sweep, error));
    }
    return trained_models_make_folders(&run->sweep, run->missing, error);
}

/* Rank 0: the history and the work units in flight, from what earlier runs have left. */
static enum status begin_log(struct run *run, struct error *error)
{
    int n_ranks = 1;
    (void)MPI_Comm_size(run->context->comm, &n_ranks);
    TRY(inflight_journal_begin(&run->journal, &run->sweep, run->results,
                               run->request->output.retry_failed, error));
    TRY(run_output_start(&run->output, run->results, n_ranks, error));
    return training_marks_begin(&run->journal.training, &run->sweep, run->results,
                                run->journal.first_case, run->missing, run->output.epoch_index + 1,
                                error);
}

/* Never silent either: a study of another network than was meant looks like any other. What this
 * program has trained is what it is. */
static enum status warn_of_poor(const struct run *run, struct error *error)
{
    const struct sweep *const sweep = &run->sweep;
    const size_t jobs = (size_t)sweep->n_alphas * (size_t)sweep->n_ablations; /* `none` is first */
    double *fvu = NULL;
    double *accuracy = NULL;
    int first = -1;
    int count = 0;
    enum status status = results_read_new(run->results, "fvu", &fvu, error);
    THEN(status, results_read_new(run->results, "accuracy", &accuracy, error));
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        if (!sweep->models[sweep->cases[i].model].is_trained &&
            baseline_is_poor(fvu[(size_t)i * jobs], accuracy[(size_t)i * jobs])) {
            first = first < 0 ? i : first;
            count++;
        }
    }
    if (first >= 0) {
        screen_note("warning: %s: FVU of the full network is above %g in %d of %d cases, %.3g of "
                    "the first, %s: is it this network, are these its trials?",
                    sweep->output, BASELINE_POOR_FVU, count, sweep->n_cases,
                    fvu[(size_t)first * jobs], sweep->models[sweep->cases[first].model].label);
    }
    free(accuracy);
    free(fvu);
    return status;
}

static enum status end_log(struct run *run, struct error *error)
{
    uint8_t *routes = NULL;
    int count = 0;
    TRY(run_output_finish(&run->output, run->results, error));
    if (sweep_has_teams(&run->sweep)) {
        TRY(results_read_new(run->results, "schur_route", &routes, error));
        for (int i = 0; i < run->sweep.n_cases; i++) {
            count += routes[i] == SCHUR_ROUTE_FALLBACK;
        }
        free(routes);
    }
    if (count > 0) { /* never silent, even with -q: it costs time, and somebody should know */
        screen_note("warning: %s: the Schur forms that teams computed of %d cases failed their "
                    "certificate and were computed again on one rank (schur_route 2)",
                    run->sweep.output, count);
    }
    return results_sync(run->results, error);
}

static enum status work_in(struct run *run, struct error *error)
{
    const bool is_driver = run->context->rank == COMM_DRIVER;
    struct launch_work work = {.context = run->context,
                               .sweep = &run->sweep,
                               .results = run->results,
                               .limits = run->request->limits,
                               .stop = run->request->limits.stop,
                               .scan = &run->output.scan,
                               .missing = run->missing,
                               .retry_failed = run->request->output.retry_failed,
                               .style = run->request->style,
                               .journal = is_driver ? &run->journal : NULL};
    struct error log_error;
    if (is_driver) {
        run->watch = (struct output_watch){
            .inner = run->request->limits.stop, .lock = &run->lock, .output = run->sweep.output};
        work.stop = output_watch_source(&run->watch);
        work.lock = &run->lock;
    }
    enum status begun = STATUS_OK;
    if (is_driver) { /* what was seen stays seen, even if it took all the time */
        begun = model_survey_keep(&run->survey, &run->sweep, run->results, error);
        THEN(begun, run_limits_check(&run->request->limits, error));
        THEN(begun, begin_log(run, error));
    }
    TRY(comm_agree(run->context->comm, begun, error));
    TRY(crash_mark_begin(run->sweep.output, error));
    const enum status status = launch_run(&work, &run->counts, error);
    crash_mark_end();
    enum status logged = is_driver ? end_log(run, &log_error) : STATUS_OK;
    if (is_driver && status == STATUS_OK && !run->sweep.of_pairs) {
        THEN(logged, warn_of_poor(run, &log_error));
    }
    if (status == STATUS_OK && logged != STATUS_OK) {
        *error = log_error;
        return logged;
    }
    return status == STATUS_STOPPED ? error_prefix(error, status, "%s", run->sweep.output) : status;
}

static enum status sweep_cases(struct run *run, struct error *error)
{
    const struct schema schema = diagnostics_schema(&run->sweep);
    struct error close_error;
    enum status status = run->context->rank != COMM_DRIVER
                             ? lock_take_worker(&run->lock, run->sweep.output, error)
                             : STATUS_OK;
    TRY(comm_agree(run->context->comm, status, error));
    status =
        results_open_parallel(&run->results, run->sweep.output, run->context->comm, &schema, error);
    THEN(status, lock_check(&run->lock, run->sweep.output, error)); /* it is what was opened */
    TRY(comm_agree(run->context->comm, status, error));
    status = work_in(run, error);
    const enum status closed = results_close(&run->results, &close_error);
    if (status == STATUS_OK && closed != STATUS_OK) {
        *error = close_error;
        status = closed;
    }
    if (run->context->rank == COMM_DRIVER) {
        THEN(status, run_output_check(&run->lock, &run->sweep, error));
    }
    return comm_agree(run->context->comm, status, error);
}

/* Of a complete study. */
static void tell_next(const struct run *run)
{
    const struct standing complete = {.of_pairs = run->sweep.of_pairs};
    char next[COMMAND_SIZE];
    standing_next(&complete, run->sweep.output, next, sizeof next);
    screen_note("%s: complete, next: %s", run->sweep.output, next);
}

static enum status run_study(struct run *run, struct error *error)
{
    const bool is_driver = run->context->rank == COMM_DRIVER;
    bool work = false;
    enum status status = STATUS_OK;
    TRY(isa_choice_agree(run->context->comm, &run->isa, error));
    TRY(model_survey_share(&run->survey, run->context->comm, prepare, run, error));
    const bool has_work =
        is_driver && run->sweep.n_cases > 0 && !results_scan_is_final(&run->output.scan);
    TRY(launch_share_sweep(run->context, has_work, &run->sweep, &work, error));
    if (work) {
        TRY(sweep_cases(run, error));
    } else if (is_driver) {
        run->counts.n_jobs = run->output.scan.n_jobs;
        run->counts.n_done = run->output.scan.n_done;
        run->counts.n_failed = run->output.scan.n_failed;
        if (run->sweep.n_cases == 0) {
            screen_note("%s: nothing to do, the study has fewer cases than shards",
                        run->sweep.output);
        } else if (!run->request->output.quiet) {
            screen_note("%s: nothing to do, all %lld jobs are done", run->sweep.output,
                        (long long)run->counts.n_jobs);
        }
    }
    if (is_driver && run->sweep.n_cases > 0 && !run->request->output.quiet) {
        training_steps_tell(&run->sweep, run->missing);
        tell_next(run);
    }
    /* A complete study; the same exit status on all ranks. */
    if (is_driver && run->counts.n_failed > 0) {
        status = error_set(error, STATUS_JOBS_FAILED, "%s: complete, but %lld of %lld jobs failed",
                           run->sweep.output, (long long)run->counts.n_failed,
                           (long long)run->counts.n_jobs);
    }
    return comm_agree(run->context->comm, status, error);
}

/* Of a run that has ended in its order, whether or not it has done all; of others the error tells.
 */
static void print_json(const struct run *run, enum status status, double seconds)
{
    const struct queue_counts *const counts = &run->counts;
    struct json json = {.stream = stdout};
    json_object(&json, NULL);
    json_text(&json, "output", run->sweep.output);
    json_text(&json, "state", status == STATUS_STOPPED ? "stopped" : "complete");
    json_integer(&json, "exit_code", (int64_t)status);
    json_integer(&json, "jobs", counts->n_jobs);
    json_integer(&json, "done", counts->n_done);
    json_integer(&json, "failed", counts->n_failed);
    json_integer(&json, "pending", counts->n_jobs - counts->n_done - counts->n_failed);
    json_object(&json, "models");
    json_integer(&json, "to_train", counts->n_models);
    json_integer(&json, "trained", counts->n_trained);
    json_integer(&json, "failed", counts->n_diverged);
    json_end_object(&json);
    json_real(&json, "seconds", seconds);
    json_end_object(&json);
}

enum status run_request_complete(struct run_request *request, const char *command,
                                 const char *progress, const struct run_limit_options *limits,
                                 struct error *error)
{
    if (request->output.extend && request->output.fresh) {
        return error_set(error, STATUS_USAGE, "%s: --extend or --fresh, not both", command);
    }
    TRY(run_limits_read(&request->limits, limits, error));
    return progress_option(command, progress, request->output.quiet, &request->style, error);
}

enum status run_sweep(const struct command_context *context, const struct run_request *request,
                      struct error *error)
{
    struct run run = {.context = context, .request = request, .lock = LOCK_NONE};
    const double begin = MPI_Wtime();
    const enum status status = run_study(&run, error);
    if (request->json && context->rank == COMM_DRIVER &&
        (status == STATUS_OK || status == STATUS_STOPPED || status == STATUS_JOBS_FAILED)) {
        print_json(&run, status, MPI_Wtime() - begin);
    }
    inflight_journal_release(&run.journal);
    results_scan_release(&run.output.scan);
    free(run.missing);
    model_survey_release(&run.survey);
    lock_release(&run.lock);
    sweep_release(&run.sweep);
    return status;
}

static enum status load_study(const void *source, struct model_survey *survey, struct sweep *sweep,
                              struct error *error)
{
    const struct run_options *const options = source;
    return shard_option_load(sweep, options->study, options->output, options->shard,
                             options->request.output.quiet ? NULL : stderr, survey, error);
}

/* files[argc] */
static enum status parse_options(struct run_options *options, int argc, char **argv, char **files,
                                 struct error *error)
{
    struct run_request *const request = &options->request;
    int n_files = 0;
    TRY(options_parse_files(argc, argv, &OPTIONS, options, files, &n_files, error));
    options->study = files[0];
    request->output.older = files + 1;
    request->output.n_older = n_files - 1;
    if (request->output.n_older > 0 && !request->output.extend) {
        return error_set(error, STATUS_USAGE,
                         "run: unexpected argument '%s', expected one study file, or --extend",
                         files[1]);
    }
    return run_request_complete(request, "run", options->progress, &options->limits, error);
}

static enum status command_run(const struct command_context *context, int argc, char **argv,
                               struct error *error)
{
    struct run_options options = {.request = {.load = load_study, .source = &options}};
    char **files = NULL;
    TRY(memory_array(&files, (size_t)argc + 1, sizeof *files, error));
    enum status status = parse_options(&options, argc, argv, files, error);
    THEN(status, run_sweep(context, &options.request, error));
    free(files);
    return status;
}

const struct command COMMAND_RUN = {
    .name = "run",
    .arguments = "STUDY [OLD...]",
    .summary = "train what is missing, sweep every job into the results file; resumes by itself",
    .options = &OPTIONS,
    .uses_mpi = true,
    .run = command_run,
};
