#include "driver/queue.h"

#include "core/memory.h"
#include "driver/queue_choose.h"
#include "driver/queue_teams.h"

#include <math.h>
#include <string.h>

/* ---- the end: cases are split over their chunks ---- */

/* The last cases are handed out one by one and in parts; as long as there are trainings to hand
 * out nobody is idle. */
static bool is_near_the_end(const struct queue *queue)
{
    return queue->n_trainings_handed == queue->n_trainings && queue->n_waiting < queue->n_workers;
}

static bool wants_job(const struct queue *queue, const struct entry *entry, int job)
{
    const int chunk = queue->chunk_of_job[job];
    return chunk >= entry->first_chunk && chunk < entry->end_chunk &&
           queue_jobs(queue, entry->index)[job] == 0;
}

/* Marks the chunks of an entry that have anything to do, and counts them. */
static int mark_pending_chunks(const struct queue *queue, const struct entry *entry,
                               unsigned char pending[QUEUE_MAX_CHUNKS])
{
    int count = 0;
    memset(pending, 0, QUEUE_MAX_CHUNKS);
    for (int job = 0; job < queue->jobs_per_case; job++) {
        unsigned char *const chunk = &pending[queue->chunk_of_job[job]];
        if (*chunk == 0 && wants_job(queue, entry, job)) {
            *chunk = 1;
            count++;
        }
    }
    return count;
}

/* Behind the first `count` pending chunks of an entry. */
static int chunk_after(const struct entry *entry, const unsigned char pending[QUEUE_MAX_CHUNKS],
                       int count)
{
    int chunk = entry->first_chunk;
    for (; chunk < entry->end_chunk && count > 0; chunk++) {
        count -= pending[chunk];
    }
    return chunk;
}

/* Leaves the chunks before `end_chunk`, a share of `kept`, in the entry; the rest becomes an entry
 * that is ready. */
static void split_off(struct queue *queue, int64_t id, int end_chunk, double kept)
{
    const int64_t added = queue->counts.n_units++;
    struct entry *const first = &queue->entries[id];
    struct entry *const rest = &queue->entries[added];
    *rest = *first;
    first->end_chunk = end_chunk;
    rest->first_chunk = end_chunk;
    rest->share = first->share * (1.0 - kept);
    rest->cost = first->cost * (1.0 - kept);
    first->share *= kept;
    first->cost *= kept;
    queue->next_of_entry[added] = queue->next_of_entry[id];
    queue->next_of_entry[id] = added;
    queue->ready.entries[queue->ready.count++] = added;
    queue->n_splits_left--;
}

/* A part is at most half of what everybody would get of the waiting cases (guided
 * self-scheduling, Polychronopoulos and Kuck 1987). */
static void split_if_near_the_end(struct queue *queue, int64_t id)
{
    const struct entry *const entry = &queue->entries[id];
    if (entry->kind != WORK_SWEEP || queue_is_suspect(entry) || queue->n_workers < 2 ||
        !is_near_the_end(queue) || queue->n_splits_left == 0) {
        return;
    }
    unsigned char pending[QUEUE_MAX_CHUNKS];
    const int n_chunks = mark_pending_chunks(queue, entry, pending);
    const double part = 0.5 * queue->n_waiting / queue->n_workers;
    const int wanted = (int)ceil(part / entry->share * n_chunks);
    const int keep = wanted > 0 ? wanted : 1;
    if (keep < n_chunks) {
        split_off(queue, id, chunk_after(entry, pending, keep), (double)keep / n_chunks);
    }
}

static enum status want_jobs(const struct queue *queue, const struct entry *entry,
                             struct work_unit *unit, struct error *error)
{
    const struct failed_model *const model = &queue->models[queue->model_of_case[unit->index]];
    for (int job = 0; job < queue->jobs_per_case; job++) {
        if (wants_job(queue, entry, job)) {
            work_unit_want(unit, job);
        }
    }
    const bool is_own = model->failure == STATUS_OK;
    unit->failure = is_own ? queue->case_failure[unit->index] : model->failure;
    if (unit->failure == STATUS_OK) {
        return STATUS_OK;
    }
    return memory_string(&unit->message,
                         model->message != NULL ? model->message : status_text(unit->failure),
                         error);
}

static void pass_over_handed(struct queue *queue)
{
    queue_pass_over(queue, &queue->ready);
    queue_pass_over(queue, &queue->shared_ready);
    while (queue->next_training < queue->n_trainings &&
           queue->entries[queue->next_training].holder != NOBODY) {
        queue->next_training++;
    }
}

static void note_handed(struct queue *queue, int64_t id, int worker)
{
    struct entry *const entry = &queue->entries[id];
    const bool is_sweep = entry->kind == WORK_SWEEP;
    if (entry->n_handed++ == 0) {
        entry->holder = entry->is_shared ? entry->holder : worker;
        queue->n_teams_called -= entry->is_shared;
        entry->handed_as = queue->counts.n_handed++;
        queue->n_trainings_handed += !is_sweep;
        queue->n_waiting -= is_sweep && !entry->is_shared ? entry->share : 0.0;
        queue->has_suspect_in_flight = queue_is_suspect(entry);
    }
    queue->is_owed[worker] = false;
    queue->has_shared[worker] = entry->is_shared;
    queue->counts.n_busy += queue->in_flight[worker] == 0;
    queue->in_flight[worker]++;
    queue->is_training[worker] = !is_sweep;
    queue->last_model[worker] =
        is_sweep && !entry->is_shared ? queue->model_of_case[entry->index] : NOTHING;
    pass_over_handed(queue);
}

/* ---- handing out and taking back ---- */

