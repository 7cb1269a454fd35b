/* A worker that is asked to stop, and what it tells meanwhile. Linked with --wrap=clock_gettime,
 * under which every look at the clock costs a second or nothing. */
#include "worker/worker.h"

#include "store/crash_mark.h"
#include "store/results_faults.h"
#include "support/check.h"
#include "support/models.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOBS = MODEL_SWEEP_JOBS, NEVER = 1 << 20 };

static struct error error;
static struct sweep sweep;
static struct results results;
static struct worker *worker;
static struct comm *ends[2];
static struct packer packet;

/* ---- the clock and the wish ---------------------------------------------------------------------
 */

static int seconds_per_look;
static time_t now;

int __real_clock_gettime(clockid_t id, struct timespec *time);
int __wrap_clock_gettime(clockid_t id, struct timespec *time);

int __wrap_clock_gettime(clockid_t id, struct timespec *time)
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
                                        : (struct stop_wish){STOP_AFTER_ITEM, "SIGUSR1"};
}

static int set_up(void **state)
{
    (void)state;
    const struct stop_source stop = {ask, NULL};
    seconds_per_look = 0;
    n_questions = 0;
    urgent_from = NEVER;
    sweep = model_sweep(1);
    sample_results(scratch_path("out.h5"), &sweep);
    CHECK_OK(results_open(&results, scratch_path("out.h5"), RESULTS_WRITE, &error));
    CHECK_OK(worker_create(&worker, &sweep, &results, "", &stop, &error));
    CHECK_OK(comm_loopback_create(ends, 2, NULL, NULL, &error));
    return 0;
}

static int tear_down(void **state)
{
    worker_destroy(&worker);
    comm_loopback_destroy(ends);
    pack_release(&packet);
    CHECK_OK(results_close(&results, &error));
    sweep_release(&sweep);
    return scratch_clear(state);
}

static void post(void)
{
    CHECK_OK(comm_send(ends[COMM_DRIVER], 1, packet.bytes, packet.size, &error));
}

static void post_item(int64_t id, int32_t case_index)
{
    struct item item;
    CHECK_OK(item_create(&item, id, ITEM_SWEEP, case_index, JOBS, &error));
    for (int32_t job = 0; job < JOBS; job++) {
        item_want(&item, job);
    }
    pack_clear(&packet);
    message_pack_item(&item, &packet);
    item_release(&item);
    post();
}

static void step(void)
{
    bool worked = false;
    bool stopped = false;
    CHECK_OK(worker_step(worker, ends[1], &worked, &stopped, &error));
    assert_true(worked);
}

/* Kind of the driver's next packet, 0 for none. */
static int32_t take(void)
{
    int from = 0;
    bool got = false;
    CHECK_OK(comm_receive(ends[COMM_DRIVER], &from, &packet, &got, &error));
    return got ? message_kind_of(&packet) : 0;
}

static struct report take_report(void)
{
    struct report report;
    assert_int_equal(take(), MESSAGE_REPORT);
    CHECK_OK(message_unpack_report(&packet, &report, &error));
    return report;
}

static int count_done(void)
{
    int count = 0;
    struct cell *const cells = read_cells(&results, NULL);
    for (int i = 0; i < sweep.n_cases * JOBS; i++) {
        count += cells[i].state == CELL_DONE;
    }
    free(cells);
    return count;
}

/* ---- stops --------------------------------------------------------------------------------------
 */

static void a_wish_that_is_not_urgent_lets_the_item_end(void **state)
{
    (void)state;
    post_item(5, 0);
    step();
    const struct report report = take_report();
    assert_int_equal(report.status, STATUS_OK);
    assert_int_equal(report.n_done, JOBS);
    assert_true(n_questions > 1);
}

