/* Messages between driver and workers: a queue that is handed whatever a worker may send, and a
 * worker that is handed whatever a driver may send. */
#include "comm/message.h"
#include "driver/queue.h"
#include "fuzz/fuzz.h"
#include "fuzz/message_bytes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_CASES = 5,
    MAX_MODELS = 3,
    MAX_JOBS = 11,
    MAX_WORKERS = 3,
    MAX_SPLITS = 4 * MAX_WORKERS,
    MAX_UNITS = MAX_CASES + MAX_MODELS + MAX_SPLITS,
    MAX_STEPS = 200
};

/* What the queue is made from. */
struct study {
    struct queue_input input;
    unsigned char final[MAX_CASES * MAX_JOBS];
    int model_of_case[MAX_CASES];
    int chunk_of_job[MAX_JOBS];
    double cost[MAX_CASES];
    unsigned char shared[MAX_CASES];
    unsigned char attempts[MAX_CASES];
    enum status case_failure[MAX_CASES];
    unsigned char missing[MAX_MODELS];
    double training_cost[MAX_MODELS];
    enum status training_failure[MAX_MODELS];
};

/* What the queue must have in mind, kept in the plainest way. */
struct world {
    struct fuzz_input *input;
    struct study study;
    struct queue *queue;
    struct queue_counts before; /* at the start */
    int n_workers;
    bool is_held[MAX_UNITS][MAX_WORKERS + 1];
    int n_given[MAX_UNITS];               /* workers that were given it */
    int n_reported[MAX_UNITS];            /* and have reported it */
    int n_wanted[MAX_UNITS];              /* jobs in no report yet */
    bool is_handed[MAX_CASES * MAX_JOBS]; /* a job, to anybody */
    int64_t handed_as[MAX_UNITS];
    double limit[2]; /* of the cost of both kinds of work unit */
    int64_t n_done;
    int64_t n_failed;
    int64_t n_absent;
    int64_t n_handed;
    int64_t n_finished;
    int64_t n_trained;
    int64_t n_diverged;
};

/* ---- a queue and its workers --------------------------------------------------------------------
 */

/* A cost is any number from 0 on. */
static double draw_cost(struct fuzz_input *input)
{
    const double cost = fuzz_real(input);
    return isnan(cost) ? 1.0 : fabs(cost);
}

static enum status draw_failure(struct fuzz_input *input)
{
    return fuzz_below(input, 4) == 3 ? STATUS_JOB_CRASHED : STATUS_OK;
}

static void draw_cases(struct fuzz_input *in, struct study *study)
{
    struct queue_input *const input = &study->input;
    const bool none_is_final = fuzz_below(in, 2) == 0;
    for (int i = 0; i < input->n_cases * input->jobs_per_case; i++) {
        study->final[i] = (unsigned char)(none_is_final ? 0 : fuzz_below(in, 2));
        input->n_done += input->final != NULL && study->final[i] != 0;
    }
    for (int i = 0; i < input->n_cases; i++) {
        study->model_of_case[i] = fuzz_below(in, input->n_models);
        study->cost[i] = draw_cost(in);
        study->attempts[i] = fuzz_byte(in);
        study->case_failure[i] = draw_failure(in);
    }
}

static void draw_teams(struct fuzz_input *in, struct study *study)
{
    study->input.team_size = 1 + fuzz_below(in, study->input.n_workers);
    study->input.for_team = study->shared;
    for (int i = 0; i < study->input.n_cases; i++) {
        study->shared[i] = (unsigned char)fuzz_below(in, 2);
    }
}

