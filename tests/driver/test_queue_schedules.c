/* The queue under random studies and random schedules, followed by a model that is as plain as
 * possible: after every step it says what must come next. */
#include "support/check.h"
#include "support/queue_reports.h"

#include <stdlib.h>

enum {
    MAX_CASES = 12,
    MAX_MODELS = 6,
    MAX_JOBS = 10,
    MAX_WORKERS = 5,
    MAX_SETS = 5,
    MAX_UNITS = MAX_CASES * MAX_SETS + MAX_MODELS,
    ROUNDS = 3000
};

static struct error error;

/* A work unit that a worker has. */
struct holding {
    int64_t id;
    enum work_kind kind;
    int index;
    int wanted;
};

struct world {
    struct rng rng;
    struct queue_input input;
    unsigned char final[MAX_CASES * MAX_JOBS * MAX_SETS];
    int model_of_case[MAX_CASES];
    int chunk_of_job[MAX_JOBS * MAX_SETS];
    double cost[MAX_CASES];
    unsigned char missing[MAX_MODELS];
    double training_cost[MAX_MODELS];
    int depth;
    struct queue *queue;
    /* the model */
    int ready[MAX_CASES]; /* cases that can begin, next one first */
    int n_ready;
    int untrained[MAX_MODELS]; /* models to train, next one first */
    int n_untrained;
    enum status failure[MAX_MODELS];
    struct holding held[MAX_WORKERS + 1][MAX_UNITS];
    int n_held[MAX_WORKERS + 1];
    int last_model[MAX_WORKERS + 1];              /* of the case a worker was given last, or -1 */
    bool seen[MAX_UNITS];                         /* ids handed out */
    bool wanted[MAX_CASES * MAX_JOBS * MAX_SETS]; /* jobs handed out */
    int64_t unit_of_chunk[MAX_CASES][MAX_SETS];   /* that has it, or -1 */
    struct queue_counts counts;
};

static int below(struct world *world, int bound)
{
    return (int)rng_below(&world->rng, (uint64_t)bound);
}

/* ---- a random study -----------------------------------------------------------------------------
 */

static void draw_study(struct world *world, int n_sets)
{
    const bool any_chunk = below(world, 2) == 1; /* else one for each set */
    struct queue_input *const input = &world->input;
    input->n_cases = below(world, MAX_CASES + 1);
    input->n_models = 1 + below(world, MAX_MODELS);
    input->jobs_per_case = (1 + below(world, MAX_JOBS)) * n_sets;
    input->n_chunks = n_sets;
    for (int job = 0; job < input->jobs_per_case; job++) {
        world->chunk_of_job[job] = any_chunk ? below(world, n_sets) : job % n_sets;
    }
    input->chunk_of_job = world->chunk_of_job;
    input->n_workers = 1 + below(world, MAX_WORKERS);
    const int n_jobs = input->n_cases * input->jobs_per_case;
    const int chance = below(world, 5); /* of 4 that a job is final */
    for (int i = 0; i < n_jobs; i++) {
        world->final[i] = below(world, 4) < chance;
        world->counts.n_done += world->final[i];
    }
    for (int i = 0; i < input->n_cases; i++) {
        world->model_of_case[i] = below(world, input->n_models);
        world->cost[i] = below(world, 3);
    }
    for (int i = 0; i < input->n_models; i++) {
        world->missing[i] = (unsigned char)below(world, 2);
        world->training_cost[i] = below(world, 3);
    }
    memset(world->unit_of_chunk, -1, sizeof world->unit_of_chunk);
    world->depth = 1 + below(world, 3);
    for (int worker = 0; worker <= MAX_WORKERS; worker++) {
        world->last_model[worker] = -1;
    }
    world->counts.n_jobs = n_jobs;
    input->n_done = world->counts.n_done;
    input->final = world->final;
    input->model_of_case = world->model_of_case;
    input->cost = world->cost;
    input->missing = world->missing;
    input->training_cost = world->training_cost;
}

static int pending_jobs(const struct world *world, int case_index)
{
    int count = 0;
    for (int job = 0; job < world->input.jobs_per_case; job++) {
        count += !world->final[case_index * world->input.jobs_per_case + job];
    }
    return count;
}

/* Puts an index behind all that are at least as expensive: most expensive first, equal ones in
 * order. */
