/* A worker that is asked to stop, and what it tells meanwhile. clock_gettime is wrapped:
 * every look at the clock costs a second or nothing. */
#include "worker/worker.h"

#include "kernel/diagnostics/diagnostic.h"
#include "store/crash_mark.h"
#include "store/results_faults.h"
#include "support/check.h"
#include "support/scratch.h"
#include "support/stored_record.h"
#include "support/worker_case.h"
#include "support/wrapped.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOBS = MODEL_SWEEP_JOBS, NEVER = 1 << 20 };

static struct error error;
static struct worker_case test;

/* ---- the clock and the wish ---------------------------------------------------------------------
 */

static int seconds_per_look;
static time_t now;

WRAPPED(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))

static int tell_time(clockid_t id, struct timespec *time)
{
    now += seconds_per_look;
    (void)id;
    *time = (struct timespec){now, 0};
    return 0;
}

static int n_questions;
static int urgent_from; /* number of the question that is answered with a wish to stop now */

static struct stop_wish ask(void *context)
{
    (void)context;
    return ++n_questions >= urgent_from ? (struct stop_wish){STOP_NOW, "SIGTERM"}
                                        : (struct stop_wish){STOP_AFTER_UNIT, "SIGUSR1"};
}

static int set_up(void **state)
{
    (void)state;
    const struct stop_source stop = {ask, NULL};
    seconds_per_look = 0;
    n_questions = 0;
    urgent_from = NEVER;
    worker_case_create(&test, &stop);
    return 0;
}

static int tear_down(void **state)
{
    return worker_case_remove(&test, state);
}

/* Removals and diagnostics. */
static int count_done(void)
{
    int count = 0;
    struct job_result *const jobs = read_jobs(test.results, NULL);
    for (int i = 0; i < test.sweep.n_cases * MODEL_SWEEP_REMOVALS; i++) {
        count += jobs[i].state == JOB_DONE;
    }
    free(jobs);
    for (int k = 0; k < test.sweep.n_cases * MODEL_SWEEP_DIAGNOSTICS; k++) {
        count += stored_state(test.results, k / MODEL_SWEEP_DIAGNOSTICS,
                              k % MODEL_SWEEP_DIAGNOSTICS) == JOB_DONE;
    }
    return count;
}

/* ---- stops --------------------------------------------------------------------------------------
 */

static void a_wish_that_is_not_urgent_lets_the_work_unit_end(void **state)
{
    (void)state;
    worker_case_post_work_unit(&test, 5, 0);
    worker_case_step(&test, true, false);
    const struct work_report report = worker_case_take_report(&test);
    assert_int_equal(report.status, STATUS_OK);
    assert_int_equal(report.n_done, JOBS);
    assert_true(n_questions > 1);
}

/* However late the wish comes, what was computed is in the file and in the report. */
static void an_urgent_wish_keeps_what_was_computed(void **state)
{
    int before = -1;
    bool was_ever_between = false;
    worker_case_post_work_unit(&test, 5, 0);
    worker_case_step(&test, true, false);
    const int n_asked = n_questions; /* one before each diagnostic and each rollout */
    assert_true(n_asked > MODEL_SWEEP_DIAGNOSTICS + 3);
    for (int question = 1; question <= n_asked; question++) {
        (void)tear_down(state);
        (void)set_up(state);
        urgent_from = question;
        worker_case_post_work_unit(&test, 5, 0);
        worker_case_post_work_unit(&test, 6, 1);
        worker_case_step(&test, true, false);
        const struct work_report report = worker_case_take_report(&test);
        assert_int_equal(report.unit, 5);
        assert_int_equal(report.status, STATUS_STOPPED);
        assert_string_equal(report.message, "stopped early (SIGTERM), run the same command again");
        assert_int_equal(report.n_done, count_done());
        assert_true(report.n_done > before); /* one record or one variant more */
        assert_true(report.n_done < JOBS);
        was_ever_between |= report.n_done > MODEL_SWEEP_DIAGNOSTICS;
        before = (int)report.n_done;
        assert_int_equal(worker_case_take(&test), 0); /* the second work unit was dropped */
    }
    assert_true(was_ever_between);
}

