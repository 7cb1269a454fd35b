#include "driver/driver.h"

#include "comm/backoff.h"
#include "core/clock.h"
#include "core/memory.h"
#include "driver/pace.h"

#include <math.h>
#include <stdlib.h>

/* After an urgent wish Slurm and mpirun leave about a second. */
static const double URGENT_GRACE = 0.5;
/* After a failure the others may bring home what they have just computed. */
static const double FAILURE_GRACE = 2.0;
/* A wish so short before the end of the time comes from there. */
static const double LAST_SECONDS = 2.0;
/* The driver looks around many times a second: if it has not for so long, it was suspended. */
static const double STANDSTILL = 1.0;
/* Messages after which silence is judged though more of them wait. */
enum { MANY_MESSAGES = 1 << 16 };

_Static_assert((int)DRIVER_MAX_DEPTH <= (int)PACE_MAX_UNITS, "each has its timeout");

struct drive {
    struct comm *comm;
    struct queue *queue;
    struct progress *progress;
    const struct driver_options *options;
    struct pace *pace;
    struct packer packet;
    int n_left;      /* workers that have said goodbye */
    double leave_at; /* when to go without those who have not answered */
    double last_look;
    int n_taken; /* messages since none was waiting */
};

static enum status send_packet(struct drive *drive, int worker, struct error *error)
{
    TRY(pack_finish(&drive->packet, error));
    return comm_send(drive->comm, worker, drive->packet.bytes, drive->packet.size, error);
}

/* ---- handing out and taking back ---- */

/* Notes what happens to a work unit. */
static enum status note(const struct drive *drive, int64_t id, enum journal_event event,
                        struct error *error)
{
    const struct work_journal *const journal = drive->options->journal;
    const struct unit_facts unit = queue_unit_facts(drive->queue, id);
    return journal == NULL ? STATUS_OK
                           : journal->note(journal->context, event, unit.kind, unit.index, error);
}

/* Notes how far the training of a model is, or that it has ended well. */
static enum status note_training(const struct drive *drive, int model,
                                 const struct training_progress *news, struct error *error)
{
    const struct work_journal *const journal = drive->options->journal;
    return journal == NULL || journal->training == NULL
               ? STATUS_OK
               : journal->training(journal->context, model, news, error);
}

/* Sends a worker one work unit more, up to `depth` in flight; *got: which one. */
static enum status hand_one(struct drive *drive, int worker, int depth, bool *got, int64_t *id,
                            struct error *error)
{
    const struct driver_options *const options = drive->options;
    struct work_unit unit;
    const double now = clock_seconds();
    queue_limit_cost(drive->queue, WORK_SWEEP, pace_budget(drive->pace, worker, WORK_SWEEP, now));
    queue_limit_cost(drive->queue, WORK_TRAIN, pace_budget(drive->pace, worker, WORK_TRAIN, now));
    TRY(queue_next(drive->queue, worker, depth, &unit, got, error));
    if (!*got) {
        return STATUS_OK;
    }
    *id = unit.id;
    const struct unit_facts facts = queue_unit_facts(drive->queue, unit.id);
    const double stall_timeout =
        options->unit_timeout == NULL
            ? options->stall_timeout
            : options->unit_timeout(options->timeout_context, unit.kind, unit.index);
    pace_handed(drive->pace, worker, unit.kind, facts.cost, stall_timeout, now);
    pack_clear(&drive->packet);
    message_pack_work(&unit, &drive->packet);
    work_unit_release(&unit);
    if (facts.n_handed == 1) {
        TRY(note(drive, *id, UNIT_HANDED, error));
    }
    return send_packet(drive, worker, error);
}

/* Hands a worker one work unit more, up to `depth` in flight; *got tells whether there was one. The
 * peers of a team wait for each other, so all of them get its unit at once. */
static enum status hand_out(struct drive *drive, int worker, int depth, bool *got,
                            struct error *error)
{
    int64_t id = 0;
    int peer = worker;
    int end = worker + 1;
    TRY(hand_one(drive, worker, depth, got, &id, error));
    if (!*got || queue_unit_facts(drive->queue, id).n_workers == 1) {
        return STATUS_OK;
    }
    queue_peers(drive->queue, worker, &peer, &end);
    for (; peer < end; peer++) {
        bool peer_got = false;
        if (!queue_holds_unit(drive->queue, id, peer)) {
            TRY(hand_one(drive, peer, 1, &peer_got, &id, error));
        }
    }
    return STATUS_OK;
}

