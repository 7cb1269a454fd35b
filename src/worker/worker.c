#include "worker/worker.h"

#include "cases/cases.h"
#include "comm/backoff.h"
#include "core/clock.h"
#include "core/memory.h"
#include "store/crash_mark.h"
#include "store/results_faults.h"
#include "worker/case_sweep.h"
#include "worker/heartbeat.h"
#include "worker/pair_compare.h"
#include "worker/result_buffer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WAITING = 64 };

static const double SYNC_INTERVAL = 60.0; /* what a power failure may cost */

struct worker {
    const struct sweep *sweep;
    const struct results *results;
    const char *versions;
    struct stop_source stop;
    struct heartbeat heartbeat;
    double last_sync; /* clock_seconds() of the last time the jobs were brought to the disk */
    struct experiment *alone;   /* cases of this worker */
    struct pair_cases *pairs;   /* of a sweep of pairs, in its place */
    struct experiment *of_team; /* cases that it shares, or NULL */
    struct packer packet;
    struct work_unit waiting[MAX_WAITING]; /* work units received and not begun, first come first */
    int n_waiting;
};

enum status worker_create(struct worker **out, const struct sweep *sweep,
                          const struct results *results, const char *versions,
                          const struct stop_source *stop, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    (*out)->stop = stop != NULL ? *stop : (struct stop_source){0};
    (*out)->last_sync = clock_seconds();
    (*out)->sweep = sweep;
    (*out)->results = results;
    (*out)->versions = versions;
    const enum status status = sweep->of_pairs ? pair_cases_create(&(*out)->pairs, sweep, error)
                                               : cases_alone(&(*out)->alone, sweep, error);
    if (status != STATUS_OK) {
        worker_destroy(out);
    }
    return status;
}

enum status worker_join_team(struct worker *worker, const struct team *team, struct error *error)
{
    return cases_of_team(&worker->of_team, worker->sweep, team, worker->versions, error);
}

void worker_watch_itself(struct worker *worker, double stall_timeout)
{
    static const double longest = 1e9;
    worker->heartbeat.self_watch = stall_timeout < longest ? (unsigned)ceil(stall_timeout) : 0;
}

static void drop_waiting(struct worker *worker)
{
    while (worker->n_waiting > 0) {
        work_unit_release(&worker->waiting[--worker->n_waiting]);
    }
}

void worker_destroy(struct worker **worker)
{
    if (*worker != NULL) {
        drop_waiting(*worker);
        experiment_destroy((*worker)->alone);
        experiment_destroy((*worker)->of_team);
        pair_cases_destroy(&(*worker)->pairs);
        pack_release(&(*worker)->packet);
        free(*worker);
        *worker = NULL;
    }
}

static bool unit_fits(const struct worker *worker, const struct work_unit *unit)
{
    const struct sweep *const sweep = worker->sweep;
    if (unit->kind == WORK_TRAIN) {
        return unit->index < sweep->n_models && sweep->models[unit->index].is_trained;
    }
    return worker->results != NULL && unit->index < sweep->n_cases &&
           unit->n_jobs == sweep_jobs_per_case(sweep) &&
           (worker->of_team != NULL || !sweep_needs_team(sweep, unit->index)) &&
           (unit->failure == STATUS_OK || status_is_job_failure(unit->failure));
}

/* What was computed is kept before a work unit is left, whatever the reason. Results that lie in
 * the page cache survive this process but no power failure: they are synced now and then. */
