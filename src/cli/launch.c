#include "cli/launch.h"

#include "cli/liveness.h"
#include "cli/versions.h"
#include "comm/comm.h"
#include "core/clock.h"
#include "core/memory.h"
#include "driver/driver.h"
#include "kernel/recipes/recipe.h"
#include "kernel/tasks/task.h"
#include "store/crash_mark.h"
#include "worker/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status launch_share_sweep(const struct command_context *context, bool has_work,
                               struct sweep *sweep, bool *work, struct error *error)
{
    struct packer packet = {0};
    enum status status = STATUS_OK;
    if (context->rank == COMM_DRIVER && has_work) {
        sweep_pack(sweep, &packet);
        status = pack_finish(&packet, error);
    }
    TRY(comm_agree(context->comm, status, error));
    status = comm_broadcast(context->comm, COMM_DRIVER, &packet, error);
    *work = packet.size > 0;
    if (status == STATUS_OK && context->rank != COMM_DRIVER && *work) {
        status = sweep_unpack(sweep, packet.bytes, packet.size, error);
    }
    pack_release(&packet);
    return comm_agree(context->comm, status, error);
}

enum status launch_check_teams(const struct command_context *context, const struct sweep *sweep,
                               struct error *error)
{
    const struct team_spec *const spec = &sweep->team;
    int n_ranks = 1;
    (void)MPI_Comm_size(context->comm, &n_ranks);
    if (!sweep_has_teams(sweep) || n_ranks - 1 >= spec->n_ranks) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE,
                     "models of %d units or more need a team of %d ranks beside the driver, and %d "
                     "%s started: start at least %d, or change `team` in the study",
                     spec->from_hidden, spec->n_ranks, n_ranks, n_ranks == 1 ? "was" : "were",
                     spec->n_ranks + 1);
}

/* Arrays that the queue reads while it is made. */
struct queue_arrays {
    int *model_of_case; /* [n_cases] */
    int *chunk_of_job;  /* [jobs per case] */
    int n_chunks;
    unsigned char *for_team; /* [n_cases] */
    double *cost;            /* [n_cases] */
    double *training_cost;   /* [n_models] */
};

/* Cases are split between ablation sets, and where all partitions are swept within the sets too: a
 * chunk is a set on some neighbouring partitions. Alphas go with the first of them. */