/* One work unit to every worker before anybody gets a second one. Ends when nobody could get any:
 * with thousands of workers in training there is one case at a time to give away. */
static enum status feed_all(struct drive *drive, struct error *error)
{
    bool got = false;
    for (int depth = 1; depth <= DRIVER_DEPTH; depth++) {
        for (int worker = 1; worker < drive->comm->size && queue_has_work(drive->queue); worker++) {
            TRY(hand_out(drive, worker, depth, &got, error));
        }
    }
    return STATUS_OK;
}

static enum status book_report(struct drive *drive, int worker, struct work_report *report,
                               struct error *error)
{
    TRY(message_unpack_report(&drive->packet, report, error));
    if (report->status != STATUS_OK) {
        queue_given_up(drive->queue, worker, report);
        return error_set(error, report->status, "%s", report->message);
    }
    TRY(queue_report(drive->queue, worker, report, error));
    const struct unit_facts unit = queue_unit_facts(drive->queue, report->unit);
    pace_reported(drive->pace, worker, unit.kind, unit.cost, report->seconds, clock_seconds());
    progress_training_ended(drive->progress, report->unit);
    if (unit.kind == WORK_TRAIN && report->failure == STATUS_OK) {
        TRY(note_training(drive, unit.index, NULL, error));
    }
    return unit.n_reported < unit.n_workers ? STATUS_OK
                                            : note(drive, report->unit, UNIT_ENDED, error);
}

/* *reported: a report has been booked. */
static enum status take_packet(struct drive *drive, int worker, struct work_report *report,
                               bool *reported, struct error *error)
{
    struct training_progress training;
    *reported = false;
    pace_heard(drive->pace, worker, clock_seconds());
    switch (message_kind_of(&drive->packet)) {
    case MESSAGE_TRAINING:
        TRY(message_unpack_training(&drive->packet, &training, error));
        if (queue_has_unit(drive->queue, training.unit, WORK_TRAIN)) {
            const int model = queue_unit_facts(drive->queue, training.unit).index;
            progress_training(drive->progress, &training, model);
            TRY(note_training(drive, model, &training, error));
        }
        return STATUS_OK;
    case MESSAGE_HEARTBEAT:
        return STATUS_OK;
    case MESSAGE_GOODBYE:
        drive->n_left += !pace_has_left(drive->pace, worker);
        pace_left(drive->pace, worker);
        return STATUS_OK;
    default:
        *reported = true;
        return book_report(drive, worker, report, error);
    }
}

/* ---- reasons to end ---- */

static enum status stopped(const struct drive *drive, const char *reason, struct error *error)
{
    const struct queue_counts counts = queue_counts(drive->queue);
    return error_set(
        error, STATUS_STOPPED,
        "stopped early (%s) with %lld of %lld work units finished, run the same command "
        "again",
        reason, (long long)counts.n_finished, (long long)counts.n_units);
}

static bool is_stuck(const struct drive *drive)
{
    return queue_counts(drive->queue).n_busy == 0 && !queue_is_finished(drive->queue);
}

/* Looks at the clock and for a message. */
static enum status look(struct drive *drive, int *worker, bool *got, struct error *error)
{
    const double now = clock_seconds();
    const double gap = now - drive->last_look;
    drive->last_look = now;
    if (gap > STANDSTILL) {
        pace_stood_still(drive->pace, gap);
    }
    TRY(comm_receive(drive->comm, worker, &drive->packet, got, error));
    drive->n_taken = *got ? drive->n_taken + 1 : 0;
    return STATUS_OK;
}

/* A worker that was silent too long at the last look, or 0: of what came between that look and now
 * nothing is known. Its heartbeat may wait among the messages, so they are read first. */
static int find_silent(struct drive *drive)
{
    if (drive->n_taken > 0 && drive->n_taken < MANY_MESSAGES) {
        return 0;
    }
    drive->n_taken = 0;
    return pace_silent_worker(drive->pace, drive->last_look);
}