static enum status run_sweep(struct worker *worker, const struct work_unit *unit,
                             struct work_report *report, struct error *error)
{
    struct result_buffer buffer;
    struct error flush_error;
    TRY(result_buffer_create(&buffer, worker->results, unit->index, unit->n_jobs, error));
    struct experiment *const experiment =
        sweep_needs_team(worker->sweep, unit->index) ? worker->of_team : worker->alone;
    enum status status =
        worker->pairs != NULL
            ? pair_compare(worker->pairs, worker->sweep, unit, &worker->heartbeat, &buffer, error)
            : case_sweep(experiment, worker->sweep, unit, &worker->heartbeat, &buffer, error);
    const enum status flushed = result_buffer_flush(&buffer, &flush_error);
    const double now = clock_seconds();
    if (flushed != STATUS_OK && (status == STATUS_OK || status == STATUS_STOPPED)) {
        *error = flush_error;
        status = flushed;
    } else if (status == STATUS_OK && now - worker->last_sync >= SYNC_INTERVAL) {
        worker->last_sync = now;
        status = results_sync(worker->results, error);
    }
    report->n_done = buffer.n_done;
    report->n_failed = buffer.n_failed;
    report->n_absent = buffer.n_absent;
    result_buffer_release(&buffer);
    return status;
}

/* A model that cannot be trained is the report's failure, not the worker's. */
static enum status run_training(struct worker *worker, const struct work_unit *unit,
                                const struct work_watcher *watcher, struct work_report *report,
                                struct error *error)
{
    const enum status status =
        train_into_file(worker->sweep, unit->index, worker->versions, watcher, error);
    if (status == STATUS_STOPPED) {
        return error_set(error, status, "stopped early (%s), run the same command again",
                         stop_ask(&watcher->stop).reason);
    }
    if (!status_is_job_failure(status)) {
        return status;
    }
    report->failure = status;
    (void)snprintf(report->message, sizeof report->message, "%s", error->text);
    return STATUS_OK;
}

enum status worker_run_unit(struct worker *worker, const struct work_unit *unit,
                            const struct work_watcher *watcher, struct work_report *report,
                            struct error *error)
{
    const double start = clock_seconds();
    *report = (struct work_report){.unit = unit->id};
    worker->heartbeat.watcher = watcher;
    worker->heartbeat.last = start;
    if (!unit_fits(worker, unit)) {
        return error_set(error, STATUS_INTERNAL, "work unit %lld does not fit the sweep",
                         (long long)unit->id);
    }
    const bool trains = unit->kind == WORK_TRAIN;
    if (worker->results != NULL) {
        /* Of a training the faults stand in the first case of its model. */
        const int slot = trains ? sweep_first_case(worker->sweep, unit->index) : unit->index;
        crash_mark_arm(results_fault_place(worker->results, slot,
                                           trains ? FAULT_TRAINING_CRASH : FAULT_SWEEP_CRASH),
                       results_attempts_place(worker->results, slot));
    }
    heartbeat_watch(&worker->heartbeat);
    const enum status status = trains ? run_training(worker, unit, watcher, report, error)
                                      : run_sweep(worker, unit, report, error);
    crash_mark_disarm();
    heartbeat_unwatch(&worker->heartbeat);
    worker->heartbeat.watcher = NULL;
    report->seconds = clock_seconds() - start;
    return status;
}

static enum status send_packed(struct worker *worker, struct comm *comm, struct error *error)
{
    TRY(pack_finish(&worker->packet, error));
    return comm_send(comm, COMM_DRIVER, worker->packet.bytes, worker->packet.size, error);
}

static enum status send_report(struct worker *worker, struct comm *comm,
                               const struct work_report *report, struct error *error)
{
    pack_clear(&worker->packet);
    message_pack_report(report, &worker->packet);
    return send_packed(worker, comm, error);
}

/* Where the progress of a training goes. */
struct progress_sender {
    struct worker *worker;
    struct comm *comm;
    int64_t unit;
};

/* Progress that is lost is no reason to stop a training. */
static void send_progress(void *context, int step, int steps, double loss)
{
    const struct progress_sender *const sender = context;
    const struct training_progress training = {sender->unit, step, steps, loss};
    struct error ignored;
    heartbeat_watch(&sender->worker->heartbeat);
    pack_clear(&sender->worker->packet);
    message_pack_training(&training, &sender->worker->packet);
    (void)!send_packed(sender->worker, sender->comm, &ignored);
}

static enum status send_bare(struct worker *worker, struct comm *comm, enum message_kind kind,
                             struct error *error)
{
    pack_clear(&worker->packet);
    message_pack_bare(kind, &worker->packet);
    return send_packed(worker, comm, error);
}

