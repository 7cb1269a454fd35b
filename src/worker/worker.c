#include "worker/worker.h"

#include "comm/backoff.h"
#include "core/memory.h"
#include "store/crash_mark.h"
#include "store/results_faults.h"
#include "worker/case_data.h"
#include "worker/case_facts.h"
#include "worker/cell_buffer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WAITING = 64 };

static const double ALIVE_INTERVAL = 1.0;
static const double SYNC_INTERVAL = 60.0; /* what a power failure may cost */

struct worker {
    const struct sweep *sweep;
    const struct results *results;
    const char *versions;
    struct stop_source stop;
    unsigned self_watch; /* seconds without sign of life that end the process, 0 never */
    double last_alive;   /* worker_clock() of the last sign of life */
    double last_sync;    /* and of the last time the cells were brought to the disk */
    struct case_data data;
    struct packer packet;
    struct item waiting[MAX_WAITING]; /* items received and not begun, first come first */
    int n_waiting;
};

enum status worker_create(struct worker **out, const struct sweep *sweep,
                          const struct results *results, const char *versions,
                          const struct stop_source *stop, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    (*out)->stop = stop != NULL ? *stop : (struct stop_source){0};
    (*out)->last_sync = worker_clock();
    (*out)->sweep = sweep;
    (*out)->results = results;
    (*out)->versions = versions;
    (*out)->data = case_data_begin(sweep);
    return STATUS_OK;
}

void worker_watch_itself(struct worker *worker, double patience)
{
    static const double longest = 1e9;
    worker->self_watch = patience < longest ? (unsigned)ceil(patience) : 0;
}

static void drop_waiting(struct worker *worker)
{
    while (worker->n_waiting > 0) {
        item_release(&worker->waiting[--worker->n_waiting]);
    }
}

void worker_destroy(struct worker **worker)
{
    if (*worker != NULL) {
        drop_waiting(*worker);
        case_data_release(&(*worker)->data);
        pack_release(&(*worker)->packet);
        free(*worker);
        *worker = NULL;
    }
}

static enum status write_case(const struct worker *worker, int64_t case_index, struct error *error)
{
    struct case_facts facts;
    TRY(case_facts_create(&facts, &worker->data, error));
    const enum status status =
        results_write_case(worker->results, case_index, &facts.values, error);
    case_facts_release(&facts);
    return status;
}

static int first_wanted(const struct item *item, const struct ablation_plan *plan, int variant)
{
    for (int job = 0; job < item->n_jobs; job++) {
        if (plan->variant_of_job[job] == variant && item_wants(item, job)) {
            return job;
        }
    }
    return item->n_jobs;
}

/* Gives the cell to every wanted job of the variant; the first carries the time. */
static enum status share_cell(const struct item *item, const struct ablation_plan *plan,
                              int variant, struct cell cell, struct cell_buffer *buffer,
                              struct error *error)
{
    for (int job = first_wanted(item, plan, variant); job < item->n_jobs; job++) {
        if (plan->variant_of_job[job] == variant && item_wants(item, job)) {
            TRY(cell_buffer_add(buffer, job, &cell, error));
            cell.seconds = 0.0;
        }
    }
    return STATUS_OK;
}

/* A worker that watches itself has so long from now on. */
static void wind_self_watch(const struct worker *worker)
{
    if (worker->self_watch > 0) {
        crash_mark_watch(worker->self_watch);
    }
}

static void give_sign_of_life(struct worker *worker, const struct work_watcher *watcher)
{
    const double now = worker_clock();
    if (now - worker->last_alive < ALIVE_INTERVAL) {
        return;
    }
    worker->last_alive = now;
    if (watcher != NULL && watcher->alive != NULL) {
        watcher->alive(watcher->context);
    }
    wind_self_watch(worker);
}

/* What was computed is kept before an item is left. */
static enum status leave_if_urgent(const struct work_watcher *watcher, struct cell_buffer *buffer,
                                   struct error *error)
{
    if (watcher == NULL || !stop_is_urgent(&watcher->stop)) {
        return STATUS_OK;
    }
    TRY(cell_buffer_flush(buffer, error));
    return error_set(error, STATUS_STOPPED, "stopped early (%s), run the same command again",
                     stop_ask(&watcher->stop).reason);
}

/* Cells of partitions that the model has not look as if nobody had ever written them, also after an
 * earlier failure of the whole case. */
static enum status clear_absent(const struct item *item, const struct ablation_plan *plan,
                                struct cell_buffer *buffer, struct error *error)
{
    const struct cell absent = cell_absent();
    for (int job = 0; job < item->n_jobs; job++) {
        if (plan->variant_of_job[job] == VARIANT_ABSENT && item_wants(item, job)) {
            TRY(cell_buffer_add(buffer, job, &absent, error));
        }
    }
    return STATUS_OK;
}

