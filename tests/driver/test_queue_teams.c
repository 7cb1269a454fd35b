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
    MAX_UNITS = MAX_CASES + MAX_MODELS + 4 * MAX_WORKERS,
    ROUNDS = 4000
};

static struct error error;

/* What is known of a work unit that has been handed out. */
struct known {
    bool is_there;
    enum work_kind kind;
    int index;
    int first;     /* worker of those it is for */
    int n_workers; /* for which it is */
    int n_handed;
    int n_reported;
    int n_wanted; /* jobs that nobody has reported */
    int64_t turn; /* number of work units handed out before it */
    bool held[MAX_WORKERS + 1];
};

struct world {
    struct rng rng;
    struct queue_input input;
    unsigned char final[MAX_CASES * MAX_JOBS];
    int model_of_case[MAX_CASES];
    int chunk_of_job[MAX_JOBS];
    double cost[MAX_CASES];
    unsigned char missing[MAX_MODELS];
    double training_cost[MAX_MODELS];
    unsigned char shared[MAX_CASES];
    unsigned char attempts[MAX_CASES];
    double limit[2];
    struct queue *queue;
    bool is_trained[MAX_MODELS];
    bool wanted[MAX_CASES * MAX_JOBS]; /* jobs handed out */
    struct known units[MAX_UNITS];
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
                                        .n_chunks = below(world, 3),
                                        .chunk_of_job = world->chunk_of_job,
                                        .final = world->final,
                                        .model_of_case = world->model_of_case,
                                        .cost = world->cost,
                                        .n_models = 1 + below(world, MAX_MODELS),
                                        .missing = world->missing,
                                        .training_cost = world->training_cost,
                                        .n_workers = n_workers,
                                        .team_size = 1 + below(world, most),
                                        .for_team = world->shared,
                                        .attempts = world->attempts};
    for (int job = 0; job < world->input.jobs_per_case && world->input.n_chunks > 1; job++) {
        world->chunk_of_job[job] = below(world, world->input.n_chunks);
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
    world->counts.n_units = counts.n_units;
    world->counts.n_models = counts.n_models;
    world->counts.n_jobs = world->input.n_cases * world->input.jobs_per_case;
    assert_true(counts.n_units <= MAX_CASES + MAX_MODELS);
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
    for (int id = 0; id < MAX_UNITS; id++) {
        count += world->units[id].held[worker];
    }
    return count;
}

static int64_t oldest_of(const struct world *world, int worker)
{
    int64_t oldest = -1;
    for (int id = 0; id < MAX_UNITS; id++) {
        if (world->units[id].held[worker] &&
            (oldest < 0 || world->units[id].turn < world->units[oldest].turn)) {
            oldest = id;
        }
    }
    return oldest;
}

static int holder_of(const struct world *world, const struct known *unit)
{
    for (int worker = 1; worker <= world->input.n_workers; worker++) {
        if (unit->held[worker]) {
            return worker;
        }
    }
    return 0;
}

static void check_units(const struct world *world)
{
    for (int id = 0; id < MAX_UNITS; id++) {
        const struct known *const unit = &world->units[id];
        if (!unit->is_there) {
            continue;
        }
        const struct unit_facts shares = queue_unit_facts(world->queue, id);
        assert_int_equal(shares.n_workers, unit->n_workers);
        assert_int_equal(shares.n_handed, unit->n_handed);
        assert_int_equal(shares.n_reported, unit->n_reported);
        assert_int_equal(queue_holder_of_unit(world->queue, id), holder_of(world, unit));
        for (int worker = 1; worker <= world->input.n_workers; worker++) {
            assert_int_equal(queue_holds_unit(world->queue, id, worker), unit->held[worker]);
        }
    }
}

static void check_counts(struct world *world)
{
    world->counts.n_busy = 0;
    for (int worker = 1; worker <= world->input.n_workers; worker++) {
        world->counts.n_busy += n_held(world, worker) > 0;
        assert_int_equal(queue_oldest_unit(world->queue, worker), oldest_of(world, worker));
    }
    check_queue_counts(world->queue, &world->counts);
    check_units(world);
}

static bool is_suspect(const struct world *world, const struct known *unit)
{
    if (unit->kind == WORK_SWEEP) {
        return world->attempts[unit->index] >= QUEUE_SUSPECT_ATTEMPTS;
    }
    for (int i = 0; i < world->input.n_cases; i++) {
        if (world->model_of_case[i] == unit->index) {
            return world->attempts[i] >= QUEUE_SUSPECT_ATTEMPTS;
        }
    }
    return false;
}

/* Work units in flight, but for one; *suspect: one of them runs alone. */
static int count_others(const struct world *world, int64_t but, bool *suspect)
{
    int count = 0;
    for (int id = 0; id < MAX_UNITS; id++) {
        const struct known *const unit = &world->units[id];
        if (id != but && unit->is_there && unit->n_handed > unit->n_reported) {
            count++;
            *suspect = *suspect || is_suspect(world, unit);
        }
    }
    return count;
}

/* ---- steps --------------------------------------------------------------------------------------
 */