static void send_heartbeat(void *context)
{
    const struct progress_sender *const sender = context;
    struct error ignored;
    (void)!send_bare(sender->worker, sender->comm, MESSAGE_HEARTBEAT, &ignored);
}

static enum status run_next(struct worker *worker, struct comm *comm, struct error *error)
{
    struct work_report report;
    struct progress_sender sender = {.worker = worker, .comm = comm};
    const struct work_watcher watcher = {.tell = send_progress,
                                         .context = &sender,
                                         .heartbeat = send_heartbeat,
                                         .stop = worker->stop};
    struct work_unit unit = worker->waiting[0];
    worker->n_waiting--;
    memmove(worker->waiting, worker->waiting + 1, (size_t)worker->n_waiting * sizeof unit);
    sender.unit = unit.id;
    const enum status status = worker_run_unit(worker, &unit, &watcher, &report, error);
    report.status = status;
    work_unit_release(&unit);
    if (report.status != STATUS_OK) {
        (void)snprintf(report.message, sizeof report.message, "%s", error->text);
        drop_waiting(worker);
    }
    return send_report(worker, comm, &report, error);
}

/* After a stop only what a team shares is still worked on: its others may have begun it, and would
 * wait for this rank forever. */
static enum status accept_packet(struct worker *worker, bool *stopped, struct error *error)
{
    if (message_kind_of(&worker->packet) == MESSAGE_STOP) {
        int n_kept = 0;
        for (int i = 0; i < worker->n_waiting; i++) {
            struct work_unit *const unit = &worker->waiting[i];
            if (worker->of_team != NULL && unit->kind == WORK_SWEEP &&
                unit->index < worker->sweep->n_cases &&
                sweep_needs_team(worker->sweep, unit->index)) {
                worker->waiting[n_kept++] = *unit;
            } else {
                work_unit_release(unit);
            }
        }
        worker->n_waiting = n_kept;
        *stopped = true;
        return STATUS_OK;
    }
    if (worker->n_waiting == MAX_WAITING) {
        return error_set(error, STATUS_INTERNAL, "more than %d work units in flight", MAX_WAITING);
    }
    TRY(message_unpack_work(&worker->packet, &worker->waiting[worker->n_waiting], error));
    worker->n_waiting++;
    return STATUS_OK;
}

/* All packets are taken before the next work unit begins, so that a stop overtakes waiting work
 * units. */
enum status worker_step(struct worker *worker, struct comm *comm, bool *worked, bool *stopped,
                        struct error *error)
{
    int from = 0;
    bool got = true;
    *worked = false;
    while (got && !*stopped) {
        TRY(comm_receive(comm, &from, &worker->packet, &got, error));
        if (got) {
            *worked = true;
            TRY(accept_packet(worker, stopped, error));
        }
    }
    if (worker->n_waiting > 0) {
        *worked = true;
        TRY(run_next(worker, comm, error));
    }
    while (*stopped && worker->n_waiting > 0) { /* nothing comes after the goodbye */
        TRY(run_next(worker, comm, error));
    }
    return *stopped ? send_bare(worker, comm, MESSAGE_GOODBYE, error) : STATUS_OK;
}

enum status worker_serve(struct worker *worker, struct comm *comm, struct error *error)
{
    struct backoff backoff = {0};
    enum status status = STATUS_OK;
    bool stopped = false;
    while (status == STATUS_OK && !stopped) {
        bool worked = false;
        status = worker_step(worker, comm, &worked, &stopped, error);
        if (worked) {
            backoff_reset(&backoff);
        } else if (status == STATUS_OK) {
            backoff_wait(&backoff);
        }
    }
    THEN(status, comm_drain(comm, error));
    if (status != STATUS_OK) {
        struct work_report report = {.unit = -1, .status = status};
        struct error ignored;
        (void)snprintf(report.message, sizeof report.message, "%s", error->text);
        (void)!send_report(worker, comm, &report, &ignored);
        (void)!send_bare(worker, comm, MESSAGE_GOODBYE, &ignored);
        (void)!comm_drain(comm, &ignored);
    }
    return status;
}