static void what_an_urgent_stop_has_left_is_done_by_the_next_run(void **state)
{
    worker_case_post_work_unit(&test, 5, 0);
    worker_case_step(&test, true, false);
    struct job_result *const expected = read_jobs(test.results, NULL);
    (void)tear_down(state);
    (void)set_up(state);
    urgent_from = MODEL_SWEEP_DIAGNOSTICS + 3;
    worker_case_post_work_unit(&test, 5, 0);
    worker_case_step(&test, true, false);
    urgent_from = NEVER;
    (void)worker_case_take_report(&test);
    assert_true(count_done() > MODEL_SWEEP_DIAGNOSTICS);
    worker_case_post_work_unit(&test, 7, 0);
    worker_case_step(&test, true, false);
    struct job_result *const found = read_jobs(test.results, NULL);
    for (int job = 0; job < MODEL_SWEEP_REMOVALS; job++) {
        found[job].seconds = expected[job].seconds;
        assert_true(same_job(&found[job], &expected[job]));
    }
    free(found);
    free(expected);
}

/* ---- heartbeats ------------------------------------------------------------------------------
 */

static void a_slow_work_unit_sends_heartbeats(void **state)
{
    (void)state;
    int n_heartbeats = 0;
    seconds_per_look = 1;
    worker_case_post_work_unit(&test, 5, 0);
    worker_case_step(&test, true, false);
    int32_t kind = worker_case_take(&test);
    while (kind == MESSAGE_HEARTBEAT) {
        n_heartbeats++;
        kind = worker_case_take(&test);
    }
    assert_int_equal(kind, MESSAGE_REPORT);
    assert_int_equal(worker_case_take(&test), 0);
    assert_int_equal(n_heartbeats, n_questions); /* one before each diagnostic and rollout */
}

static void a_quick_work_unit_gives_none(void **state)
{
    (void)state;
    worker_case_post_work_unit(&test, 5, 0);
    worker_case_step(&test, true, false);
    (void)worker_case_take_report(&test);
    assert_int_equal(worker_case_take(&test), 0);
}

/* ---- crashes ------------------------------------------------------------------------------------
 */

static struct stop_wish crash(void *context)
{
    (void)context;
    (void)raise(SIGFPE);
    return (struct stop_wish){STOP_NEVER, ""};
}

/* A worker of its own that crashes in the middle of a work unit, or before one. */
static void crash_in_child(bool in_the_middle)
{
    const struct stop_source stop = {crash, NULL};
    const struct rlimit no_core = {0, 0};
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct worker *other = NULL;
        bool worked = false;
        bool stopped = false;
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGFPE, SIG_DFL);
        if (crash_mark_begin(results_path(test.results), &error) == STATUS_OK &&
            worker_create(&other, &test.sweep, test.results, "", &stop, &error) == STATUS_OK) {
            if (in_the_middle) {
                (void)!worker_step(other, test.ends[1], &worked, &stopped, &error);
            }
            (void)raise(SIGFPE);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGFPE);
}

static void check_faults(int case_index, int count)
{
    uint8_t faults[2 * FAULT_COUNT];
    const struct schema schema = diagnostics_schema(&test.sweep);
    CHECK_OK(results_close(&test.results, &error)); /* HDF5 keeps what it has read */
    CHECK_OK(results_open(&test.results, scratch_path("out.h5"), RESULTS_WRITE, &schema, &error));
    CHECK_OK(results_read_faults(test.results, faults, &error));
    for (int k = 0; k < 2 * FAULT_COUNT; k++) {
        assert_int_equal(faults[k], k == case_index * FAULT_COUNT + FAULT_SWEEP_CRASH ? count : 0);
    }
}

static void a_crash_is_counted_at_the_work_unit(void **state)
{
    (void)state;
    for (int i = 1; i <= 2; i++) {
        worker_case_post_work_unit(&test, 5, 1);
        crash_in_child(true);
        check_faults(1, i);
    }
}

static void a_crash_without_a_work_unit_is_not_counted(void **state)
{
    (void)state;
    crash_in_child(false);
    check_faults(0, 0);
}

#define STOP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_worker_stop(void)
{
    wrapped_clock_gettime = tell_time;
    const struct CMUnitTest tests[] = {
        STOP_TEST(a_wish_that_is_not_urgent_lets_the_work_unit_end),
        STOP_TEST(an_urgent_wish_keeps_what_was_computed),
        STOP_TEST(what_an_urgent_stop_has_left_is_done_by_the_next_run),
        STOP_TEST(a_slow_work_unit_sends_heartbeats),
        STOP_TEST(a_quick_work_unit_gives_none),
        STOP_TEST(a_crash_is_counted_at_the_work_unit),
        STOP_TEST(a_crash_without_a_work_unit_is_not_counted),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