static void insert(int *list, int *count, int first, int index, const double *cost)
{
    int place = *count;
    while (place > first && cost[list[place - 1]] < cost[index]) {
        list[place] = list[place - 1];
        place--;
    }
    list[place] = index;
    ++*count;
}

/* Cases of a model join those that can begin, behind those that already could. */
static void make_ready(struct world *world, int model)
{
    const int first = world->n_ready;
    for (int i = 0; i < world->input.n_cases; i++) {
        if (world->model_of_case[i] == model && pending_jobs(world, i) > 0) {
            insert(world->ready, &world->n_ready, first, i, world->cost);
        }
    }
}

static bool is_needed(const struct world *world, int model)
{
    for (int i = 0; i < world->input.n_cases; i++) {
        if (world->model_of_case[i] == model && pending_jobs(world, i) > 0) {
            return world->missing[model] != 0;
        }
    }
    return false;
}

static void begin_model(struct world *world)
{
    for (int i = 0; i < world->input.n_models; i++) {
        if (is_needed(world, i)) {
            insert(world->untrained, &world->n_untrained, 0, i, world->training_cost);
        }
    }
    world->counts.n_models = world->n_untrained;
    world->counts.n_units = world->n_untrained;
    for (int i = 0; i < world->input.n_cases; i++) {
        world->counts.n_units += pending_jobs(world, i) > 0;
        if (pending_jobs(world, i) > 0 && !world->missing[world->model_of_case[i]]) {
            insert(world->ready, &world->n_ready, 0, i, world->cost);
        }
    }
}

/* ---- steps --------------------------------------------------------------------------------------
 */

/* Jobs of one chunk stay together. */
static void check_chunk(struct world *world, const struct work_unit *unit, int job)
{
    int64_t *const owner = &world->unit_of_chunk[unit->index][world->chunk_of_job[job]];
    assert_true(*owner == -1 || *owner == unit->id);
    *owner = unit->id;
}

static void check_unit(struct world *world, const struct work_unit *unit)
{
    const unsigned char *const jobs = world->final + unit->index * world->input.jobs_per_case;
    assert_in_range(unit->id, 0, world->counts.n_units - 1);
    assert_false(world->seen[unit->id]);
    world->seen[unit->id] = true;
    if (unit->kind == WORK_TRAIN) {
        assert_true(queue_has_unit(world->queue, unit->id, WORK_TRAIN));
        assert_int_equal(queue_unit_facts(world->queue, unit->id).index, unit->index);
        assert_int_equal(unit->n_jobs, 0);
        return;
    }
    const enum status failure = world->failure[world->model_of_case[unit->index]];
    assert_true(queue_has_unit(world->queue, unit->id, WORK_SWEEP));
    assert_int_equal(unit->n_jobs, world->input.jobs_per_case);
    bool *const wanted = world->wanted + unit->index * unit->n_jobs;
    for (int job = 0; job < unit->n_jobs; job++) {
        assert_false(work_unit_wants(unit, job) && (jobs[job] != 0 || wanted[job]));
        wanted[job] = wanted[job] || work_unit_wants(unit, job);
        if (work_unit_wants(unit, job)) {
            check_chunk(world, unit, job);
        }
        assert_true(wanted[job] || jobs[job] != 0 || world->input.n_chunks > 1);
    }
    assert_int_equal(unit->failure, failure);
    assert_int_equal(unit->message != NULL, failure != STATUS_OK);
}

/* Removes an element. */
static int take(int *list, int *count, int place)
{
    const int taken = list[place];
    --*count;
    memmove(list + place, list + place + 1, (size_t)(*count - place) * sizeof *list);
    return taken;
}

/* The case that a worker must get: of the model it has if there is one, else the first; -1 none. */
static int take_case(struct world *world, int worker)
{
    for (int i = 0; i < world->n_ready; i++) {
        if (world->model_of_case[world->ready[i]] == world->last_model[worker]) {
            return take(world->ready, &world->n_ready, i);
        }
    }
    return world->n_ready > 0 ? take(world->ready, &world->n_ready, 0) : -1;
}

static int count_wanted(const struct work_unit *unit)
{
    int count = 0;
    for (int job = 0; job < unit->n_jobs; job++) {
        count += work_unit_wants(unit, job);
    }
    return count;
}

