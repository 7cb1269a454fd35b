#include "support/crew.h"

#include "support/check.h"
#include "support/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct error error;

static void send_packet(struct crew *crew, int worker)
{
    CHECK_OK(
        comm_send(crew->ends[worker], COMM_DRIVER, crew->packet.bytes, crew->packet.size, &error));
}

static void send_report(struct crew *crew, int worker, const struct report *report)
{
    pack_clear(&crew->packet);
    message_pack_report(report, &crew->packet);
    send_packet(crew, worker);
}

static void send_garbage(struct crew *crew, int worker)
{
    pack_clear(&crew->packet);
    for (int i = 0; i < crew->n_garbage; i++) {
        const unsigned char byte = (unsigned char)rng_bits(&crew->rng);
        pack_bytes(&crew->packet, &byte, 1);
    }
    send_packet(crew, worker);
}

static void make_trouble(struct crew *crew, int worker, struct report *report)
{
    switch (crew->trouble) {
    case REPORTS_FAILURE:
        report->status = STATUS_IO;
        (void)snprintf(report->message, sizeof report->message, "out.h5: disk full");
        send_report(crew, worker, report);
        break;
    case REPORTS_ANOTHER_ITEM:
        report->item += 1000;
        send_report(crew, worker, report);
        break;
    case REPORTS_TWICE:
        send_report(crew, worker, report);
        send_report(crew, worker, report);
        break;
    case SENDS_GARBAGE:
        send_garbage(crew, worker);
        break;
    case SENDS_HALF_A_REPORT:
        pack_clear(&crew->packet);
        message_pack_report(report, &crew->packet);
        crew->packet.size /= 2;
        send_packet(crew, worker);
        break;
    case KEEPS_THE_ITEM:
        crew->mute = worker;
        break;
    case NO_TROUBLE:
    case FALLS_SILENT:
        break;
    }
}

static void send_news(struct crew *crew, int worker, int64_t item)
{
    const struct training_news news = {item, 1, 10, 0.5};
    pack_clear(&crew->packet);
    message_pack_training(&news, &crew->packet);
    send_packet(crew, worker);
}

static bool is_shared(const struct crew *crew, const struct item *item)
{
    return crew->team_size > 0 && item->kind == ITEM_SWEEP && crew->shared[item->index] != 0;
}

static int first_of_team(const struct crew *crew, int worker)
{
    return (worker - 1) / crew->team_size * crew->team_size + 1;
}

/* Whether the others of the team have begun a worker's next item, which they share with it, or can
 * begin it. */
static bool team_is_there(const struct crew *crew, int worker)
{
    const struct item *const item = &crew->waiting[worker][0];
    const int first = first_of_team(crew, worker);
    const bool is_begun = crew->shared_by[item->index] > 0;
    bool is_there = true;
    for (int other = first; other < first + crew->team_size; other++) {
        is_there =
            is_there &&
            (is_begun || (crew->n_waiting[other] > 0 && crew->waiting[other][0].id == item->id));
    }
    return is_there;
}

static struct report work_on(struct crew *crew, int worker, const struct item *item)
{
    struct report report = {.item = item->id, .seconds = crew->item_seconds};
    if (item->kind == ITEM_TRAIN) {
        send_news(crew, worker, item->id);
        crew->trained[item->index]++;
        report.failure = crew->training_failure;
        (void)snprintf(report.message, sizeof report.message, "no luck");
        return report;
    }
    crew->shared_by[item->index] += is_shared(crew, item);
    if (is_shared(crew, item) && worker != first_of_team(crew, worker)) {
        return report;
    }
    crew->swept[item->index]++;
    crew->failure_of_case[item->index] = item->failure;
    for (int job = 0; job < item->n_jobs; job++) {
        report.n_done += item_wants(item, job) && item->failure == STATUS_OK;
        report.n_failed += item_wants(item, job) && item->failure != STATUS_OK;
    }
    return report;
}

/* The oldest item of a worker. */
static void work_on_next(struct crew *crew, int worker)
{
    struct item item = crew->waiting[worker][0];
    crew->n_waiting[worker]--;
    memmove(crew->waiting[worker], crew->waiting[worker] + 1,
            (size_t)crew->n_waiting[worker] * sizeof item);
    struct report report = work_on(crew, worker, &item);
    item_release(&item);
    crew->n_items[worker]++;
    if (++crew->n_reports == crew->trouble_at && crew->trouble != NO_TROUBLE) {
        make_trouble(crew, worker, &report);
    } else {
        send_report(crew, worker, &report);
    }
    if (crew->n_reports == crew->wish_at) {
        crew->wish = crew->wish_to_come;
    }
    if (crew->after_report != NULL) {
        crew->after_report(crew->n_reports);
    }
}

