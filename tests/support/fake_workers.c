#include "support/fake_workers.h"
#include "core/clock.h"

#include "support/check.h"
#include "support/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct error error;

static void send_packet(struct fake_workers *fake_workers, int worker)
{
    CHECK_OK(comm_send(fake_workers->ends[worker], COMM_DRIVER, fake_workers->packet.bytes,
                       fake_workers->packet.size, &error));
}

static void send_report(struct fake_workers *fake_workers, int worker,
                        const struct work_report *report)
{
    pack_clear(&fake_workers->packet);
    message_pack_report(report, &fake_workers->packet);
    send_packet(fake_workers, worker);
}

static void send_garbage(struct fake_workers *fake_workers, int worker)
{
    pack_clear(&fake_workers->packet);
    for (int i = 0; i < fake_workers->n_garbage; i++) {
        const unsigned char byte = (unsigned char)rng_bits(&fake_workers->rng);
        pack_bytes(&fake_workers->packet, &byte, 1);
    }
    send_packet(fake_workers, worker);
}

static void make_trouble(struct fake_workers *fake_workers, int worker, struct work_report *report)
{
    switch (fake_workers->trouble) {
    case REPORTS_FAILURE:
        report->status = STATUS_IO;
        (void)snprintf(report->message, sizeof report->message, "out.h5: disk full");
        send_report(fake_workers, worker, report);
        break;
    case REPORTS_ANOTHER_UNIT:
        report->unit += 1000;
        send_report(fake_workers, worker, report);
        break;
    case REPORTS_TWICE:
        send_report(fake_workers, worker, report);
        send_report(fake_workers, worker, report);
        break;
    case SENDS_GARBAGE:
        send_garbage(fake_workers, worker);
        break;
    case SENDS_HALF_A_REPORT:
        pack_clear(&fake_workers->packet);
        message_pack_report(report, &fake_workers->packet);
        fake_workers->packet.size /= 2;
        send_packet(fake_workers, worker);
        break;
    case KEEPS_THE_UNIT:
        fake_workers->mute = worker;
        break;
    case NO_TROUBLE:
    case FALLS_SILENT:
        break;
    }
}

static void send_progress(struct fake_workers *fake_workers, int worker, int64_t unit)
{
    const struct training_progress training = {unit, 1, 10, 0.5};
    pack_clear(&fake_workers->packet);
    message_pack_training(&training, &fake_workers->packet);
    send_packet(fake_workers, worker);
}

static bool is_shared(const struct fake_workers *fake_workers, const struct work_unit *unit)
{
    return fake_workers->team_size > 0 && unit->kind == WORK_SWEEP &&
           fake_workers->shared[unit->index] != 0;
}

static int first_of_team(const struct fake_workers *fake_workers, int worker)
{
    return (worker - 1) / fake_workers->team_size * fake_workers->team_size + 1;
}

/* Whether the others of the team have begun a worker's next work unit, which they share with it, or
 * can begin it. */
static bool team_is_there(const struct fake_workers *fake_workers, int worker)
{
    const struct work_unit *const unit = &fake_workers->waiting[worker][0];
    const int first = first_of_team(fake_workers, worker);
    const bool is_begun = fake_workers->shared_by[unit->index] > 0;
    bool is_there = true;
    for (int other = first; other < first + fake_workers->team_size; other++) {
        is_there = is_there && (is_begun || (fake_workers->n_waiting[other] > 0 &&
                                             fake_workers->waiting[other][0].id == unit->id));
    }
    return is_there;
}

