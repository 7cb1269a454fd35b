/* The driver with cases that teams share: its workers wait for each other, and nobody waits in
 * vain. */
#include "support/check.h"
#include "support/fake_workers.h"

#include <math.h>
#include <stdlib.h>

static struct error error;

/* ---- what is remembered of work units in flight
 * ------------------------------------------------------
 */

static int handed[MAX_CASES];
static int ended[MAX_CASES];
static int returned[MAX_CASES];
static int stalled[MAX_CASES];

static enum status note(void *context, enum journal_event event, enum work_kind kind, int index,
                        struct error *out)
{
    int *const counts[] = {[UNIT_HANDED] = handed,
                           [UNIT_ENDED] = ended,
                           [UNIT_RETURNED] = returned,
                           [UNIT_CUT_OFF] = returned,
                           [UNIT_STALLED] = stalled};
    (void)context;
    (void)out;
    counts[event][index] += kind == WORK_SWEEP;
    return STATUS_OK;
}

static const struct work_journal LOG = {.note = note};

static struct driver_options options;

static void begin(struct fake_workers *fake_workers, int n_workers)
{
    memset(handed, 0, sizeof handed);
    memset(ended, 0, sizeof ended);
    memset(returned, 0, sizeof returned);
    memset(stalled, 0, sizeof stalled);
    options = (struct driver_options){.stop = {fake_workers_ask, fake_workers},
                                      .end_time = INFINITY,
                                      .stall_timeout = INFINITY,
                                      .journal = &LOG};
    fake_workers_begin(fake_workers, n_workers);
    fake_workers->trouble = FALLS_SILENT; /* a run in which everybody waits fails */
    fake_workers->trouble_at = -1;
}

/* Every third case is shared, some models are to be trained. */
static struct plan make_plan(int team_size)
{
    struct plan plan = {.n_cases = MAX_CASES, .team_size = team_size, .options = &options};
    for (int i = 0; i < MAX_CASES; i++) {
        plan.shared[i] = i % 3 == 0;
        plan.missing[i] = i % 4 == 1 || i == 3;
    }
    return plan;
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void check_whole_run(int n_workers, int team_size, int n_suspects)
{
    struct fake_workers fake_workers;
    struct queue_counts counts;
    begin(&fake_workers, n_workers);
    struct plan plan = make_plan(team_size);
    for (int i = 0; i < n_suspects; i++) {
        plan.attempts[(5 * i) % MAX_CASES] = QUEUE_SUSPECT_ATTEMPTS;
    }
    CHECK_OK(fake_workers_run(&fake_workers, &plan, &counts, &error));
    for (int i = 0; i < MAX_CASES; i++) {
        assert_int_equal(fake_workers.swept[i], 1);
        assert_int_equal(fake_workers.shared_by[i], plan.shared[i] != 0 ? team_size : 0);
        assert_int_equal(handed[i], 1);
        assert_int_equal(ended[i], 1);
        assert_int_equal(returned[i] + stalled[i], 0);
    }
    fake_workers_end(&fake_workers);
    assert_int_equal(counts.n_finished, counts.n_units);
    assert_int_equal(counts.n_done, MAX_CASES * JOBS);
}

static void every_member_gets_a_shared_case_and_it_is_remembered_once(void **state)
{
    (void)state;
    for (int n_workers = 1; n_workers <= MAX_WORKERS; n_workers++) {
        for (int team_size = 1; team_size <= n_workers; team_size++) {
            for (int n_suspects = 0; n_suspects < 4; n_suspects++) {
                check_whole_run(n_workers, team_size, n_suspects);
            }
        }
    }
}

/* A stop may find a team that has begun, or that has not yet read what it was sent. */
static void a_stop_at_any_moment_leaves_no_team_half_way(void **state)
{
    (void)state;
    for (int moment = 1; moment < 40; moment++) {
        struct fake_workers fake_workers;
        struct queue_counts counts;
        begin(&fake_workers, MAX_WORKERS - 1);
        struct plan plan = make_plan(2);
        fake_workers.wish_at = moment;
        fake_workers.wish_to_come = (struct stop_wish){STOP_AFTER_UNIT, "SIGUSR1"};
        const enum status status = fake_workers_run(&fake_workers, &plan, &counts, &error);
        assert_true(status == STATUS_STOPPED ||
                    (status == STATUS_OK && fake_workers.wish.kind == STOP_NEVER) ||
                    (status == STATUS_OK && counts.n_finished == counts.n_units));
        assert_false(plan.abandoned);
        for (int i = 0; i < MAX_CASES; i++) {
            assert_int_equal(ended[i], fake_workers.swept[i]);
            assert_int_equal(handed[i], ended[i] + returned[i]); /* all have left */
            assert_true(fake_workers.shared_by[i] == 0 || fake_workers.shared_by[i] == 2);
        }
        fake_workers_end(&fake_workers);
    }
}

static bool nobody_lives(void *context, int worker)
{
    (void)context;
    (void)worker;
    return false;
}

static bool everybody_lives(void *context, int worker)
{
    (void)context;
    (void)worker;
    return true;
}

/* Silent workers of a team: the case is stalled, and not given back unless all of them live. */
static void a_member_that_falls_silent_ends_the_run(void **state)
{
    (void)state;
    for (int lives = 0; lives < 2; lives++) {
        struct fake_workers fake_workers;
        struct queue_counts counts;
        begin(&fake_workers, 2);
        fake_workers.trouble = KEEPS_THE_UNIT;
        fake_workers.trouble_at = 2;
        struct plan plan = {.n_cases = 1, .team_size = 2, .shared = {1}, .options = &options};
        options.stall_timeout = 0.2;
        options.is_alive = lives != 0 ? everybody_lives : nobody_lives;
        CHECK_FAILS(fake_workers_run(&fake_workers, &plan, &counts, &error), STATUS_STOPPED,
                    "sent no heartbeat");
        assert_true(plan.abandoned);
        assert_int_equal(handed[0], 1);
        assert_int_equal(ended[0], 0);
        assert_int_equal(stalled[0], 1);
        assert_int_equal(returned[0], lives);
        fake_workers_end(&fake_workers);
    }
}

int test_driver_teams(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_gets_a_shared_case_and_it_is_remembered_once),
        cmocka_unit_test(a_stop_at_any_moment_leaves_no_team_half_way),
        cmocka_unit_test(a_member_that_falls_silent_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
