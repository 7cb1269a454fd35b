/* The queue with cases that teams share, under random studies and random schedules: what must hold
 * after every step, and that every schedule ends. */
#include "support/check.h"
#include "support/queue_reports.h"

#include <math.h>
#include <stdlib.h>

enum {
    MAX_CASES = 10,
    MAX_MODELS = 6,
    MAX_JOBS = 6,
    MAX_WORKERS = 9,
    MAX_TEAM = 4,
    MAX_ITEMS = MAX_CASES + MAX_MODELS + 4 * MAX_WORKERS,
    ROUNDS = 4000
};

static struct error error;

/* What is known of an item that has been handed out. */
struct known {
    bool is_there;
    enum item_kind kind;
    int index;
    int first;     /* worker of those it is for */
    int n_workers; /* for which it is */
    int n_handed;
    int n_reported;
    int n_wanted; /* jobs that nobody has reported */
    int64_t turn; /* number of items handed out before it */
    bool held[MAX_WORKERS + 1];
};

struct world {
    struct rng rng;
    struct queue_input input;
    unsigned char final[MAX_CASES * MAX_JOBS];
    int model_of_case[MAX_CASES];
    int lane_of_job[MAX_JOBS];
    double cost[MAX_CASES];
    unsigned char missing[MAX_MODELS];
    double training_cost[MAX_MODELS];
    unsigned char shared[MAX_CASES];
    unsigned char attempts[MAX_CASES];
    double limit[2];
    struct queue *queue;
    bool is_trained[MAX_MODELS];
    bool wanted[MAX_CASES * MAX_JOBS]; /* jobs handed out */
    struct known items[MAX_ITEMS];
    struct queue_counts counts;
};

static int below(struct world *world, int bound)
{
    return (int)rng_below(&world->rng, (uint64_t)bound);
}

/* ---- a random study -----------------------------------------------------------------------------
 */

static void draw_cases(struct world *world)
{
    const int chance = below(world, 4); /* of 4 that a job is final */
    const int faults = below(world, 3); /* 0: no earlier run has died */
    for (int i = 0; i < world->input.n_cases; i++) {
        world->model_of_case[i] = below(world, world->input.n_models);
        world->cost[i] = below(world, 3);
        world->shared[i] = (unsigned char)below(world, 2);
        world->attempts[i] = (unsigned char)(faults > 0 ? below(world, 4) : 0);
        for (int job = 0; job < world->input.jobs_per_case; job++) {
            const bool is_final = below(world, 4) < chance;
            world->final[i * world->input.jobs_per_case + job] = is_final;
            world->counts.n_done += is_final;
        }
    }
}

static void draw_study(struct world *world)
{
    const int n_workers = 1 + below(world, MAX_WORKERS);
    const int most = n_workers < MAX_TEAM ? n_workers : MAX_TEAM;
    world->input = (struct queue_input){.n_cases = below(world, MAX_CASES + 1),
                                        .jobs_per_case = 1 + below(world, MAX_JOBS),
                                        .n_lanes = below(world, 3),
                                        .lane_of_job = world->lane_of_job,
                                        .final = world->final,
                                        .model_of_case = world->model_of_case,
                                        .cost = world->cost,
                                        .n_models = 1 + below(world, MAX_MODELS),
                                        .missing = world->missing,
                                        .training_cost = world->training_cost,
                                        .n_workers = n_workers,
                                        .team_size = 1 + below(world, most),
                                        .shared = world->shared,
                                        .attempts = world->attempts};
    for (int job = 0; job < world->input.jobs_per_case && world->input.n_lanes > 1; job++) {
        world->lane_of_job[job] = below(world, world->input.n_lanes);
    }
    for (int i = 0; i < world->input.n_models; i++) {
        world->missing[i] = (unsigned char)(below(world, 4) == 0);
        world->training_cost[i] = below(world, 3);
    }
    draw_cases(world);
    world->input.n_done = world->counts.n_done;
}

static void create(struct world *world)
{
    draw_study(world);
    CHECK_OK(queue_create(&world->queue, &world->input, &error));
    const struct queue_counts counts = queue_counts(world->queue);
    world->counts.n_items = counts.n_items;
    world->counts.n_models = counts.n_models;
    world->counts.n_jobs = world->input.n_cases * world->input.jobs_per_case;
    assert_true(counts.n_items <= MAX_CASES + MAX_MODELS);
}

/* ---- what must hold -----------------------------------------------------------------------------
 */

/* First worker of a worker's team, or 0. */
static int team_of(const struct world *world, int worker)
{
    const int size = world->input.team_size;
    const int first = (worker - 1) / size * size + 1;
    return first + size - 1 <= world->input.n_workers ? first : 0;
}

static int n_held(const struct world *world, int worker)
{
    int count = 0;
    for (int id = 0; id < MAX_ITEMS; id++) {
        count += world->items[id].held[worker];
    }
    return count;
}

