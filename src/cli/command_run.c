/* schursweep run STUDY */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/run_output.h"
#include "cli/sources.h"
#include "comm/comm.h"
#include "driver/driver.h"
#include "kernel/blas.h"
#include "store/h5.h"
#include "core/memory.h"
#include "worker/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run_options {
    const char *study;
    const char *output;
    const char *progress;
    bool quiet;
    bool fresh;
    bool retry_failed;
};

/* One rank's view of a run. The driver's part is used on rank 0 alone. */
struct run {
    const struct command_context *context;
    struct run_options options;
    struct sweep sweep;
    struct results results;
    struct lock lock;
    struct run_output output;
    struct queue_counts counts; /* at the end, on rank 0 */
};

static enum status parse_options(struct run_options *options, int argc, char **argv,
                                 struct error *error)
{
    const struct option_spec specs[] = {
        {"--output", 'o', NULL, &options->output},
        {"--quiet", 'q', &options->quiet, NULL},
        {"--progress", '\0', NULL, &options->progress},
        {"--fresh", '\0', &options->fresh, NULL},
        {"--retry-failed", '\0', &options->retry_failed, NULL},
    };
    TRY(options_parse(argc, argv, specs, sizeof specs / sizeof specs[0], "study file",
                      &options->study, error));
    const char *const style = options->progress;
    if (style != NULL && strcmp(style, "bar") != 0 && strcmp(style, "lines") != 0 &&
        strcmp(style, "none") != 0) {
        return error_set(error, STATUS_USAGE,
                         "run: --progress is '%s', expected bar, lines or none", style);
    }
    return STATUS_OK;
}

/* Under mpirun our stderr is a pipe; on one machine its other end is the terminal of our parent. */
static bool parent_has_terminal(void)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/fd/2", (long)getppid());
    const int descriptor = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool terminal = isatty(descriptor) != 0;
    (void)close(descriptor);
    return terminal;
}

static enum progress_style progress_style(const struct run_options *options)
{
    const char *const wanted = options->progress;
    if (options->quiet || (wanted != NULL && strcmp(wanted, "none") == 0)) {
        return PROGRESS_NONE;
    }
    if (wanted != NULL) {
        return strcmp(wanted, "bar") == 0 ? PROGRESS_BAR : PROGRESS_LINES;
    }
    const bool under_launcher = getenv("OMPI_COMM_WORLD_RANK") != NULL;
    const bool terminal =
        isatty(STDERR_FILENO) != 0 || (under_launcher && parent_has_terminal());
    return terminal ? PROGRESS_BAR : PROGRESS_LINES;
}

/* Rank 0: study, lock, results file; tells what there is to do. */
static enum status prepare_driver(struct run *run, struct error *error)
{
    TRY(study_load(&run->sweep, run->options.study, run->options.output, &STORE_SOURCES, error));
    int n_ranks = 1;
    (void)MPI_Comm_size(run->context->comm, &n_ranks);
    const struct run_output_options options = {.fresh = run->options.fresh,
                                               .retry_failed = run->options.retry_failed,
                                               .quiet = run->options.quiet,
                                               .n_ranks = n_ranks};
    return run_output_prepare(&run->output, &run->lock, &run->sweep, &options, error);
}

static bool has_work(const struct run *run)
{
    return memchr(run->output.scan.final, 0, (size_t)run->output.scan.n_cells) != NULL;
}

/* The sweep reaches every rank; an empty packet says that there is nothing to do. */
static enum status share_sweep(struct run *run, bool *work, struct error *error)
{
    struct packer packet = {0};
    if (run->context->rank == COMM_DRIVER && has_work(run)) {
        sweep_pack(&run->sweep, &packet);
        TRY(pack_finish(&packet, error));
    }
    enum status status = comm_broadcast(run->context->comm, COMM_DRIVER, &packet, error);
    *work = packet.size > 0;
    if (status == STATUS_OK && run->context->rank != COMM_DRIVER && *work) {
        status = sweep_unpack(&run->sweep, packet.bytes, packet.size, error);
    }
    pack_release(&packet);
    return comm_agree(run->context->comm, status, error);
}

static enum status open_results(struct run *run, struct error *error)
{
    enum status status = STATUS_OK;
    if (run->context->rank != COMM_DRIVER) {
        status = lock_take_worker(&run->lock, run->sweep.output, error);
    }
    TRY(comm_agree(run->context->comm, status, error));
    status = results_open_parallel(&run->results, run->sweep.output, run->context->comm, error);
    return comm_agree(run->context->comm, status, error);
}

/* Work of a case grows with steps x trials x width^2; only the order of the cases depends on it. */
static enum status case_costs(const struct sweep *sweep, double **costs, struct error *error)
{
    TRY(memory_array(costs, (size_t)sweep->n_cases, sizeof **costs, error));
    for (int i = 0; i < sweep->n_cases; i++) {
        const double width = sweep->models[sweep->cases[i].model].n_hidden;
        (*costs)[i] = width * width;
    }
    return STATUS_OK;
}

static enum status create_queue(struct run *run, int n_workers, struct queue **queue,
                                struct error *error)
{
    double *costs = NULL;
    const struct results_scan *const scan = &run->output.scan;
    TRY(case_costs(&run->sweep, &costs, error));
    const int64_t kept_failures = run->options.retry_failed ? 0 : scan->n_failed;
    const enum status status =
        queue_create(queue, run->sweep.n_cases, sweep_jobs_per_case(&run->sweep), scan->final,
                     costs, n_workers, scan->n_done, kept_failures, error);
    free(costs);
    return status;
}