static enum status fill_chunks(struct queue_arrays *arrays, const struct sweep *sweep,
                               struct error *error)
{
    enum { ROWS_PER_CHUNK = 16 };
    const int n_sets = sweep->of_pairs ? 1 : sweep->n_ablations; /* a pair stays together */
    const int wanted = (sweep->n_partitions + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
    const int most = QUEUE_MAX_CHUNKS / n_sets;
    const int per_set = wanted < 1 ? 1 : wanted > most ? most : wanted;
    const int n_rows = sweep_rows_per_case(sweep);
    TRY(memory_array(&arrays->chunk_of_job, (size_t)sweep_jobs_per_case(sweep), sizeof(int),
                     error));
    for (int row = 0; row < n_rows; row++) {
        const int64_t partition = row - sweep->n_alphas;
        const int of_set = partition < 0 ? 0 : (int)(partition * per_set / sweep->n_partitions);
        for (int set = 0; set < n_sets; set++) {
            arrays->chunk_of_job[row * n_sets + set] = set * per_set + of_set;
        }
    }
    arrays->n_chunks = n_sets * per_set;
    for (int d = 0; d < sweep->n_diagnostics; d++) { /* dealt out, since some take long */
        arrays->chunk_of_job[n_rows * n_sets + d] = d % arrays->n_chunks;
    }
    return STATUS_OK;
}

static double step_cost(const struct model_spec *model)
{
    return (double)cell_parts(model->cell.kind)->n_gates * model->n_hidden * model->n_hidden;
}

/* Steps of all trials that a case is evaluated on; 1 if that is not known. */
static double trial_steps(const struct sweep *sweep, const struct case_spec *spec)
{
    if (spec->task == CASE_TASK_OWN) {
        return fmax(sweep->models[spec->model].trial_steps, 1.0);
    }
    const struct task_spec *const task = &sweep->tasks[spec->task];
    const struct task_ops *const ops = task->path == NULL ? task_find(task->name) : NULL;
    return ops == NULL ? fmax(task->trial_steps, 1.0)
                       : ops->shape(task->params).n_steps * task->params[TASK_PARAM_TRIALS_INDEX];
}

/* A Schur form, and a rollout of every removal. */
static double case_cost(const struct sweep *sweep, int case_index)
{
    static const double schur = 60.0; /* times width^3: slower work than products */
    const struct case_spec *const spec = &sweep->cases[case_index];
    const double width = sweep_case_width(sweep, case_index);
    return schur * width * width * width + step_cost(&sweep->models[spec->model]) *
                                               trial_steps(sweep, spec) *
                                               sweep_jobs_of_case(sweep, case_index);
}

/* As if all batches had the horizon of the last. */
static double training_cost(const struct sweep *sweep, const struct model_spec *model)
{
    const struct recipe_values *const recipe = &model->training.recipe;
    const struct task_spec *const task = &sweep->tasks[model->training.task];
    const struct task_ops *const ops = task_find(task->name);
    const double steps =
        ops != NULL ? recipe_shape(recipe, ops, task->params, recipe->steps - 1).n_steps : 1.0;
    return step_cost(model) * steps * recipe->steps * recipe->batch;
}

/* Costs are rough: the order of the work units, and what still fits into the time, depend on them.
 * Multiplications, of a training per step and trial. */
static enum status fill_arrays(struct queue_arrays *arrays, const struct sweep *sweep,
                               struct error *error)
{
    const size_t n_cases = (size_t)sweep->n_cases;
    TRY(fill_chunks(arrays, sweep, error));
    TRY(memory_array(&arrays->model_of_case, n_cases, sizeof(int), error));
    TRY(memory_array(&arrays->for_team, n_cases, 1, error));
    TRY(memory_array(&arrays->cost, n_cases, sizeof(double), error));
    TRY(memory_array(&arrays->training_cost, (size_t)sweep->n_models, sizeof(double), error));
    for (int i = 0; i < sweep->n_cases; i++) {
        arrays->model_of_case[i] = sweep->cases[i].model;
        arrays->for_team[i] = sweep_needs_team(sweep, i);
        arrays->cost[i] = case_cost(sweep, i);
    }
    for (int i = 0; i < sweep->n_models; i++) {
        const struct model_spec *const model = &sweep->models[i];
        if (model->is_trained) {
            arrays->training_cost[i] = training_cost(sweep, model);
        }
    }
    return STATUS_OK;
}

/* No case is for a team unless the sweep has results and wide models. */
static bool has_teams(const struct launch_work *work)
{
    return work->results != NULL && sweep_has_teams(work->sweep);
}

static enum status create_queue(const struct launch_work *work, int n_workers, struct queue **queue,
                                struct error *error)
{
    const struct sweep *const sweep = work->sweep;
    struct queue_arrays arrays = {0};
    enum status status = fill_arrays(&arrays, sweep, error);
    if (status == STATUS_OK) {
        struct queue_input input = {.n_cases = sweep->n_cases,
                                    .jobs_per_case = sweep_jobs_per_case(sweep),
                                    .n_chunks = arrays.n_chunks,
                                    .chunk_of_job = arrays.chunk_of_job,
                                    .model_of_case = arrays.model_of_case,
                                    .cost = arrays.cost,
                                    .n_models = sweep->n_models,
                                    .missing = work->missing,
                                    .training_cost = arrays.training_cost,
                                    .n_workers = n_workers};
        if (has_teams(work)) {
            input.team_size = sweep->team.n_ranks;
            input.for_team = arrays.for_team;
        }
        if (work->scan != NULL) {
            input.final = work->scan->final;
            input.n_absent = work->scan->n_absent;
            input.n_done = work->scan->n_done;
            input.n_failed = work->retry_failed ? 0 : work->scan->n_failed;
        }
        if (work->journal != NULL) {
            input.attempts = work->journal->attempts;
            input.case_failure = work->journal->case_failure;
            input.training_failure = work->journal->training_failure;
        }
        status = queue_create(queue, &input, error);
    }
    free(arrays.model_of_case);
    free(arrays.chunk_of_job);
    free(arrays.for_team);
    free(arrays.cost);
    free(arrays.training_cost);
    return status;
}

static double unit_timeout(const void *context, enum work_kind kind, int index)
{
    const struct launch_work *const work = context;
    const struct sweep *const sweep = work->sweep;
    const int model = kind == WORK_TRAIN ? index : sweep->cases[index].model;
    return run_limits_stall_timeout(&work->limits, sweep->models[model].n_hidden);
}

/* All that one rank has of a launch. */
struct launch {
    const struct launch_work *work;
    struct comm *comm;
    struct comm *alone[2]; /* driver and worker of a run on one rank */
    struct liveness liveness;
    struct team team;
    struct worker *worker; /* NULL on a driver that has workers elsewhere */
    struct queue_counts *counts;
    char versions[2048]; /* for the worker */
};

/* Nobody would find what was written into a file that has lost its name. */
static enum status check_output(const struct launch_work *work, enum status status,
                                struct error *error)
{
    struct error lost;
    if (work->lock == NULL || (status != STATUS_OK && status != STATUS_STOPPED) ||
        lock_check(work->lock, work->sweep->output, &lost) == STATUS_OK) {
        return status;
    }
    *error = lost;
    return STATUS_IO;
}

static enum status drive(struct launch *launch, struct comm *comm, struct error *error)
{
    const struct launch_work *const work = launch->work;
    const struct driver_options options = {
        .stop = work->stop,
        .end_time = work->limits.end_time,
        .stall_timeout = run_limits_stall_timeout(&work->limits, 0),
        .unit_timeout = unit_timeout,
        .timeout_context = work,
        .journal = work->journal != NULL ? &work->journal->calls : NULL,
        .is_alive = launch->worker == NULL ? liveness_is_alive : NULL,
        .alive_context = &launch->liveness};
    struct progress progress;
    struct queue *queue = NULL;
    bool abandoned = false;
    TRY(create_queue(work, comm->size - 1, &queue, error));
    *launch->counts = queue_counts(queue);
    enum status status = progress_begin(&progress, stderr, work->style, comm->size - 1, work->sweep,
                                        launch->counts, clock_seconds(), error);
    if (status == STATUS_OK) {
        status = driver_run(comm, queue, &progress, &options, &abandoned, error);
        status = check_output(work, status, error);
        *launch->counts = queue_counts(queue);
        progress_release(&progress);
    }
    queue_destroy(&queue);
    if (abandoned) {
        const char *const path = work->results != NULL ? work->sweep->output : NULL;
        work->context->abandon(error, path != NULL && status == STATUS_STOPPED
                                          ? error_prefix(error, status, "%s", path)
                                          : status);
    }
    return status;
}

static enum status create_worker(struct launch *launch, struct error *error)
{
    const struct launch_work *const work = launch->work;
    version_list(launch->versions, sizeof launch->versions);
    return worker_create(&launch->worker, work->sweep, work->results, launch->versions, &work->stop,
                         error);
}

static enum status work_alone(void *context, bool *worked, struct error *error)
{
    struct launch *const launch = context;
    bool stopped = false;
    return worker_step(launch->worker, launch->alone[1], worked, &stopped, error);
}

static enum status run_alone(struct launch *launch, struct error *error)
{
    const struct launch_work *const work = launch->work;
    TRY(create_worker(launch, error));
    worker_watch_itself(launch->worker,
                        run_limits_stall_timeout(&work->limits, sweep_max_hidden(work->sweep)));
    TRY(comm_loopback_create(launch->alone, 2, work_alone, launch, error));
    crash_mark_obey(&work->limits.stop);
    const enum status status = drive(launch, launch->alone[COMM_DRIVER], error);
    crash_mark_obey(NULL);
    comm_loopback_destroy(launch->alone);
    return status;
}

/* The driver begins when all others are ready for its messages. */
static enum status run_together(struct launch *launch, struct error *error)
{
    const bool is_driver = launch->comm->rank == COMM_DRIVER;
    enum status status = is_driver ? STATUS_OK : create_worker(launch, error);
    if (status == STATUS_OK && !is_driver && launch->team.comm != MPI_COMM_NULL) {
        status = worker_join_team(launch->worker, &launch->team, error);
    }
    TRY(comm_agree(launch->work->context->comm, status, error));
    return is_driver ? drive(launch, launch->comm, error)
                     : worker_serve(launch->worker, launch->comm, error);
}

enum status launch_run(const struct launch_work *work, struct queue_counts *counts,
                       struct error *error)
{
    MPI_Comm mpi = work->context->comm;
    struct launch launch = {.work = work, .team = {.comm = MPI_COMM_NULL}, .counts = counts};
    TRY(liveness_begin(&launch.liveness, mpi, error));
    enum status status = comm_mpi_create(&launch.comm, mpi, error);
    if (status == STATUS_OK && has_teams(work)) {
        status = comm_agree(mpi, team_create(&launch.team, mpi, &work->sweep->team, error), error);
    }
    THEN(status, launch.comm->size == 1 ? run_alone(&launch, error) : run_together(&launch, error));
    worker_destroy(&launch.worker);
    team_destroy(&launch.team);
    comm_mpi_destroy(&launch.comm);
    liveness_release(&launch.liveness);
    return status;
}