/* STATUS_STOPPED when the loop must not go on. */
static enum status check_reasons(struct drive *drive, struct error *error)
{
    const struct stop_wish wish = stop_ask(&drive->options->stop);
    const int silent = find_silent(drive);
    if (wish.kind != STOP_NEVER) {
        return stopped(drive, wish.reason, error);
    }
    if (silent == 0) {
        return is_stuck(drive) ? stopped(drive, "time limit: what is left would not finish", error)
                               : STATUS_OK;
    }
    char reason[96];
    const int64_t id = queue_oldest_unit(drive->queue, silent); /* the one it works on */
    if (id >= 0) {
        TRY(note(drive, id, UNIT_STALLED, error));
    }
    (void)snprintf(reason, sizeof reason, "rank %d sent no heartbeat for %.0f s", silent,
                   pace_timeout(drive->pace, silent));
    return stopped(drive, reason, error);
}

/* ---- the loop ---- */

static void show_progress(const struct drive *drive)
{
    const struct queue_counts counts = queue_counts(drive->queue);
    progress_update(drive->progress, &counts, clock_seconds());
}

static enum status take_and_feed(struct drive *drive, int worker, struct error *error)
{
    struct work_report report;
    bool reported = false;
    bool got = false;
    TRY(take_packet(drive, worker, &report, &reported, error));
    if (!reported) {
        return STATUS_OK;
    }
    if (queue_unit_facts(drive->queue, report.unit).kind == WORK_TRAIN) {
        TRY(hand_out(drive, worker, 1, &got, error));
        return feed_all(drive, error); /* cases have become ready, and others may be idle */
    }
    int peer = worker;
    int end = worker + 1;
    queue_peers(drive->queue, worker, &peer, &end);
    /* As many work units as a worker should have: of short ones half of its equal share of what is
     * left at most, so that those that turn out long are spread in the end. */
    for (; peer < end; peer++) {
        const struct queue_counts counts = queue_counts(drive->queue);
        const int64_t half =
            (counts.n_units - counts.n_handed) / (2 * (int64_t)(drive->comm->size - 1));
        const int most = half < DRIVER_DEPTH       ? DRIVER_DEPTH
                         : half > DRIVER_MAX_DEPTH ? DRIVER_MAX_DEPTH
                                                   : (int)half;
        const int depth = pace_depth(drive->pace, peer, DRIVER_DEPTH, most);
        do {
            TRY(hand_out(drive, peer, depth, &got, error));
        } while (got);
    }
    /* A suspect that a team has was waiting for this, whoever has reported. */
    return is_stuck(drive) ? feed_all(drive, error) : STATUS_OK;
}

static enum status run_loop(struct drive *drive, struct error *error)
{
    struct backoff backoff = {0};
    if (stop_ask(&drive->options->stop).kind == STOP_NEVER) {
        TRY(feed_all(drive, error));
    }
    while (!queue_is_finished(drive->queue)) {
        bool got = false;
        int worker = 0;
        TRY(look(drive, &worker, &got, error));
        if (got) {
            TRY(take_and_feed(drive, worker, error));
            backoff_reset(&backoff);
        }
        if (!queue_is_finished(drive->queue)) {
            TRY(check_reasons(drive, error));
        }
        if (!got) {
            backoff_wait(&backoff);
        }
        show_progress(drive);
    }
    return STATUS_OK;
}

/* ---- the end ---- */

/* Waits until all workers have left; false when some may never. Work units that end meanwhile are
 * counted; what else goes wrong now adds nothing. */
static bool wait_for_goodbyes(struct drive *drive)
{
    struct backoff backoff = {0};
    while (drive->n_left < drive->comm->size - 1) {
        struct error ignored;
        struct work_report report;
        bool got = false;
        bool reported = false;
        int worker = 0;
        const double now = clock_seconds();
        if (drive->leave_at == INFINITY && stop_is_urgent(&drive->options->stop)) {
            drive->leave_at = now + URGENT_GRACE;
        }
        if (look(drive, &worker, &got, &ignored) != STATUS_OK) {
            return false;
        }
        if (got) {
            (void)!take_packet(drive, worker, &report, &reported, &ignored);
            backoff_reset(&backoff);
        } else if (now > drive->leave_at || find_silent(drive) != 0) {
            return false;
        } else {
            backoff_wait(&backoff);
        }
        show_progress(drive);
    }
    return true;
}

/* Nobody who has the work unit can have been ended by it: each has left, or lives and is only
 * slow. */