/* What a worker shares with a team is kept: the others wait for it. */
static void drop_waiting(struct crew *crew, int worker)
{
    while (crew->n_waiting[worker] > 0 &&
           !(crew->n_waiting[worker] == 1 && is_shared(crew, &crew->waiting[worker][0]))) {
        item_release(&crew->waiting[worker][--crew->n_waiting[worker]]);
    }
}

/* Takes all packets of a worker; false when there was none. */
static bool open_box(struct crew *crew, int worker)
{
    int from = -1;
    bool got = false;
    bool any = false;
    CHECK_OK(comm_receive(crew->ends[worker], &from, &crew->packet, &got, &error));
    while (got) {
        any = true;
        assert_int_equal(from, COMM_DRIVER);
        assert_false(crew->stopped[worker]); /* nothing comes after a stop */
        if (message_kind_of(&crew->packet) == MESSAGE_STOP) {
            crew->stopped[worker] = true;
            drop_waiting(crew, worker);
        } else {
            const int place = crew->n_waiting[worker]++;
            assert_true(place < DRIVER_MAX_DEPTH); /* no more than that in flight */
            crew->most_waiting = place < crew->most_waiting ? crew->most_waiting : place + 1;
            CHECK_OK(message_unpack_item(&crew->packet, &crew->waiting[worker][place], &error));
        }
        CHECK_OK(comm_receive(crew->ends[worker], &from, &crew->packet, &got, &error));
    }
    return any;
}

static void say_farewell(struct crew *crew, int worker)
{
    if (crew->stopped[worker] && crew->n_waiting[worker] == 0 && !crew->has_left[worker]) {
        crew->has_left[worker] = true;
        pack_clear(&crew->packet);
        message_pack_farewell(&crew->packet);
        send_packet(crew, worker);
    }
}

/* What arrived, then one item; false when there was nothing to do. */
static bool step_worker(struct crew *crew, int worker)
{
    if (worker == crew->mute) {
        return false;
    }
    const bool any = open_box(crew, worker);
    const bool works = crew->n_waiting[worker] > 0 &&
                       (!is_shared(crew, &crew->waiting[worker][0]) || team_is_there(crew, worker));
    if (works) {
        work_on_next(crew, worker);
    }
    say_farewell(crew, worker);
    return any || works;
}

/* Somebody works: the workers are asked in an order that is different every time. */
static enum status idle(void *context, bool *worked, struct error *reason)
{
    struct crew *const crew = context;
    const int first = (int)rng_below(&crew->rng, (uint64_t)crew->n_workers);
    *worked = false;
    for (int i = 0; i < crew->n_workers && !*worked; i++) {
        *worked = step_worker(crew, 1 + (first + i) % crew->n_workers);
    }
    return *worked || crew->trouble != FALLS_SILENT
               ? STATUS_OK
               : error_set(reason, STATUS_IO, "the crew is silent");
}

void crew_begin(struct crew *crew, int n_workers)
{
    *crew = (struct crew){.n_workers = n_workers,
                          .item_seconds = 1.0,
                          .wish = {STOP_NEVER, ""},
                          .rng = rng_stream((struct rng_key){{1, 1}}, 0, 0)};
    CHECK_OK(comm_loopback_create(crew->ends, n_workers + 1, idle, crew, &error));
}

struct stop_wish crew_ask(void *crew)
{
    return ((const struct crew *)crew)->wish;
}

static void drop_all(struct crew *crew, int worker)
{
    crew->team_size = 0;
    drop_waiting(crew, worker);
}

void crew_end(struct crew *crew)
{
    for (int worker = 1; worker <= crew->n_workers; worker++) {
        crew->trouble = NO_TROUBLE;
        while (step_worker(crew, worker)) {
        }
        assert_true(crew->has_left[worker] || worker == crew->mute);
        drop_all(crew, worker);
    }
    comm_loopback_destroy(crew->ends);
    pack_release(&crew->packet);
}

enum status crew_run(struct crew *crew, struct plan *plan, struct queue_counts *counts,
                     struct error *reason)
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
                                      .n_workers = crew->n_workers,
                                      .team_size = plan->team_size,
                                      .shared = plan->shared,
                                      .attempts = plan->attempts};
    crew->team_size = plan->team_size;
    crew->shared = plan->shared;
    CHECK_OK(queue_create(&queue, &input, &error));
    *counts = queue_counts(queue);
    CHECK_OK(progress_begin(&progress, plan->stream,
                            plan->stream != NULL ? PROGRESS_LINES : PROGRESS_NONE, crew->n_workers,
                            &sweep, counts, driver_clock(), &error));
    const struct driver_options unlimited = {.end_time = INFINITY, .patience = INFINITY};
    const enum status status =
        driver_run(crew->ends[COMM_DRIVER], queue, &progress,
                   plan->options != NULL ? plan->options : &unlimited, &plan->abandoned, reason);
    *counts = queue_counts(queue);
    progress_release(&progress);
    queue_destroy(&queue);
    sweep_release(&sweep);
    return status;
}