static void draw_study(struct fuzz_input *in, struct study *study)
{
    const uint8_t known = fuzz_byte(in);
    study->input = (struct queue_input){
        .n_cases = fuzz_below(in, MAX_CASES + 1),
        .jobs_per_case = 1 + fuzz_below(in, MAX_JOBS),
        .n_chunks = fuzz_below(in, 6),
        .chunk_of_job = study->chunk_of_job,
        .n_models = 1 + fuzz_below(in, MAX_MODELS),
        .n_workers = 1 + fuzz_below(in, MAX_WORKERS),
        .final = (known & 7) == 7 ? NULL : study->final,
        .model_of_case = study->model_of_case,
        .cost = study->cost,
        .missing = study->missing,
        .training_cost = study->training_cost,
        .attempts = (known & 8) != 0 ? study->attempts : NULL,
        .case_failure = (known & 16) != 0 ? study->case_failure : NULL,
        .training_failure = (known & 32) != 0 ? study->training_failure : NULL};
    const int n_chunks = study->input.n_chunks;
    for (int job = 0; job < study->input.jobs_per_case; job++) {
        study->chunk_of_job[job] = n_chunks > 1 ? fuzz_below(in, n_chunks) : 0;
    }
    draw_cases(in, study);
    if ((known & 64) != 0) {
        draw_teams(in, study);
    }
    for (int i = 0; i < study->input.n_models; i++) {
        study->missing[i] = (unsigned char)fuzz_below(in, 2);
        study->training_cost[i] = draw_cost(in);
        study->training_failure[i] = draw_failure(in);
    }
}

static void create_queue(struct world *world)
{
    struct error error = {""};
    draw_study(world->input, &world->study);
    FUZZ_DEMAND(queue_create(&world->queue, &world->study.input, &error) == STATUS_OK);
    world->n_workers = world->study.input.n_workers;
    world->n_done = world->study.input.n_done;
    world->before = queue_counts(world->queue);
    FUZZ_DEMAND(world->before.n_units <= MAX_UNITS - MAX_SPLITS);
}

static int64_t oldest_unit(const struct world *world, int worker)
{
    int64_t oldest = -1;
    for (int64_t i = 0; i < MAX_UNITS; i++) {
        if (world->is_held[i][worker] &&
            (oldest < 0 || world->handed_as[i] < world->handed_as[oldest])) {
            oldest = i;
        }
    }
    return oldest;
}

static void check_counts(const struct world *world)
{
    const struct queue_counts counts = queue_counts(world->queue);
    int n_busy = 0;
    for (int worker = 1; worker <= world->n_workers; worker++) {
        const int64_t oldest = oldest_unit(world, worker);
        FUZZ_DEMAND(queue_oldest_unit(world->queue, worker) == oldest);
        n_busy += oldest >= 0;
    }
    FUZZ_DEMAND(counts.n_jobs == world->before.n_jobs - world->n_absent);
    FUZZ_DEMAND(counts.n_models == world->before.n_models);
    FUZZ_DEMAND(counts.n_units >= world->before.n_units && counts.n_units <= MAX_UNITS);
    FUZZ_DEMAND(counts.n_done == world->n_done);
    FUZZ_DEMAND(counts.n_failed == world->n_failed);
    FUZZ_DEMAND(counts.n_done + counts.n_failed <= counts.n_jobs);
    FUZZ_DEMAND(counts.n_handed == world->n_handed);
    FUZZ_DEMAND(counts.n_finished == world->n_finished);
    FUZZ_DEMAND(counts.n_trained == world->n_trained);
    FUZZ_DEMAND(counts.n_diverged == world->n_diverged);
    FUZZ_DEMAND(counts.n_trained + counts.n_diverged <= counts.n_models);
    FUZZ_DEMAND(counts.n_busy == n_busy);
    FUZZ_DEMAND(queue_is_finished(world->queue) == (counts.n_finished == counts.n_units));
    FUZZ_DEMAND(!queue_is_finished(world->queue) ||
                counts.n_done + counts.n_failed == counts.n_jobs);
}

/* The worker unpacks what the driver packs. */
static void send_unit(const struct work_unit *unit)
{
    struct packer packet = {0};
    struct work_unit copy;
    struct error error = {""};
    message_pack_work(unit, &packet);
    FUZZ_DEMAND(pack_finish(&packet, &error) == STATUS_OK);
    FUZZ_DEMAND(message_unpack_work(&packet, &copy, &error) == STATUS_OK);
    FUZZ_DEMAND(copy.id == unit->id && copy.kind == unit->kind && copy.index == unit->index);
    FUZZ_DEMAND(copy.n_jobs == unit->n_jobs && copy.failure == unit->failure);
    FUZZ_DEMAND((copy.message == NULL) == (unit->message == NULL));
    work_unit_release(&copy);
    pack_release(&packet);
}

/* Workers that a work unit is for. */
static int workers_of(const struct world *world, int64_t id)
{
    const int index = queue_unit_facts(world->queue, id).index;
    return queue_unit_facts(world->queue, id).kind == WORK_SWEEP &&
                   world->study.input.team_size > 0 && world->study.shared[index] != 0
               ? world->study.input.team_size
               : 1;
}