static struct work_report work_on(struct fake_workers *fake_workers, int worker,
                                  const struct work_unit *unit)
{
    struct work_report report = {.unit = unit->id, .seconds = fake_workers->unit_seconds};
    if (unit->kind == WORK_TRAIN) {
        send_progress(fake_workers, worker, unit->id);
        fake_workers->trained[unit->index]++;
        report.failure = fake_workers->training_failure;
        (void)snprintf(report.message, sizeof report.message, "no luck");
        return report;
    }
    fake_workers->shared_by[unit->index] += is_shared(fake_workers, unit);
    if (is_shared(fake_workers, unit) && worker != first_of_team(fake_workers, worker)) {
        return report;
    }
    fake_workers->swept[unit->index]++;
    fake_workers->failure_of_case[unit->index] = unit->failure;
    for (int job = 0; job < unit->n_jobs; job++) {
        report.n_done += work_unit_wants(unit, job) && unit->failure == STATUS_OK;
        report.n_failed += work_unit_wants(unit, job) && unit->failure != STATUS_OK;
    }
    return report;
}

/* The oldest work unit of a worker. */
static void work_on_next(struct fake_workers *fake_workers, int worker)
{
    struct work_unit unit = fake_workers->waiting[worker][0];
    fake_workers->n_waiting[worker]--;
    memmove(fake_workers->waiting[worker], fake_workers->waiting[worker] + 1,
            (size_t)fake_workers->n_waiting[worker] * sizeof unit);
    struct work_report report = work_on(fake_workers, worker, &unit);
    work_unit_release(&unit);
    fake_workers->n_units[worker]++;
    if (++fake_workers->n_reports == fake_workers->trouble_at &&
        fake_workers->trouble != NO_TROUBLE) {
        make_trouble(fake_workers, worker, &report);
    } else {
        send_report(fake_workers, worker, &report);
    }
    if (fake_workers->n_reports == fake_workers->wish_at) {
        fake_workers->wish = fake_workers->wish_to_come;
    }
    if (fake_workers->after_report != NULL) {
        fake_workers->after_report(fake_workers->n_reports);
    }
}

/* What a worker shares with a team is kept: the others wait for it. */
static void drop_waiting(struct fake_workers *fake_workers, int worker)
{
    while (fake_workers->n_waiting[worker] > 0 &&
           !(fake_workers->n_waiting[worker] == 1 &&
             is_shared(fake_workers, &fake_workers->waiting[worker][0]))) {
        work_unit_release(&fake_workers->waiting[worker][--fake_workers->n_waiting[worker]]);
    }
}

/* Takes all packets of a worker; false when there was none. */
static bool open_box(struct fake_workers *fake_workers, int worker)
{
    int from = -1;
    bool got = false;
    bool any = false;
    CHECK_OK(comm_receive(fake_workers->ends[worker], &from, &fake_workers->packet, &got, &error));
    while (got) {
        any = true;
        assert_int_equal(from, COMM_DRIVER);
        assert_false(fake_workers->stopped[worker]); /* nothing comes after a stop */
        if (message_kind_of(&fake_workers->packet) == MESSAGE_STOP) {
            fake_workers->stopped[worker] = true;
            drop_waiting(fake_workers, worker);
        } else {
            const int place = fake_workers->n_waiting[worker]++;
            assert_true(place < DRIVER_MAX_DEPTH); /* no more than that in flight */
            fake_workers->most_waiting =
                place < fake_workers->most_waiting ? fake_workers->most_waiting : place + 1;
            CHECK_OK(message_unpack_work(&fake_workers->packet,
                                         &fake_workers->waiting[worker][place], &error));
        }
        CHECK_OK(
            comm_receive(fake_workers->ends[worker], &from, &fake_workers->packet, &got, &error));
    }
    return any;
}

static void say_goodbye(struct fake_workers *fake_workers, int worker)
{
    if (fake_workers->stopped[worker] && fake_workers->n_waiting[worker] == 0 &&
        !fake_workers->has_left[worker]) {
        fake_workers->has_left[worker] = true;
        pack_clear(&fake_workers->packet);
        message_pack_bare(MESSAGE_GOODBYE, &fake_workers->packet);
        send_packet(fake_workers, worker);
    }
}

/* What arrived, then one work unit; false when there was nothing to do. */
static bool step_worker(struct fake_workers *fake_workers, int worker)
{
    if (worker == fake_workers->mute) {
        return false;
    }
    const bool any = open_box(fake_workers, worker);
    const bool works = fake_workers->n_waiting[worker] > 0 &&
                       (!is_shared(fake_workers, &fake_workers->waiting[worker][0]) ||
                        team_is_there(fake_workers, worker));
    if (works) {
        work_on_next(fake_workers, worker);
    }
    say_goodbye(fake_workers, worker);
    return any || works;
}