static void hold(struct world *world, int worker, const struct work_unit *unit)
{
    const int wanted = count_wanted(unit);
    check_unit(world, unit);
    world->held[worker][world->n_held[worker]++] =
        (struct holding){unit->id, unit->kind, unit->index, wanted};
    world->counts.n_handed++;
    world->last_model[worker] = unit->kind == WORK_SWEEP ? world->model_of_case[unit->index] : -1;
}

static bool has_room(const struct world *world, int worker)
{
    const int held = world->n_held[worker];
    const bool trains = held > 0 && world->held[worker][0].kind == WORK_TRAIN;
    const bool near_the_end = world->n_untrained == 0 && world->n_ready < world->input.n_workers;
    return held < (near_the_end ? 1 : world->depth) && !trains;
}

/* Cases whole: what comes next is known. */
static void step_next(struct world *world, int worker)
{
    struct work_unit unit;
    bool got = false;
    enum work_kind kind = WORK_SWEEP;
    int expected = has_room(world, worker) ? take_case(world, worker) : -1;
    if (expected < 0 && world->n_held[worker] == 0 && world->n_untrained > 0) {
        kind = WORK_TRAIN;
        expected = take(world->untrained, &world->n_untrained, 0);
    }
    CHECK_OK(queue_next(world->queue, worker, world->depth, &unit, &got, &error));
    assert_int_equal(got, expected >= 0);
    if (!got) {
        return;
    }
    assert_int_equal(unit.kind, kind);
    assert_int_equal(unit.index, expected);
    hold(world, worker, &unit);
    work_unit_release(&unit);
}

/* Cases in parts: every job once, whatever comes next; an idle worker gets what there is. */
static void step_next_part(struct world *world, int worker)
{
    struct work_unit unit;
    bool got = false;
    const struct queue_counts before = queue_counts(world->queue);
    CHECK_OK(queue_next(world->queue, worker, world->depth, &unit, &got, &error));
    world->counts.n_units = queue_counts(world->queue).n_units;
    if (got) {
        assert_true(unit.kind == WORK_TRAIN || count_wanted(&unit) > 0);
        hold(world, worker, &unit);
        work_unit_release(&unit);
    } else {
        assert_int_equal(world->counts.n_units, before.n_units);
    }
}

/* A worker reports any of its work units. */
static void step_report(struct world *world, int worker)
{
    if (world->n_held[worker] == 0) {
        return;
    }
    const int place = below(world, world->n_held[worker]);
    const struct holding done = world->held[worker][place];
    world->held[worker][place] = world->held[worker][--world->n_held[worker]];
    struct work_report report = {.unit = done.id};
    report_any_jobs(&report, &world->rng, done.wanted);
    if (done.kind == WORK_TRAIN) {
        report_any_training(&report, &world->rng, done.index);
        world->failure[done.index] = report.failure;
        make_ready(world, done.index);
    }
    CHECK_OK(queue_report(world->queue, worker, &report, &error));
    count_report(&world->counts, &report, done.kind);
    world->counts.n_finished++;
}

static void check_counts(struct world *world)
{
    world->counts.n_busy = 0;
    for (int worker = 1; worker <= world->input.n_workers; worker++) {
        world->counts.n_busy += world->n_held[worker] > 0;
    }
    check_queue_counts(world->queue, &world->counts);
}

static void run_world(uint64_t seed, int n_sets)
{
    struct world world = {.rng = rng_stream((struct rng_key){{seed, 99}}, 0, 0)};
    draw_study(&world, n_sets);
    begin_model(&world);
    CHECK_OK(queue_create(&world.queue, &world.input, &error));
    check_counts(&world);
    const int eagerness = 1 + below(&world, 9); /* of 10 steps that ask for more */
    for (int steps = 0; !queue_is_finished(world.queue); steps++) {
        const int worker = 1 + below(&world, world.input.n_workers);
        assert_true(steps < 10000); /* whatever the order: it ends */
        if (below(&world, 10) < eagerness) {
            (n_sets > 1 ? step_next_part : step_next)(&world, worker);
        } else {
            step_report(&world, worker);
        }
        check_counts(&world);
    }
    assert_int_equal(world.counts.n_handed, world.counts.n_units);
    assert_int_equal(world.counts.n_done + world.counts.n_failed, world.counts.n_jobs);
    queue_destroy(&world.queue);
}

static void any_schedule_of_any_study_hands_out_everything_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        run_world(seed, 1);
    }
}