static void check_work_unit_of_queue(const struct world *world, const struct work_unit *unit)
{
    const struct queue *const queue = world->queue;
    FUZZ_DEMAND(queue_has_unit(queue, unit->id, unit->kind));
    FUZZ_DEMAND(queue_unit_facts(queue, unit->id).kind == unit->kind);
    FUZZ_DEMAND(queue_unit_facts(queue, unit->id).index == unit->index);
    FUZZ_DEMAND(world->n_given[unit->id] > 0 ||
                queue_unit_facts(queue, unit->id).cost <= world->limit[unit->kind]);
    FUZZ_DEMAND(world->n_given[unit->id] < workers_of(world, unit->id));
    FUZZ_DEMAND(world->n_reported[unit->id] == 0 || world->n_given[unit->id] > 0);
    FUZZ_DEMAND(unit->kind == WORK_SWEEP || unit->n_jobs == 0);
}

/* A job that is not final is handed out once. */
static void note_jobs(struct world *world, const struct work_unit *unit)
{
    const int first = unit->index * world->study.input.jobs_per_case;
    for (int job = 0; job < unit->n_jobs; job++) {
        if (work_unit_wants(unit, job)) {
            FUZZ_DEMAND(world->study.final[first + job] == 0 && !world->is_handed[first + job]);
            world->is_handed[first + job] = true;
            world->n_wanted[unit->id]++;
        }
    }
}

/* False when there was nothing for the worker. */
static bool ask(struct world *world, int worker, int depth)
{
    struct work_unit unit = {0};
    struct error error = {""};
    bool got = false;
    FUZZ_DEMAND(queue_next(world->queue, worker, depth, &unit, &got, &error) == STATUS_OK);
    if (!got) {
        return false;
    }
    check_work_unit_of_queue(world, &unit);
    FUZZ_DEMAND(!world->is_held[unit.id][worker]);
    world->is_held[unit.id][worker] = true;
    if (world->n_given[unit.id]++ == 0) {
        world->handed_as[unit.id] = world->n_handed++;
        note_jobs(world, &unit);
        FUZZ_DEMAND((world->n_wanted[unit.id] > 0) == (unit.kind == WORK_SWEEP));
    }
    send_unit(&unit);
    work_unit_release(&unit);
    return true;
}

static struct work_report draw_report(struct world *world)
{
    struct fuzz_input *const in = world->input;
    struct work_report report = {.unit = fuzz_below(in, MAX_UNITS)};
    const int n_wanted = world->n_wanted[report.unit];
    const int kind = fuzz_below(in, 8);
    report.n_done = n_wanted > 0 ? fuzz_below(in, n_wanted + 1) : 0;
    report.n_failed = n_wanted > 0 ? fuzz_below(in, n_wanted - (int)report.n_done + 1) : 0;
    report.n_absent = n_wanted - report.n_done - report.n_failed;
    report.seconds = fuzz_real(in);
    if (kind == 1) {
        report.unit = fuzz_integer(in);
    } else if (kind == 2) {
        report.n_done = fuzz_integer(in);
    } else if (kind == 3) {
        report.n_failed = fuzz_integer(in);
    } else if (kind == 5) {
        report.n_absent = fuzz_integer(in);
    } else if (kind == 4) {
        report.failure = STATUS_JOB_TRAINING_DIVERGED;
        (void)snprintf(report.message, sizeof report.message, "diverged");
    }
    return report;
}

/* Whether nobody else will report a work unit. */
static bool is_last(const struct world *world, int64_t id)
{
    return world->n_reported[id] + 1 == workers_of(world, id);
}

static bool is_right(const struct world *world, int worker, const struct work_report *report)
{
    if (report->unit < 0 || report->unit >= MAX_UNITS || worker < 1 || worker > world->n_workers ||
        !world->is_held[report->unit][worker]) {
        return false;
    }
    int64_t left = world->n_wanted[report->unit];
    const int64_t counts[] = {report->n_done, report->n_failed, report->n_absent};
    for (int i = 0; i < 3; i++) {
        if (counts[i] < 0 || counts[i] > left) {
            return false;
        }
        left -= counts[i];
    }
    return left == 0 || !is_last(world, report->unit);
}