static enum status run_variants(struct worker *worker, const struct item *item,
                                const struct work_watcher *watcher, struct analysis *analysis,
                                double full_seconds, struct cell_buffer *buffer,
                                struct error *error)
{
    const struct ablation_plan *const plan = &worker->data.decomposition.plan;
    TRY(clear_absent(item, plan, buffer, error));
    for (int variant = 0; variant < plan->n_variants; variant++) {
        if (first_wanted(item, plan, variant) == item->n_jobs) {
            continue;
        }
        TRY(leave_if_urgent(watcher, buffer, error));
        give_sign_of_life(worker, watcher);
        const double start = worker_clock();
        struct cell cell = analysis_run_variant(analysis, variant);
        cell.seconds = worker_clock() - start;
        if (plan->variants[variant].is_full) {
            cell.seconds += full_seconds;
        }
        TRY(share_cell(item, plan, variant, cell, buffer, error));
    }
    return STATUS_OK;
}

/* Whatever the kernel says that is no failure of the job is a lack of memory. */
static enum status as_job_failure(enum status status)
{
    return status == STATUS_INTERNAL ? STATUS_JOB_MEMORY : status;
}

/* Everything of an item up to its first ablated rollout; *seconds is the time of the full one. */
static enum status prepare(struct worker *worker, const struct item *item,
                           struct analysis **analysis, double *seconds, struct error *error)
{
    struct case_data *const data = &worker->data;
    if (item->failure != STATUS_OK) {
        return error_set(error, item->failure, "%s", item->message != NULL ? item->message : "");
    }
    TRY(case_data_load_model(data, item->index, error));
    TRY(write_case(worker, item->index, error));
    TRY(case_data_load_trials(data, item->index, error));
    const double start = worker_clock();
    TRY(as_job_failure(analysis_create(analysis, &data->network, &data->decomposition,
                                       &data->packed, &data->settings, error)));
    *seconds = worker_clock() - start;
    return STATUS_OK;
}

static enum status fail_item(const struct worker *worker, const struct item *item,
                             enum status reason, const char *message, struct cell_buffer *buffer,
                             struct error *error)
{
    const struct cell cell = cell_failed(reason);
    TRY(results_write_failed_case(worker->results, item->index, message, error));
    for (int job = 0; job < item->n_jobs; job++) {
        if (item_wants(item, job)) {
            TRY(cell_buffer_add(buffer, job, &cell, error));
        }
    }
    return STATUS_OK;
}

/* Cells that lie in the page cache survive this process but no power failure. */
static enum status sync_now_and_then(struct worker *worker, struct error *error)
{
    const double now = worker_clock();
    if (now - worker->last_sync < SYNC_INTERVAL) {
        return STATUS_OK;
    }
    worker->last_sync = now;
    return results_sync(worker->results, error);
}

static enum status run_into(struct worker *worker, const struct item *item,
                            const struct work_watcher *watcher, struct cell_buffer *buffer,
                            struct error *error)
{
    struct analysis *analysis = NULL;
    double full_seconds = 0.0;
    enum status status = prepare(worker, item, &analysis, &full_seconds, error);
    if (status_is_job_failure(status)) {
        const struct error reason = *error;
        status = fail_item(worker, item, status, reason.text, buffer, error);
    } else if (status == STATUS_OK) {
        status = run_variants(worker, item, watcher, analysis, full_seconds, buffer, error);
    }
    analysis_destroy(&analysis);
    TRY(status);
    TRY(cell_buffer_flush(buffer, error));
    return sync_now_and_then(worker, error);
}

static bool item_fits(const struct worker *worker, const struct item *item)
{
    const struct sweep *const sweep = worker->sweep;
    if (item->kind == ITEM_TRAIN) {
        return item->index < sweep->n_models && sweep->models[item->index].is_trained;
    }
    return worker->results != NULL && item->index < sweep->n_cases &&
           item->n_jobs == sweep_jobs_per_case(sweep) &&
           (item->failure == STATUS_OK || status_is_job_failure(item->failure));
}

static enum status run_sweep(struct worker *worker, const struct item *item,
                             const struct work_watcher *watcher, struct report *report,
                             struct error *error)
{
    struct cell_buffer buffer;
    TRY(cell_buffer_create(&buffer, worker->results, item->index, item->n_jobs, error));
    const enum status status = run_into(worker, item, watcher, &buffer, error);
    report->n_done = buffer.n_done;
    report->n_failed = buffer.n_failed;
    report->n_absent = buffer.n_absent;
    cell_buffer_release(&buffer);
    return status;
}