/* The first of its workers gets a work unit. */
static void begin_unit(struct world *world, int worker, const struct work_unit *unit)
{
    struct known *const known = &world->units[unit->id];
    const bool shares =
        unit->kind == WORK_SWEEP && team_of(world, 1) != 0 && world->shared[unit->index] != 0;
    const bool is_trained = unit->kind == WORK_TRAIN ||
                            world->missing[world->model_of_case[unit->index]] == 0 ||
                            world->is_trained[world->model_of_case[unit->index]];
    bool suspect = false;
    *known = (struct known){.is_there = true,
                            .kind = unit->kind,
                            .index = unit->index,
                            .first = shares ? team_of(world, worker) : worker,
                            .n_workers = shares ? world->input.team_size : 1,
                            .turn = world->counts.n_handed++};
    assert_true(is_trained);
    assert_true(known->first > 0); /* who is in no team shares nothing */
    assert_true(queue_unit_facts(world->queue, unit->id).cost <= world->limit[unit->kind]);
    const int n_others = count_others(world, unit->id, &suspect);
    assert_false(suspect); /* it runs alone */
    assert_true(n_others == 0 || !is_suspect(world, known));
    for (int i = known->first; shares && i < known->first + known->n_workers; i++) {
        assert_int_equal(n_held(world, i), 0); /* they begin together */
    }
    for (int job = 0; job < unit->n_jobs; job++) {
        const int slot = unit->index * world->input.jobs_per_case + job;
        if (work_unit_wants(unit, job)) {
            assert_false(world->wanted[slot] || world->final[slot]);
            world->wanted[slot] = true;
            known->n_wanted++;
        }
    }
}

static bool waits_for_its_team(const struct world *world, int worker)
{
    for (int id = 0; id < MAX_UNITS; id++) {
        const struct known *const unit = &world->units[id];
        if (unit->is_there && unit->n_workers > 1 && unit->n_reported < unit->n_workers &&
            worker >= unit->first && worker < unit->first + unit->n_workers) {
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
    if (team_of(world, worker) != 0 || n_held(world, worker) > 0 || world->input.n_chunks > 1 ||
        suspect) {
        return;
    }
    for (int i = 0; i < world->input.n_cases; i++) {
        const int first = i * world->input.jobs_per_case;
        const int model = world->model_of_case[i];
        for (int job = first; job < first + world->input.jobs_per_case; job++) {
            assert_true(world->shared[i] != 0 || world->final[job] != 0 || world->wanted[job] ||
                        world->cost[i] > world->limit[WORK_SWEEP] ||
                        world->attempts[i] >= QUEUE_SUSPECT_ATTEMPTS ||
                        (world->missing[model] != 0 && !world->is_trained[model]));
        }
    }
}

static bool ask(struct world *world, int worker, int depth)
{
    struct work_unit unit;
    bool got = false;
    const bool waits = waits_for_its_team(world, worker);
    queue_limit_cost(world->queue, WORK_SWEEP, world->limit[WORK_SWEEP]);
    queue_limit_cost(world->queue, WORK_TRAIN, world->limit[WORK_TRAIN]);
    CHECK_OK(queue_next(world->queue, worker, depth, &unit, &got, &error));
    world->counts.n_units = queue_counts(world->queue).n_units; /* parts are added */
    if (!got) {
        check_idle(world, worker);
        return false;
    }
    struct known *const known = &world->units[unit.id];
    if (!known->is_there) {
        assert_false(waits);
        begin_unit(world, worker, &unit);
    }
    assert_in_range(worker, known->first, known->first + known->n_workers - 1);
    assert_false(known->held[worker]);
    assert_true(known->n_handed++ < known->n_workers);
    known->held[worker] = true;
    work_unit_release(&unit);
    return true;
}

/* A part of the jobs, and the last of a team all that is left. */
static void report_unit(struct world *world, int worker, int64_t id)
{
    struct known *const unit = &world->units[id];
    struct work_report report = {.unit = id};
    const bool is_last = ++unit->n_reported == unit->n_workers;
    const int part = is_last ? unit->n_wanted : below(world, unit->n_wanted + 1);
    report_any_jobs(&report, &world->rng, part);
    if (unit->kind == WORK_TRAIN) {
        report_any_training(&report, &world->rng, unit->index);
        world->is_trained[unit->index] = true;
    }
    CHECK_OK(queue_report(world->queue, worker, &report, &error));
    unit->held[worker] = false;
    unit->n_wanted -= part;
    count_report(&world->counts, &report, unit->kind);
    world->counts.n_finished += is_last;
    CHECK_FAILS(queue_report(world->queue, worker, &report, &error), STATUS_INTERNAL,
                "which it does not have");
}

/* The others of a team are working on it too: who reports may have to wait for nobody. */
static void step_report(struct world *world, int worker)
{
    const int count = n_held(world, worker);
    int left = count > 0 ? below(world, count) : -1;
    for (int id = 0; id < MAX_UNITS; id++) {
        const struct known *const unit = &world->units[id];
        if (unit->held[worker] && left-- == 0) {
            if (unit->n_handed == unit->n_workers) {
                report_unit(world, worker, id);
            }
            return;
        }
    }
}

/* A rank of a team cannot end what another of them has not begun, so a work unit is reported when
 * all have it: the schedule ends only if none of them is forgotten. */
static void finish(struct world *world)
{
    world->limit[WORK_SWEEP] = world->limit[WORK_TRAIN] = INFINITY;
    for (int round = 0; !queue_is_finished(world->queue); round++) {
        bool moved = false;
        assert_true(round < 4 * MAX_UNITS);
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
        assert_int_equal(world.counts.n_handed, world.counts.n_units);
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