static void cases_in_parts_lose_and_repeat_no_job(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        run_world(seed, 2 + (int)(seed % (MAX_SETS - 1)));
    }
}

/* As a case of a wide model is: as many chunks as there may be, each with a few rows of a set. */
static void the_most_chunks_are_shared_by_all_workers(void **state)
{
    (void)state;
    enum { JOBS = 3 * QUEUE_MAX_CHUNKS, WORKERS = 5 };
    static const unsigned char final[JOBS];
    static bool wanted[JOBS];
    int chunk_of_job[JOBS];
    for (int job = 0; job < JOBS; job++) {
        chunk_of_job[job] = job / 3;
    }
    const struct queue_input input = {.n_cases = 1,
                                      .jobs_per_case = JOBS,
                                      .n_chunks = QUEUE_MAX_CHUNKS,
                                      .chunk_of_job = chunk_of_job,
                                      .final = final,
                                      .model_of_case = (int[]){0},
                                      .cost = (double[]){1.0},
                                      .n_models = 1,
                                      .missing = final,
                                      .training_cost = (double[]){1.0},
                                      .n_workers = WORKERS};
    struct queue *queue = NULL;
    int n_wanted = 0;
    CHECK_OK(queue_create(&queue, &input, &error));
    for (int turn = 0; queue_has_work(queue); turn++) {
        struct work_unit unit;
        bool got = false;
        const int worker = 1 + turn % WORKERS;
        CHECK_OK(queue_next(queue, worker, 1, &unit, &got, &error));
        assert_true(got);
        for (int job = 0; job < JOBS; job++) {
            assert_false(work_unit_wants(&unit, job) && wanted[job]);
            assert_int_equal(work_unit_wants(&unit, job), work_unit_wants(&unit, job / 3 * 3));
            wanted[job] = wanted[job] || work_unit_wants(&unit, job);
        }
        const int count = count_wanted(&unit);
        assert_true(turn > 0 || count <= JOBS / 2);
        n_wanted += count;
        const struct work_report report = {.unit = unit.id, .n_done = count - 1, .n_absent = 1};
        CHECK_OK(queue_report(queue, worker, &report, &error));
        work_unit_release(&unit);
    }
    const struct queue_counts counts = queue_counts(queue);
    assert_int_equal(n_wanted, JOBS);
    assert_true(counts.n_units >= WORKERS);
    assert_int_equal(counts.n_jobs, JOBS - counts.n_units); /* one less for every absent one */
    assert_int_equal(counts.n_done, counts.n_jobs);
    queue_destroy(&queue);
}

/* Four workers, one case of eight sets: each gets something, and the parts get no larger. */
static void the_last_case_is_shared_by_all_workers(void **state)
{
    (void)state;
    enum { SETS = 8, ALPHAS = 3, WORKERS = 4 };
    const unsigned char final[SETS * ALPHAS] = {0};
    const int models[] = {0};
    const double cost[] = {1.0};
    const unsigned char missing[] = {0};
    int chunk_of_job[SETS * ALPHAS];
    for (int job = 0; job < SETS * ALPHAS; job++) {
        chunk_of_job[job] = job % SETS;
    }
    const struct queue_input input = {.n_cases = 1,
                                      .jobs_per_case = SETS * ALPHAS,
                                      .n_chunks = SETS,
                                      .chunk_of_job = chunk_of_job,
                                      .final = final,
                                      .model_of_case = models,
                                      .cost = cost,
                                      .n_models = 1,
                                      .missing = missing,
                                      .training_cost = cost,
                                      .n_workers = WORKERS};
    struct queue *queue = NULL;
    int last = SETS * ALPHAS;
    CHECK_OK(queue_create(&queue, &input, &error));
    for (int worker = 1; worker <= WORKERS; worker++) {
        struct work_unit unit;
        bool got = false;
        CHECK_OK(queue_next(queue, worker, 2, &unit, &got, &error));
        assert_true(got);
        assert_in_range(count_wanted(&unit), 1, last);
        last = count_wanted(&unit);
        work_unit_release(&unit);
    }
    queue_destroy(&queue);
}

int test_queue_schedules(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_schedule_of_any_study_hands_out_everything_once),
        cmocka_unit_test(cases_in_parts_lose_and_repeat_no_job),
        cmocka_unit_test(the_last_case_is_shared_by_all_workers),
        cmocka_unit_test(the_most_chunks_are_shared_by_all_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