/* A model that cannot be trained is the report's failure, not the worker's. */
static enum status run_training(struct worker *worker, const struct item *item,
                                const struct work_watcher *watcher, struct report *report,
                                struct error *error)
{
    const enum status status =
        train_into_file(worker->sweep, item->index, worker->versions, watcher, error);
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

/* Where the faults of an item are kept: its case, or the first case of the model it trains. */
static int64_t slot_of(const struct sweep *sweep, const struct item *item)
{
    return item->kind == ITEM_SWEEP ? item->index : sweep_first_case(sweep, item->index);
}

enum status worker_run_item(struct worker *worker, const struct item *item,
                            const struct work_watcher *watcher, struct report *report,
                            struct error *error)
{
    const double start = worker_clock();
    *report = (struct report){.item = item->id};
    worker->last_alive = start;
    if (!item_fits(worker, item)) {
        return error_set(error, STATUS_INTERNAL, "item %lld does not fit the sweep",
                         (long long)item->id);
    }
    if (worker->results != NULL) {
        crash_mark_arm(results_fault_place(worker->results, slot_of(worker->sweep, item),
                                           item->kind == ITEM_TRAIN ? FAULT_TRAINING_CRASH
                                                                    : FAULT_SWEEP_CRASH));
    }
    wind_self_watch(worker);
    const enum status status = item->kind == ITEM_TRAIN
                                   ? run_training(worker, item, watcher, report, error)
                                   : run_sweep(worker, item, watcher, report, error);
    crash_mark_disarm();
    if (worker->self_watch > 0) {
        crash_mark_watch(0);
    }
    report->seconds = worker_clock() - start;
    return status;
}

static enum status send_packed(struct worker *worker, struct comm *comm, struct error *error)
{
    TRY(pack_finish(&worker->packet, error));
    return comm_send(comm, COMM_DRIVER, worker->packet.bytes, worker->packet.size, error);
}

static enum status send_report(struct worker *worker, struct comm *comm,
                               const struct report *report, struct error *error)
{
    pack_clear(&worker->packet);
    message_pack_report(report, &worker->packet);
    return send_packed(worker, comm, error);
}

/* Where the news of a training go. */
struct news_sender {
    struct worker *worker;
    struct comm *comm;
    int64_t item;
};

/* Losing news is no reason to stop a training. */
static void send_news(void *context, int step, int steps, double loss)
{
    const struct news_sender *const sender = context;
    const struct training_news news = {sender->item, step, steps, loss};
    struct error ignored;
    wind_self_watch(sender->worker);
    pack_clear(&sender->worker->packet);
    message_pack_training(&news, &sender->worker->packet);
    (void)!send_packed(sender->worker, sender->comm, &ignored);
}

static void send_alive(void *context)
{
    const struct news_sender *const sender = context;
    struct error ignored;
    pack_clear(&sender->worker->packet);
    message_pack_alive(&sender->worker->packet);
    (void)!send_packed(sender->worker, sender->comm, &ignored);
}

static enum status run_next(struct worker *worker, struct comm *comm, struct error *error)
{
    struct report report;
    struct news_sender sender = {.worker = worker, .comm = comm};
    const struct work_watcher watcher = {
        .tell = send_news, .context = &sender, .alive = send_alive, .stop = worker->stop};
    struct item item = worker->waiting[0];
    worker->n_waiting--;
    memmove(worker->waiting, worker->waiting + 1, (size_t)worker->n_waiting * sizeof item);
    sender.item = item.id;
    const enum status status = worker_run_item(worker, &item, &watcher, &report, error);
    report.status = status;
    item_release(&item);
    if (report.status != STATUS_OK) {
        (void)snprintf(report.message, sizeof report.message, "%s", error->text);
        drop_waiting(worker);
    }
    return send_report(worker, comm, &report, error);
}

static enum status send_farewell(struct worker *worker, struct comm *comm, struct error *error)
{
    pack_clear(&worker->packet);
    message_pack_farewell(&worker->packet);
    return send_packed(worker, comm, error);
}

static enum status accept_packet(struct worker *worker, struct comm *comm, bool *stopped,
                                 struct error *error)
{
    if (message_kind_of(&worker->packet) == MESSAGE_STOP) {
        drop_waiting(worker);
        *stopped = true;
        return send_farewell(worker, comm, error);
    }
    if (worker->n_waiting == MAX_WAITING) {
        return error_set(error, STATUS_INTERNAL, "more than %d items in flight", MAX_WAITING);
    }
    TRY(message_unpack_item(&worker->packet, &worker->waiting[worker->n_waiting], error));
    worker->n_waiting++;
    return STATUS_OK;
}

/* All packets are taken before the next item begins, so that a stop overtakes waiting items. */
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
            TRY(accept_packet(worker, comm, stopped, error));
        }
    }
    if (worker->n_waiting > 0) {
        *worked = true;
        TRY(run_next(worker, comm, error));
    }
    return STATUS_OK;
}

static enum status serve_until_stopped(struct worker *worker, struct comm *comm,
                                       struct error *error)
{
    struct backoff backoff = {0};
    bool stopped = false;
    while (!stopped) {
        bool worked = false;
        TRY(worker_step(worker, comm, &worked, &stopped, error));
        if (worked) {
            backoff_reset(&backoff);
        } else {
            backoff_wait(&backoff);
        }
    }
    return comm_drain(comm, error);
}

enum status worker_serve(struct worker *worker, struct comm *comm, struct error *error)
{
    const enum status status = serve_until_stopped(worker, comm, error);
    if (status != STATUS_OK) {
        struct report report = {.item = -1, .status = status};
        struct error ignored;
        (void)snprintf(report.message, sizeof report.message, "%s", error->text);
        (void)!send_report(worker, comm, &report, &ignored);
        (void)!send_farewell(worker, comm, &ignored);
        (void)!comm_drain(comm, &ignored);
    }
    return status;
}