static enum status make_unit(const struct queue *queue, int64_t id, struct work_unit *unit,
                             struct error *error)
{
    const struct entry *const entry = &queue->entries[id];
    const bool is_sweep = entry->kind == WORK_SWEEP;
    TRY(work_unit_create(unit, id, entry->kind, entry->index, is_sweep ? queue->jobs_per_case : 0,
                         error));
    return is_sweep ? want_jobs(queue, entry, unit, error) : STATUS_OK;
}

/* What a worker gets alone, or NOTHING. */
static int64_t take_own(struct queue *queue, int worker, int depth)
{
    if (queue->in_flight[worker] >= (is_near_the_end(queue) ? 1 : depth) ||
        queue->is_training[worker] || queue->has_suspect_in_flight) {
        return NOTHING;
    }
    const int64_t id = queue_choose_own(queue, worker);
    if (id != NOTHING) {
        split_if_near_the_end(queue, id);
    }
    return id;
}

enum status queue_next(struct queue *queue, int worker, int depth, struct work_unit *unit,
                       bool *got, struct error *error)
{
    bool is_reserved = false;
    int64_t id = queue_choose_shared(queue, worker, &is_reserved);
    if (!is_reserved) {
        id = take_own(queue, worker, depth);
    }
    *got = id != NOTHING;
    if (*got) {
        TRY(make_unit(queue, id, unit, error));
        note_handed(queue, id, worker);
    }
    return STATUS_OK;
}

bool queue_has_work(const struct queue *queue)
{
    for (int team = 0; team < queue->n_teams; team++) {
        const int64_t id = queue->team_unit[team];
        if (id != NOTHING && queue->entries[id].n_handed < queue->team_size) {
            return true;
        }
    }
    return queue->ready.next < queue->ready.count ||
           queue->shared_ready.next < queue->shared_ready.count ||
           (queue->next_training < queue->n_trainings && queue->counts.n_busy < queue->n_workers);
}

/* Its cases can begin: to be swept, or to be marked as failed. */
static enum status release_cases(struct queue *queue, int model, const struct report *report,
                                 struct error *error)
{
    if (report->failure != STATUS_OK) {
        queue->models[model].failure = report->failure;
        TRY(memory_string(&queue->models[model].message, report->message, error));
    }
    for (int64_t i = queue->first_of_model[model]; i != NOTHING; i = queue->next_of_entry[i]) {
        queue_make_ready(queue, i);
    }
    return STATUS_OK;
}

/* Jobs that a work unit wants. */
static int64_t count_wanted(const struct queue *queue, const struct entry *entry)
{
    int64_t count = 0;
    for (int job = 0; entry->kind == WORK_SWEEP && job < queue->jobs_per_case; job++) {
        count += wants_job(queue, entry, job);
    }
    return count;
}

/* The counts come in a message: no sum of them may overflow. The reports of a team together make
 * up the jobs. */
static bool accounts_for(const struct entry *entry, const struct report *report, int64_t n_wanted,
                         bool is_last)
{
    const int64_t most = n_wanted - entry->n_accounted;
    return report->n_done >= 0 && report->n_done <= most && report->n_failed >= 0 &&
           report->n_failed <= most - report->n_done && report->n_absent >= 0 &&
           report->n_absent <= most - report->n_done - report->n_failed &&
           (!is_last || report->n_absent == most - report->n_done - report->n_failed);
}

static enum status check_report(const struct queue *queue, int worker, const struct report *report,
                                struct error *error)
{
    if (worker < 1 || worker > queue->n_workers || report->unit < 0 ||
        report->unit >= queue->counts.n_units ||
        !queue_holds(queue, &queue->entries[report->unit], worker)) {
        return error_set(error, STATUS_INTERNAL,
                         "worker %d reports work unit %lld, which it does not have", worker,
                         (long long)report->unit);
    }
    const struct entry *const entry = &queue->entries[report->unit];
    const int64_t n_wanted = count_wanted(queue, entry);
    const bool is_last = entry->n_reported + 1 == queue_workers_of(queue, entry);
    if (!accounts_for(entry, report, n_wanted, is_last)) {
        return error_set(
            error, STATUS_INTERNAL,
            "worker %d reports %lld done, %lld failed and %lld absent jobs of work unit "
            "%lld, which has %lld",
            worker, (long long)report->n_done, (long long)report->n_failed,
            (long long)report->n_absent, (long long)report->unit, (long long)n_wanted);
    }
    return STATUS_OK;
}

/* Everybody who had it has reported it. */
static void finish_entry(struct queue *queue, struct entry *entry, int worker)
{
    entry->holder = REPORTED;
    queue->has_suspect_in_flight = false;
    queue->counts.n_finished++;
    if (entry->is_shared) {
        queue->team_unit[queue_team_of(queue, worker)] = NOTHING;
    }
}

enum status queue_report(struct queue *queue, int worker, const struct report *report,
                         struct error *error)
{
    TRY(check_report(queue, worker, report, error));
    struct entry *const entry = &queue->entries[report->unit];
    entry->n_accounted += report->n_done + report->n_failed + report->n_absent;
    queue->counts.n_done += report->n_done;
    queue->counts.n_failed += report->n_failed;
    queue->counts.n_jobs -= report->n_absent;
    queue->in_flight[worker]--;
    queue->is_training[worker] = false;
    queue->has_shared[worker] = false;
    queue->counts.n_busy -= queue->in_flight[worker] == 0;
    if (++entry->n_reported == queue_workers_of(queue, entry)) {
        finish_entry(queue, entry, worker);
    }
    if (entry->kind == WORK_SWEEP) {
        return STATUS_OK;
    }
    queue->counts.n_trained += report->failure == STATUS_OK;
    queue->counts.n_diverged += report->failure != STATUS_OK;
    return release_cases(queue, entry->index, report, error);
}