static void note_report(struct world *world, int worker, const struct work_report *report)
{
    const int64_t n_reported = report->n_done + report->n_failed + report->n_absent;
    world->n_finished += is_last(world, report->unit);
    world->is_held[report->unit][worker] = false;
    world->n_reported[report->unit]++;
    world->n_wanted[report->unit] -= (int)n_reported;
    world->n_done += report->n_done;
    world->n_failed += report->n_failed;
    world->n_absent += report->n_absent;
    if (queue_unit_facts(world->queue, report->unit).kind == WORK_TRAIN) {
        world->n_trained += report->failure == STATUS_OK;
        world->n_diverged += report->failure != STATUS_OK;
    }
}

/* A report as the driver sees it, perhaps with a byte changed on the way. */
static void report(struct world *world)
{
    struct packer packet = {0};
    struct work_report received;
    struct error error = {""};
    const int worker = fuzz_below(world->input, world->n_workers + 2);
    const struct work_report sent = draw_report(world);
    message_pack_report(&sent, &packet);
    if (fuzz_below(world->input, 4) == 3) {
        packet.bytes[(size_t)fuzz_byte(world->input) % packet.size] = fuzz_byte(world->input);
    }
    enum status status = message_unpack_report(&packet, &received, &error);
    if (status == STATUS_OK) {
        const bool is_good = is_right(world, worker, &received);
        status = queue_report(world->queue, worker, &received, &error);
        FUZZ_DEMAND((status == STATUS_OK) == is_good);
    }
    if (status == STATUS_OK) {
        note_report(world, worker, &received);
    } else {
        FUZZ_DEMAND(status == STATUS_INTERNAL);
        fuzz_demand_message(&error);
    }
    pack_release(&packet);
}

static void limit_cost(struct world *world)
{
    const enum work_kind kind = (enum work_kind)fuzz_below(world->input, 2);
    world->limit[kind] = fuzz_below(world->input, 2) == 0 ? INFINITY : draw_cost(world->input);
    queue_limit_cost(world->queue, kind, world->limit[kind]);
}

static void step(struct world *world)
{
    const uint8_t what = fuzz_byte(world->input);
    if (what < 8) {
        limit_cost(world);
    } else if (what < 128) {
        const int worker = 1 + fuzz_below(world->input, world->n_workers);
        (void)ask(world, worker, 1 + fuzz_below(world->input, 4));
    } else {
        report(world);
    }
    check_counts(world);
}

static void finish_unit(struct world *world, int worker, int64_t unit)
{
    const struct work_report report = {
        .unit = unit, .n_done = world->n_wanted[unit], .failure = STATUS_OK};
    struct error error = {""};
    FUZZ_DEMAND(queue_report(world->queue, worker, &report, &error) == STATUS_OK);
    note_report(world, worker, &report);
}

/* Whatever has happened: when the workers do what they are given, the queue ends. */
static void drain(struct world *world)
{
    world->limit[WORK_SWEEP] = INFINITY;
    world->limit[WORK_TRAIN] = INFINITY;
    queue_limit_cost(world->queue, WORK_SWEEP, INFINITY);
    queue_limit_cost(world->queue, WORK_TRAIN, INFINITY);
    for (int round = 0; round <= 2 * MAX_UNITS && !queue_is_finished(world->queue); round++) {
        for (int worker = 1; worker <= world->n_workers; worker++) {
            const int64_t unit = oldest_unit(world, worker);
            if (unit >= 0) {
                finish_unit(world, worker, unit);
            } else {
                (void)ask(world, worker, 1);
            }
            check_counts(world);
        }
    }
    FUZZ_DEMAND(queue_is_finished(world->queue));
}

static void run_queue(struct fuzz_input *input)
{
    struct world world = {.input = input, .limit = {INFINITY, INFINITY}};
    create_queue(&world);
    check_counts(&world);
    for (int i = 0; i < MAX_STEPS && fuzz_left(input) > 0; i++) {
        step(&world);
    }
    drain(&world);
    queue_destroy(&world.queue);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {.bytes = bytes, .size = size};
    if (fuzz_below(&input, 4) == 0) {
        check_message_bytes(&input);
    } else {
        run_queue(&input);
    }
    return 0;
}