/* Somebody works: the workers are asked in an order that is different every time. */
static enum status idle(void *context, bool *worked, struct error *reason)
{
    struct fake_workers *const fake_workers = context;
    const int first = (int)rng_below(&fake_workers->rng, (uint64_t)fake_workers->n_workers);
    *worked = false;
    for (int i = 0; i < fake_workers->n_workers && !*worked; i++) {
        *worked = step_worker(fake_workers, 1 + (first + i) % fake_workers->n_workers);
    }
    return *worked || fake_workers->trouble != FALLS_SILENT
               ? STATUS_OK
               : error_set(reason, STATUS_IO, "the fake_workers is silent");
}

void fake_workers_begin(struct fake_workers *fake_workers, int n_workers)
{
    *fake_workers = (struct fake_workers){.n_workers = n_workers,
                                          .unit_seconds = 1.0,
                                          .wish = {STOP_NEVER, ""},
                                          .rng = rng_stream((struct rng_key){{1, 1}}, 0, 0)};
    CHECK_OK(comm_loopback_create(fake_workers->ends, n_workers + 1, idle, fake_workers, &error));
}

struct stop_wish fake_workers_ask(void *fake_workers)
{
    return ((const struct fake_workers *)fake_workers)->wish;
}

static void drop_all(struct fake_workers *fake_workers, int worker)
{
    fake_workers->team_size = 0;
    drop_waiting(fake_workers, worker);
}

void fake_workers_end(struct fake_workers *fake_workers)
{
    for (int worker = 1; worker <= fake_workers->n_workers; worker++) {
        fake_workers->trouble = NO_TROUBLE;
        while (step_worker(fake_workers, worker)) {
        }
        assert_true(fake_workers->has_left[worker] || worker == fake_workers->mute);
        drop_all(fake_workers, worker);
    }
    comm_loopback_destroy(fake_workers->ends);
    pack_release(&fake_workers->packet);
}

enum status fake_workers_run(struct fake_workers *fake_workers, struct plan *plan,
                             struct queue_counts *counts, struct error *reason)
{
    int models[MAX_CASES];
    double costs[MAX_CASES];
    struct queue *queue = NULL;
    struct progress progress;
    struct sweep sweep = sample_sweep(MAX_CASES, 1, 1);
    for (int i = 0; i < MAX_CASES; i++) {
        models[i] = i;
        costs[i] = 1.0;
    }
    const struct queue_input input = {.n_cases = plan->n_cases,
                                      .jobs_per_case = JOBS,
                                      .final = plan->final,
                                      .model_of_case = models,
                                      .cost = costs,
                                      .n_models = plan->n_cases,
                                      .missing = plan->missing,
                                      .training_cost = costs,
                                      .n_workers = fake_workers->n_workers,
                                      .team_size = plan->team_size,
                                      .for_team = plan->shared,
                                      .attempts = plan->attempts};
    fake_workers->team_size = plan->team_size;
    fake_workers->shared = plan->shared;
    CHECK_OK(queue_create(&queue, &input, &error));
    *counts = queue_counts(queue);
    CHECK_OK(progress_begin(&progress, plan->stream,
                            plan->stream != NULL ? PROGRESS_LINES : PROGRESS_NONE,
                            fake_workers->n_workers, &sweep, counts, clock_seconds(), &error));
    const struct driver_options unlimited = {.end_time = INFINITY, .stall_timeout = INFINITY};
    const enum status status =
        driver_run(fake_workers->ends[COMM_DRIVER], queue, &progress,
                   plan->options != NULL ? plan->options : &unlimited, &plan->abandoned, reason);
    *counts = queue_counts(queue);
    progress_release(&progress);
    queue_destroy(&queue);
    sweep_release(&sweep);
    return status;
}