static bool is_returned(const struct drive *drive, int64_t id)
{
    const struct driver_options *const options = drive->options;
    const int first = queue_holder_of_unit(drive->queue, id);
    const int end = first + queue_unit_facts(drive->queue, id).n_workers;
    for (int worker = first; first > 0 && worker < end && worker < drive->comm->size; worker++) {
        const bool is_alive =
            options->is_alive != NULL && options->is_alive(options->alive_context, worker);
        if (queue_holds_unit(drive->queue, id, worker) && !pace_has_left(drive->pace, worker) &&
            !is_alive) {
            return false;
        }
    }
    return first > 0;
}

/* Of each worker that has not left the unit that it was given first: it works on it. */
static enum status find_worked_on(const struct drive *drive, int64_t **out, struct error *error)
{
    int64_t *units = NULL; /* [workers + 1] */
    TRY(memory_array(&units, (size_t)drive->comm->size, sizeof *units, error));
    for (int worker = 0; worker < drive->comm->size; worker++) {
        units[worker] = -1;
    }
    for (int64_t id = 0; id < queue_counts(drive->queue).n_units; id++) {
        const int worker = queue_holder_of_unit(drive->queue, id);
        if (worker > 0 && !pace_has_left(drive->pace, worker) &&
            (units[worker] < 0 || queue_unit_facts(drive->queue, id).order <
                                      queue_unit_facts(drive->queue, units[worker]).order)) {
            units[worker] = id;
        }
    }
    *out = units;
    return STATUS_OK;
}

/* What is still in flight was no fault of its own if its workers live, or if the time is over: of a
 * signal that is not known, since mpirun sends one to the others when a rank dies. What was worked
 * on without any result comes last the next time: it may never fit. */
static enum status note_returns(struct drive *drive, struct error *error)
{
    const bool was_asked = stop_is_urgent(&drive->options->stop);
    const bool is_over = clock_seconds() > drive->options->end_time - LAST_SECONDS;
    int64_t *worked_on = NULL;
    TRY(find_worked_on(drive, &worked_on, error));
    enum status status = STATUS_OK;
    for (int64_t id = 0; status == STATUS_OK && id < queue_counts(drive->queue).n_units; id++) {
        const int holder = queue_holder_of_unit(drive->queue, id);
        const struct unit_facts unit = queue_unit_facts(drive->queue, id);
        if (holder > 0 && ((was_asked && is_over) || is_returned(drive, id))) {
            const bool is_cut =
                was_asked && (worked_on[holder] == id || (unit.is_given_up && !unit.has_results));
            status = note(drive, id, is_cut ? UNIT_CUT_OFF : UNIT_RETURNED, error);
        }
    }
    free(worked_on);
    return status;
}

static enum status stop_workers(struct drive *drive, bool *abandoned, struct error *error)
{
    pack_clear(&drive->packet);
    message_pack_bare(MESSAGE_STOP, &drive->packet);
    for (int worker = 1; worker < drive->comm->size; worker++) {
        TRY(send_packet(drive, worker, error));
        pace_expect(drive->pace, worker, clock_seconds());
    }
    *abandoned = !wait_for_goodbyes(drive);
    TRY(note_returns(drive, error));
    return *abandoned ? STATUS_OK : comm_drain(drive->comm, error);
}

enum status driver_run(struct comm *comm, struct queue *queue, struct progress *progress,
                       const struct driver_options *options, bool *abandoned, struct error *error)
{
    struct drive drive = {.comm = comm,
                          .queue = queue,
                          .progress = progress,
                          .options = options,
                          .leave_at = INFINITY,
                          .last_look = clock_seconds()};
    struct error stop_error;
    *abandoned = false;
    TRY(pace_create(&drive.pace, comm->size - 1, options->end_time, options->stall_timeout, error));
    enum status status = run_loop(&drive, error);
    const bool has_failed = status != STATUS_OK && status != STATUS_STOPPED;
    if (has_failed) {
        drive.leave_at = clock_seconds() + FAILURE_GRACE;
    }
    const enum status ended = stop_workers(&drive, abandoned, &stop_error);
    const struct queue_counts counts = queue_counts(queue);
    progress_end(progress, &counts, clock_seconds());
    if (*abandoned) {
        status = status != STATUS_OK ? status : stopped(&drive, "a rank does not answer", error);
    } else if (ended != STATUS_OK && !has_failed) {
        *error = stop_error;
        status = ended;
    } else if (status == STATUS_STOPPED && queue_is_finished(queue)) {
        status = STATUS_OK; /* the wish to stop found the last work units in flight */
    }
    pack_release(&drive.packet);
    pace_destroy(&drive.pace);
    return status;
}