/* However late the wish comes, what was computed is in the file and in the report. */
static void an_urgent_wish_keeps_what_was_computed(void **state)
{
    int before = -1;
    bool was_ever_between = false;
    post_item(5, 0);
    step();
    const int n_variants = n_questions;
    for (int question = 1; question <= n_variants; question++) {
        (void)tear_down(state);
        (void)set_up(state);
        urgent_from = question;
        post_item(5, 0);
        post_item(6, 1);
        step();
        const struct report report = take_report();
        assert_int_equal(report.item, 5);
        assert_int_equal(report.status, STATUS_STOPPED);
        assert_string_equal(report.message, "stopped early (SIGTERM), run the same command again");
        assert_int_equal(report.n_done, count_done());
        assert_true(report.n_done > before); /* one variant more each time */
        assert_true(report.n_done < JOBS);
        was_ever_between |= report.n_done > 0;
        before = (int)report.n_done;
        assert_int_equal(take(), 0); /* the second item was dropped */
    }
    assert_true(was_ever_between);
}

static void what_an_urgent_stop_has_left_is_done_by_the_next_run(void **state)
{
    post_item(5, 0);
    step();
    struct cell *const expected = read_cells(&results, NULL);
    (void)tear_down(state);
    (void)set_up(state);
    urgent_from = 3;
    post_item(5, 0);
    step();
    urgent_from = NEVER;
    (void)take_report();
    assert_true(count_done() > 0);
    post_item(7, 0);
    step();
    struct cell *const found = read_cells(&results, NULL);
    for (int job = 0; job < JOBS; job++) {
        found[job].seconds = expected[job].seconds;
        assert_true(same_cell(&found[job], &expected[job]));
    }
    free(found);
    free(expected);
}

/* ---- signs of life ------------------------------------------------------------------------------
 */

static void a_slow_item_gives_signs_of_life(void **state)
{
    (void)state;
    int n_alive = 0;
    seconds_per_look = 1;
    post_item(5, 0);
    step();
    int32_t kind = take();
    while (kind == MESSAGE_ALIVE) {
        n_alive++;
        kind = take();
    }
    assert_int_equal(kind, MESSAGE_REPORT);
    assert_int_equal(take(), 0);
    assert_int_equal(n_alive, n_questions); /* one before each rollout */
}

static void a_quick_item_gives_none(void **state)
{
    (void)state;
    post_item(5, 0);
    step();
    (void)take_report();
    assert_int_equal(take(), 0);
}

/* ---- crashes ------------------------------------------------------------------------------------
 */

static struct stop_wish crash(void *context)
{
    (void)context;
    (void)raise(SIGFPE);
    return (struct stop_wish){STOP_NEVER, ""};
}

/* A worker of its own that crashes in the middle of an item, or before one. */
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
        if (crash_mark_begin(results.path, &error) == STATUS_OK &&
            worker_create(&other, &sweep, &results, "", &stop, &error) == STATUS_OK) {
            if (in_the_middle) {
                (void)!worker_step(other, ends[1], &worked, &stopped, &error);
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
    CHECK_OK(results_close(&results, &error)); /* HDF5 keeps what it has read */
    CHECK_OK(results_open(&results, scratch_path("out.h5"), RESULTS_WRITE, &error));
    CHECK_OK(results_read_faults(&results, faults, &error));
    for (int k = 0; k < 2 * FAULT_COUNT; k++) {
        assert_int_equal(faults[k], k == case_index * FAULT_COUNT + FAULT_SWEEP_CRASH ? count : 0);
    }
}

static void a_crash_is_counted_at_the_item(void **state)
{
    (void)state;
    for (int i = 1; i <= 2; i++) {
        post_item(5, 1);
        crash_in_child(true);
        check_faults(1, i);
    }
}

static void a_crash_without_an_item_is_not_counted(void **state)
{
    (void)state;
    crash_in_child(false);
    check_faults(0, 0);
}

#define STOP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STOP_TEST(a_wish_that_is_not_urgent_lets_the_item_end),
        STOP_TEST(an_urgent_wish_keeps_what_was_computed),
        STOP_TEST(what_an_urgent_stop_has_left_is_done_by_the_next_run),
        STOP_TEST(a_slow_item_gives_signs_of_life),
        STOP_TEST(a_quick_item_gives_none),
        STOP_TEST(a_crash_is_counted_at_the_item),
        STOP_TEST(a_crash_without_an_item_is_not_counted),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