static enum status drive(struct run *run, struct comm *comm, struct error *error)
{
    struct queue *queue = NULL;
    TRY(create_queue(run, comm->size - 1, &queue, error));
    run->counts = queue_counts(queue);
    struct progress progress = progress_begin(stderr, progress_style(&run->options),
                                              comm->size - 1, &run->counts, driver_clock());
    const enum status status = driver_run(comm, queue, &progress, error);
    run->counts = queue_counts(queue);
    queue_destroy(&queue);
    return status;
}

/* The worker of a run on one rank. */
struct lone_worker {
    struct worker *worker;
    struct comm *comm;
};

static enum status work_alone(void *context, bool *worked, struct error *error)
{
    struct lone_worker *const lone = context;
    bool stopped = false;
    return worker_step(lone->worker, lone->comm, worked, &stopped, error);
}

static enum status run_alone(struct run *run, struct error *error)
{
    struct comm *ends[2];
    struct lone_worker lone = {0};
    TRY(worker_create(&lone.worker, &run->sweep, &run->results, error));
    enum status status = comm_loopback_create(ends, 2, work_alone, &lone, error);
    if (status == STATUS_OK) {
        lone.comm = ends[1];
        status = drive(run, ends[COMM_DRIVER], error);
        comm_loopback_destroy(ends);
    }
    worker_destroy(&lone.worker);
    return status;
}

static enum status serve(struct run *run, struct comm *comm, struct error *error)
{
    struct worker *worker = NULL;
    TRY(worker_create(&worker, &run->sweep, &run->results, error));
    const enum status status = worker_serve(worker, comm, error);
    worker_destroy(&worker);
    return status;
}

static enum status run_together(struct run *run, struct error *error)
{
    struct comm *comm = NULL;
    TRY(comm_mpi_create(&comm, run->context->comm, error));
    if (comm->size == 1) {
        comm_mpi_destroy(&comm);
        return run_alone(run, error);
    }
    const enum status status = run->context->rank == COMM_DRIVER ? drive(run, comm, error)
                                                                 : serve(run, comm, error);
    comm_mpi_destroy(&comm);
    return status;
}

static enum status sweep_cases(struct run *run, struct error *error)
{
    blas_use_one_thread();
    TRY(open_results(run, error));
    enum status status = run_together(run, error);
    if (run->context->rank == COMM_DRIVER && status == STATUS_OK) {
        status = run_output_finish(&run->output, &run->results, error);
    }
    struct error close_error;
    const enum status closed = results_close(&run->results, &close_error);
    if (status == STATUS_OK && closed != STATUS_OK) {
        *error = close_error;
        status = closed;
    }
    return comm_agree(run->context->comm, status, error);
}

/* Exit status of a complete study, the same on all ranks. */
static enum status judge(struct run *run, struct error *error)
{
    enum status status = STATUS_OK;
    if (run->context->rank == COMM_DRIVER && run->counts.n_failed > 0) {
        status = error_set(error, STATUS_JOBS_FAILED, "%s: complete, but %lld of %lld jobs failed",
                           run->sweep.output, (long long)run->counts.n_failed,
                           (long long)run->counts.n_jobs);
    }
    return comm_agree(run->context->comm, status, error);
}

static enum status run_study(struct run *run, struct error *error)
{
    bool work = false;
    enum status status = STATUS_OK;
    if (run->context->rank == COMM_DRIVER) {
        status = prepare_driver(run, error);
    }
    TRY(comm_agree(run->context->comm, status, error));
    TRY(share_sweep(run, &work, error));
    if (work) {
        TRY(sweep_cases(run, error));
    } else if (run->context->rank == COMM_DRIVER) {
        run->counts.n_jobs = run->output.scan.n_cells;
        run->counts.n_failed = run->output.scan.n_failed;
        if (!run->options.quiet) {
            (void)fprintf(stderr, "%s: nothing to do, all %lld jobs are there\n",
                          run->sweep.output, (long long)run->counts.n_jobs);
        }
    }
    return judge(run, error);
}

static enum status command_run(const struct command_context *context, int argc, char **argv,
                               struct error *error)
{
    struct run run = {.context = context, .lock = {.descriptor = -1}};
    TRY(parse_options(&run.options, argc, argv, error));
    const enum status status = run_study(&run, error);
    results_scan_release(&run.output.scan);
    lock_release(&run.lock);
    sweep_release(&run.sweep);
    return status;
}

const struct command COMMAND_RUN = {
    .name = "run",
    .arguments = "STUDY",
    .summary = "sweep every job of a study into its results file; resumes by itself",
    .options = "  -o, --output FILE    results file, instead of the study's own\n"
               "  -q, --quiet          no progress\n"
               "  --progress STYLE     bar, lines or none; chosen by the terminal by default\n"
               "  --fresh              move an existing results file aside and start anew\n"
               "  --retry-failed       run failed jobs of an existing results file again\n"
               "\n"
               "Under mpirun rank 0 drives and needs no core of its own:\n"
               "  mpirun -q --oversubscribe -n $((cores + 1)) schursweep run STUDY\n",
    .uses_mpi = true,
    .run = command_run,
};