static int64_t oldest_of(const struct world *world, int worker)
{
    int64_t oldest = -1;
    for (int id = 0; id < MAX_ITEMS; id++) {
        if (world->items[id].held[worker] &&
            (oldest < 0 || world->items[id].turn < world->items[oldest].turn)) {
            oldest = id;
        }
    }
    return oldest;
}

static int holder_of(const struct world *world, const struct known *item)
{
    for (int worker = 1; worker <= world->input.n_workers; worker++) {
        if (item->held[worker]) {
            return worker;
        }
    }
    return 0;
}

static void check_items(const struct world *world)
{
    for (int id = 0; id < MAX_ITEMS; id++) {
        const struct known *const item = &world->items[id];
        if (!item->is_there) {
            continue;
        }
        const struct queue_shares shares = queue_shares_of_item(world->queue, id);
        assert_int_equal(shares.n_workers, item->n_workers);
        assert_int_equal(shares.n_handed, item->n_handed);
        assert_int_equal(shares.n_reported, item->n_reported);
        assert_int_equal(queue_holder_of_item(world->queue, id), holder_of(world, item));
        for (int worker = 1; worker <= world->input.n_workers; worker++) {
            assert_int_equal(queue_holds_item(world->queue, id, worker), item->held[worker]);
        }
    }
}

static void check_counts(struct world *world)
{
    world->counts.n_busy = 0;
    for (int worker = 1; worker <= world->input.n_workers; worker++) {
        world->counts.n_busy += n_held(world, worker) > 0;
        assert_int_equal(queue_oldest_item(world->queue, worker), oldest_of(world, worker));
    }
    check_queue_counts(world->queue, &world->counts);
    check_items(world);
}

static bool is_suspect(const struct world *world, const struct known *item)
{
    if (item->kind == ITEM_SWEEP) {
        return world->attempts[item->index] >= QUEUE_SUSPECT_ATTEMPTS;
    }
    for (int i = 0; i < world->input.n_cases; i++) {
        if (world->model_of_case[i] == item->index) {
            return world->attempts[i] >= QUEUE_SUSPECT_ATTEMPTS;
        }
    }
    return false;
}

/* Items in flight, but for one; *suspect: one of them runs alone. */
static int count_others(const struct world *world, int64_t but, bool *suspect)
{
    int count = 0;
    for (int id = 0; id < MAX_ITEMS; id++) {
        const struct known *const item = &world->items[id];
        if (id != but && item->is_there && item->n_handed > item->n_reported) {
            count++;
            *suspect = *suspect || is_suspect(world, item);
        }
    }
    return count;
}

/* ---- steps --------------------------------------------------------------------------------------
 */

/* The first of its workers gets an item. */
static void begin_item(struct world *world, int worker, const struct item *item)
{
    struct known *const known = &world->items[item->id];
    const bool shares =
        item->kind == ITEM_SWEEP && team_of(world, 1) != 0 && world->shared[item->index] != 0;
    const bool is_trained = item->kind == ITEM_TRAIN ||
                            world->missing[world->model_of_case[item->index]] == 0 ||
                            world->is_trained[world->model_of_case[item->index]];
    bool suspect = false;
    *known = (struct known){.is_there = true,
                            .kind = item->kind,
                            .index = item->index,
                            .first = shares ? team_of(world, worker) : worker,
                            .n_workers = shares ? world->input.team_size : 1,
                            .turn = world->counts.n_handed++};
    assert_true(is_trained);
    assert_true(known->first > 0); /* who is in no team shares nothing */
    assert_true(queue_cost_of_item(world->queue, item->id) <= world->limit[item->kind]);
    const int n_others = count_others(world, item->id, &suspect);
    assert_false(suspect); /* it runs alone */
    assert_true(n_others == 0 || !is_suspect(world, known));
    for (int i = known->first; shares && i < known->first + known->n_workers; i++) {
        assert_int_equal(n_held(world, i), 0); /* they begin together */
    }
    for (int job = 0; job < item->n_jobs; job++) {
        const int slot = item->index * world->input.jobs_per_case + job;
        if (item_wants(item, job)) {
            assert_false(world->wanted[slot] || world->final[slot]);
            world->wanted[slot] = true;
            known->n_wanted++;
        }
    }
}

static bool waits_for_its_team(const struct world *world, int worker)
{
    for (int id = 0; id < MAX_ITEMS; id++) {
        const struct known *const item = &world->items[id];
        if (item->is_there && item->n_workers > 1 && item->n_reported < item->n_workers &&
            worker >= item->first && worker < item->first + item->n_workers) {
            return true;
        }
    }
    return false;
}

/* Who is in no team and has nothing must not be left idle while a case that it could sweep waits;
 * of cases in parts it is not known. */
static void check_idle(const struct world *world, int worker)
{
    bool suspect = false;
    (void)count_others(world, -1, &suspect);
    if (team_of(world, worker) != 0 || n_held(world, worker) > 0 || world->input.n_lanes > 1 ||
        suspect) {
        return;
    }
    for (int i = 0; i < world->input.n_cases; i++) {
        const int first = i * world->input.jobs_per_case;
        const int model = world->model_of_case[i];
        for (int job = first; job < first + world->input.jobs_per_case; job++) {
            assert_true(world->shared[i] != 0 || world->final[job] != 0 || world->wanted[job] ||
                        world->cost[i] > world->limit[ITEM_SWEEP] ||
                        world->attempts[i] >= QUEUE_SUSPECT_ATTEMPTS ||
                        (world->missing[model] != 0 && !world->is_trained[model]));
        }
    }
}

