#include "driver/queue.h"

#include "core/memory.h"
#include "driver/queue_state.h"

/* ---- the end: cases are split between their chunks ---- */

/* The last cases are handed out one by one and in chunks; as long as there are trainings to hand
 * out nobody is idle. */
static bool is_near_the_end(const struct queue *queue)
{
    return queue->units.n_trainings_handed == queue->units.n_trainings &&
           queue->units.n_chunks_waiting < (int64_t)queue->n_workers * queue->n_chunks;
}

static bool wants_job(const struct queue *queue, const struct queue_unit *unit, int job)
{
    const int chunk = queue->chunk_of_job[job];
    return chunk >= unit->first_chunk && chunk < unit->end_chunk &&
           queue_jobs(queue, unit->index)[job] == 0;
}

/* A worker gets at most half of what everybody would get of the waiting chunks (guided
 * self-scheduling, Polychronopoulos and Kuck 1987). The rest of a unit becomes a unit that is
 * ready; the cost is divided as the chunks are that have anything to do. */
static void split_if_near_the_end(struct queue *queue, int64_t id)
{
    struct unit_list *const units = &queue->units;
    struct queue_unit *const first = &units->all[id];
    if (first->kind != WORK_SWEEP || queue_is_suspect(first) || queue->n_workers < 2 ||
        !is_near_the_end(queue) || units->n_splits_left == 0) {
        return;
    }
    unsigned char pending[QUEUE_MAX_CHUNKS] = {0};
    int n_pending = 0;
    for (int job = 0; job < queue->jobs_per_case; job++) {
        unsigned char *const chunk = &pending[queue->chunk_of_job[job]];
        if (*chunk == 0 && wants_job(queue, first, job)) {
            *chunk = 1;
            n_pending++;
        }
    }
    /* ceil(waiting / (2 workers) / chunks of the unit * pending) */
    const int64_t divisor = 2 * (int64_t)queue->n_workers * (first->end_chunk - first->first_chunk);
    const int64_t keep = (units->n_chunks_waiting * n_pending + divisor - 1) / divisor;
    if (keep >= n_pending) {
        return;
    }
    const int64_t added = queue->counts.n_units++;
    struct queue_unit *const rest = &units->all[added];
    int end_chunk = first->first_chunk;
    for (int64_t left = keep; end_chunk < first->end_chunk && left > 0; end_chunk++) {
        left -= pending[end_chunk];
    }
    *rest = *first; /* the cost may be infinite: neither share is what the other leaves */
    rest->cost *= (double)(n_pending - keep) / n_pending;
    first->end_chunk = end_chunk;
    first->next = added;
    first->cost *= (double)keep / n_pending; /* no product that overflows */
    rest->first_chunk = end_chunk;
    units->ready.units[units->ready.count++] = added; /* its chunks are waiting already */
    units->n_splits_left--;
}

/* ---- handing out ---- */

static void note_handed(struct queue *queue, int64_t id, int worker)
{
    struct unit_list *const units = &queue->units;
    struct queue_unit *const unit = &units->all[id];
    struct queue_worker *const state = &queue->workers[worker];
    const bool is_sweep = unit->kind == WORK_SWEEP;
    if (unit->n_handed++ == 0) {
        unit->holder = unit->for_team ? unit->holder : worker;
        unit->order = queue->counts.n_handed++;
        queue->n_teams_called -= unit->for_team;
        units->n_trainings_handed += !is_sweep;
        units->n_chunks_waiting -=
            is_sweep && !unit->for_team ? unit->end_chunk - unit->first_chunk : 0;
        units->has_suspect_in_flight = queue_is_suspect(unit);
    }
    queue->counts.n_busy += state->in_flight == 0;
    state->in_flight++;
    state->is_owed = false;
    state->has_team_unit = unit->for_team;
    state->is_training = !is_sweep;
    state->last_model = is_sweep && !unit->for_team ? queue->model_of_case[unit->index] : NOTHING;
    queue_pass_over(queue, &units->ready);
    queue_pass_over(queue, &units->ready_for_team);
    while (units->next_training < units->n_trainings &&
           units->all[units->next_training].holder != NOBODY) {
        units->next_training++;
    }
}

/* The message of a unit: of a sweep its wanted jobs, and why they fail when that is known. */
static enum status make_work(const struct queue *queue, int64_t id, struct work_unit *work,
                             struct error *error)
{
    const struct queue_unit *const unit = &queue->units.all[id];
    const bool is_sweep = unit->kind == WORK_SWEEP;
    TRY(work_unit_create(work, id, unit->kind, unit->index, is_sweep ? queue->jobs_per_case : 0,
                         error));
    if (!is_sweep) {
        return STATUS_OK;
    }
    for (int job = 0; job < queue->jobs_per_case; job++) {
        if (wants_job(queue, unit, job)) {
            work_unit_want(work, job);
        }
    }
    const struct queue_model *const model = &queue->models[queue->model_of_case[unit->index]];
    work->failure = model->failure == STATUS_OK ? queue->case_failure[unit->index] : model->failure;
    const char *const why = model->message != NULL ? model->message : status_text(work->failure);
    return work->failure == STATUS_OK ? STATUS_OK : memory_string(&work->message, why, error);
}