static bool ask(struct world *world, int worker, int depth)
{
    struct item item;
    bool got = false;
    const bool waits = waits_for_its_team(world, worker);
    queue_limit_cost(world->queue, ITEM_SWEEP, world->limit[ITEM_SWEEP]);
    queue_limit_cost(world->queue, ITEM_TRAIN, world->limit[ITEM_TRAIN]);
    CHECK_OK(queue_next(world->queue, worker, depth, &item, &got, &error));
    world->counts.n_items = queue_counts(world->queue).n_items; /* parts are added */
    if (!got) {
        check_idle(world, worker);
        return false;
    }
    struct known *const known = &world->items[item.id];
    if (!known->is_there) {
        assert_false(waits);
        begin_item(world, worker, &item);
    }
    assert_in_range(worker, known->first, known->first + known->n_workers - 1);
    assert_false(known->held[worker]);
    assert_true(known->n_handed++ < known->n_workers);
    known->held[worker] = true;
    item_release(&item);
    return true;
}

/* A part of the jobs, and the last of a team all that is left. */
static void report_item(struct world *world, int worker, int64_t id)
{
    struct known *const item = &world->items[id];
    struct report report = {.item = id};
    const bool is_last = ++item->n_reported == item->n_workers;
    const int part = is_last ? item->n_wanted : below(world, item->n_wanted + 1);
    report_any_jobs(&report, &world->rng, part);
    if (item->kind == ITEM_TRAIN) {
        report_any_training(&report, &world->rng, item->index);
        world->is_trained[item->index] = true;
    }
    CHECK_OK(queue_report(world->queue, worker, &report, &error));
    item->held[worker] = false;
    item->n_wanted -= part;
    count_report(&world->counts, &report, item->kind);
    world->counts.n_finished += is_last;
    CHECK_FAILS(queue_report(world->queue, worker, &report, &error), STATUS_INTERNAL,
                "which it does not have");
}

/* The others of a team are working on it too: who reports may have to wait for nobody. */
static void step_report(struct world *world, int worker)
{
    const int count = n_held(world, worker);
    int left = count > 0 ? below(world, count) : -1;
    for (int id = 0; id < MAX_ITEMS; id++) {
        const struct known *const item = &world->items[id];
        if (item->held[worker] && left-- == 0) {
            if (item->n_handed == item->n_workers) {
                report_item(world, worker, id);
            }
            return;
        }
    }
}

/* A rank of a team cannot end what another of them has not begun, so an item is reported when all
 * have it: the schedule ends only if none of them is forgotten. */
static void finish(struct world *world)
{
    world->limit[ITEM_SWEEP] = world->limit[ITEM_TRAIN] = INFINITY;
    for (int round = 0; !queue_is_finished(world->queue); round++) {
        bool moved = false;
        assert_true(round < 4 * MAX_ITEMS);
        for (int worker = 1; worker <= world->input.n_workers; worker++) {
            moved = ask(world, worker, 1) || moved;
            check_counts(world);
        }
        for (int worker = 1; worker <= world->input.n_workers; worker++) {
            moved = moved || n_held(world, worker) > 0;
            step_report(world, worker);
            check_counts(world);
        }
        assert_true(moved);
        assert_true(queue_is_finished(world->queue) || queue_has_work(world->queue) ||
                    queue_counts(world->queue).n_busy > 0);
    }
}

static void step(struct world *world, int eagerness)
{
    const int worker = 1 + below(world, world->input.n_workers);
    const int kind = below(world, 10);
    if (kind == 0) {
        world->limit[below(world, 2)] =
            below(world, 2) == 0 ? (double)INFINITY : (double)below(world, 3);
    } else if (kind <= eagerness) {
        (void)ask(world, worker, 1 + below(world, 3));
    } else {
        step_report(world, worker);
    }
    check_counts(world);
}

static void every_schedule_hands_each_shared_case_to_one_whole_team(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct world world = {.rng = rng_stream((struct rng_key){{seed, 7}}, 0, 0),
                              .limit = {INFINITY, INFINITY}};
        create(&world);
        const int eagerness = 1 + below(&world, 8);
        const int n_steps = below(&world, 200);
        for (int i = 0; i < n_steps && !queue_is_finished(world.queue); i++) {
            step(&world, eagerness);
        }
        finish(&world);
        assert_int_equal(world.counts.n_handed, world.counts.n_items);
        assert_int_equal(world.counts.n_done + world.counts.n_failed, world.counts.n_jobs);
        queue_destroy(&world.queue);
    }
}

int test_queue_teams(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_schedule_hands_each_shared_case_to_one_whole_team),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