enum status queue_next(struct queue *queue, int worker, int depth, struct work_unit *work,
                       bool *got, struct error *error)
{
    const struct queue_worker *const state = &queue->workers[worker];
    bool is_reserved = false;
    int64_t id = queue_choose_for_team(queue, worker, &is_reserved);
    if (!is_reserved && state->in_flight < (is_near_the_end(queue) ? 1 : depth) &&
        !state->is_training && !queue->units.has_suspect_in_flight) {
        id = queue_choose_own(queue, worker);
        if (id != NOTHING) {
            split_if_near_the_end(queue, id);
        }
    }
    *got = id != NOTHING;
    if (*got) {
        TRY(make_work(queue, id, work, error));
        note_handed(queue, id, worker);
    }
    return STATUS_OK;
}

bool queue_has_work(const struct queue *queue)
{
    const struct unit_list *const units = &queue->units;
    for (int team = 0; team < queue->n_teams; team++) {
        const int64_t id = queue->teams[team].unit;
        if (id != NOTHING && units->all[id].n_handed < queue->team_size) {
            return true;
        }
    }
    return units->ready.next < units->ready.count ||
           units->ready_for_team.next < units->ready_for_team.count ||
           (units->next_training < units->n_trainings && queue->counts.n_busy < queue->n_workers);
}

/* ---- taking back ---- */

static enum status check_report(const struct queue *queue, int worker,
                                const struct work_report *report, struct error *error)
{
    if (worker < 1 || worker > queue->n_workers || report->unit < 0 ||
        report->unit >= queue->counts.n_units ||
        !queue_holds(queue, &queue->units.all[report->unit], worker)) {
        return error_set(error, STATUS_INTERNAL,
                         "worker %d reports work unit %lld, which it does not have", worker,
                         (long long)report->unit);
    }
    const struct queue_unit *const unit = &queue->units.all[report->unit];
    int64_t n_wanted = 0;
    for (int job = 0; unit->kind == WORK_SWEEP && job < queue->jobs_per_case; job++) {
        n_wanted += wants_job(queue, unit, job);
    }
    /* The counts come in a message: no sum of them may overflow. The reports of a team together
     * make up the jobs. */
    const int64_t most = n_wanted - unit->n_jobs;
    const bool is_last = unit->n_reported + 1 == queue_workers_of(queue, unit);
    return report->n_done >= 0 && report->n_done <= most && report->n_failed >= 0 &&
                   report->n_failed <= most - report->n_done && report->n_absent >= 0 &&
                   report->n_absent <= most - report->n_done - report->n_failed &&
                   (!is_last || report->n_absent == most - report->n_done - report->n_failed)
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL,
                           "worker %d reports %lld done, %lld failed and %lld absent jobs of work "
                           "unit %lld, which has %lld",
                           worker, (long long)report->n_done, (long long)report->n_failed,
                           (long long)report->n_absent, (long long)report->unit,
                           (long long)n_wanted);
}

void queue_given_up(struct queue *queue, int worker, const struct work_report *report)
{
    if (report->unit < 0 || report->unit >= queue->counts.n_units ||
        !queue_holds(queue, &queue->units.all[report->unit], worker)) {
        return;
    }
    struct queue_unit *const unit = &queue->units.all[report->unit];
    unit->is_given_up = true;
    unit->has_results = unit->has_results || report->n_done > 0 || report->n_failed > 0;
}

enum status queue_report(struct queue *queue, int worker, const struct work_report *report,
                         struct error *error)
{
    TRY(check_report(queue, worker, report, error));
    struct queue_counts *const counts = &queue->counts;
    struct queue_unit *const unit = &queue->units.all[report->unit];
    struct queue_worker *const state = &queue->workers[worker];
    unit->n_jobs += report->n_done + report->n_failed + report->n_absent;
    counts->n_done += report->n_done;
    counts->n_failed += report->n_failed;
    counts->n_jobs -= report->n_absent;
    state->in_flight--;
    state->is_training = false;
    state->has_team_unit = false;
    counts->n_busy -= state->in_flight == 0;
    if (++unit->n_reported == queue_workers_of(queue, unit)) {
        unit->holder = REPORTED;
        queue->units.has_suspect_in_flight = false;
        counts->n_finished++;
        if (unit->for_team) {
            queue->teams[queue_team_of(queue, worker)].unit = NOTHING;
        }
    }
    if (unit->kind == WORK_SWEEP) {
        return STATUS_OK;
    }
    /* A model has been trained or has failed: its cases can begin, to be swept or to be marked as
     * failed. */
    struct queue_model *const model = &queue->models[unit->index];
    counts->n_trained += report->failure == STATUS_OK;
    counts->n_diverged += report->failure != STATUS_OK;
    if (report->failure != STATUS_OK) {
        model->failure = report->failure;
        TRY(memory_string(&model->message, report->message, error));
    }
    for (int64_t id = model->first_sweep; id != NOTHING; id = queue->units.all[id].next) {
        queue_make_ready(queue, id);
    }
    return STATUS_OK;
}
